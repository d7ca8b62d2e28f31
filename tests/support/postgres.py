# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of the tests' own, from Debian's package: its data in a temporary folder, a unix socket there and
a port below the ephemeral range on 127.0.0.1, run by an ordinary user, ended by its pid.

Two roles: `postgres`, the administrator, for a test's own statements, and `gangway`, who owns the
databases and may nothing else, for the gateway. With ssl=True the latter comes in by TLS and with its password only.
"""

import concurrent.futures
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import certificates
import psycopg2
from local_server import die_with_parent, free_port, identity, ordinary_user

ADMINISTRATOR, OWNER, PASSWORD = "postgres", "gangway", "open sesame"
SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
START_SECONDS = 60

SETTINGS = {
    "fsync": "on", "synchronous_commit": "on", "max_connections": "100", "autovacuum_naptime": "5s",
    "listen_addresses": "127.0.0.1", "logging_collector": "off", "log_line_prefix": "%m [%p] %a ",
}

TRUSTING = "local all all trust\nhost all,replication all 127.0.0.1/32 trust\n"
BY_PASSWORD = f"""\
local all {ADMINISTRATOR} trust
host all {ADMINISTRATOR} 127.0.0.1/32 trust
hostssl all {OWNER} 127.0.0.1/32 scram-sha-256
"""


class Postgres:
    """A running server. Use it as a context, or call stop(). parent: where its folder is made; a socket's path has at most
    107 bytes."""

    def __init__(self, ssl=False, settings=None, parent="/tmp", env=None):
        self.bin = newest_bin()
        self.folder = Path(tempfile.mkdtemp(prefix="gwpg-", dir=parent))
        self.data, self.log = self.folder / "data", self.folder / "log"
        self.settings = SETTINGS | (settings or {})
        self.ssl, self.env = ssl, env or {}  # env: what its processes get besides
        self.user = ordinary_user()
        self.process = None
        self.databases = 0
        # One thread that lives as long as the server, because the kernel ends the server with the thread that began it.
        self.starter = concurrent.futures.ThreadPoolExecutor(1)
        try:
            self.make_cluster()
            self.port = free_port()
            self.start()
            self.make_owner()
        except BaseException:
            self.stop("immediate")
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # ---- its life ----

    def make_cluster(self):
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.tool("initdb", "--no-sync", "-D", self.data, "-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8")
        (self.data / "pg_hba.conf").write_text(BY_PASSWORD if self.ssl else TRUSTING)
        if self.ssl:
            certificates.make_authorities(self.folder)
            certificates.sign(self.folder, "server", "localhost", names=["localhost"])
            self.settings |= {"ssl": "on", "ssl_cert_file": f"{self.folder}/server.crt",
                              "ssl_key_file": f"{self.folder}/server.key"}
            if self.user:
                os.chown(self.folder / "server.key", self.user.pw_uid, self.user.pw_gid)

    def make_owner(self):
        self.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'")

    def start(self):
        """Starts the server and waits until it answers. When another process takes the port in the meantime, another
        port is chosen, but only before any caller has the first one."""
        told = self.process is not None
        for attempt in range(5):
            self.process = self.starter.submit(self.spawn).result()
            if self.wait_until_ready():
                return
            if told or "could not bind" not in self.log.read_text():
                break
            self.port = free_port()
        raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()[-4000:]}")

    def spawn(self):
        settings = self.settings | {"port": self.port, "unix_socket_directories": self.folder}
        arguments = [f"-c{name}={value}" for name, value in settings.items()]
        how = identity(self.user, self.folder)
        how["env"] |= self.env
        with self.log.open("ab") as log:
            return subprocess.Popen([self.bin / "postgres", "-D", self.data, *arguments], stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log, preexec_fn=die_with_parent, **how)

    def wait_until_ready(self):
        """Whether it came up. It ends by itself when it cannot."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(psycopg2.OperationalError):
                self.connect().close()
                return True
            time.sleep(0.02)  # between two looks; what counts is that it answers
        return False

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def restart(self, mode="immediate"):
        self.halt(mode)
        self.start()

    def halt(self, mode="fast"):
        """Ends the server and keeps its data; start() brings it back."""
        if self.is_running():
            self.process.send_signal(SIGNALS[mode])
            self.process.wait(60)

    def kill(self):
        """kill -9 of the server and then of all its processes, so that none of them writes anything more."""
        pid = self.process.pid
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        self.process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.wait(60)
        while any(Path(f"/proc/{child}").exists() for child in children):
            time.sleep(0.01)  # between two looks: killed, and not reaped yet

    def stop(self, mode="fast"):
        """Ends the server and removes everything."""
        try:
            self.halt(mode)
        finally:
            self.starter.shutdown()
            shutil.rmtree(self.folder, ignore_errors=True)

    def tool(self, name, *arguments):
        done = subprocess.run([self.bin / name, *map(str, arguments)], capture_output=True, text=True,
                              **identity(self.user, self.folder))
        if done.returncode != 0:
            raise RuntimeError(f"{name}: status {done.returncode}\n{done.stdout}{done.stderr}")

    # ---- talking to it ----

    def createdb(self, name):
        """A fresh database that `gangway` owns. Returns its URL."""
        self.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}')
        return self.url(name)

    def database(self):
        """A fresh database with a name of its own; drop() it when the test is over."""
        self.databases += 1
        return Database(self, f"test_{self.databases}")

    def dropdb(self, name):
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, database):
        """How the gateway reaches a database, by TCP."""
        if not self.ssl:
            return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"
        secret = PASSWORD.replace(" ", "%20")
        return (f"postgresql://{OWNER}:{secret}@localhost:{self.port}/{database}"
                f"?sslmode=verify-full&sslrootcert={self.folder}/ca.crt")

    def connect(self, database="postgres", role=ADMINISTRATOR):
        """A psycopg2 connection of the caller's own, by the unix socket, each statement its own transaction."""
        connection = psycopg2.connect(host=str(self.folder), port=self.port, dbname=database, user=role)
        connection.autocommit = True
        return connection

    def psql(self, sql, parameters=None, database="postgres", role=ADMINISTRATOR):
        """The rows that one statement returns."""
        with contextlib.closing(self.connect(database, role)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    execute = psql


class Database:
    """One test's database on a server that many tests share."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.url = server.createdb(name)

    def drop(self):
        self.server.dropdb(self.name)

    def connect(self, role=ADMINISTRATOR):
        return self.server.connect(self.name, role)

    def psql(self, sql, parameters=None, role=ADMINISTRATOR):
        return self.server.psql(sql, parameters, self.name, role)


def newest_bin():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        raise FileNotFoundError("no PostgreSQL server under /usr/lib/postgresql: install Debian's postgresql")
    return found[-1].parent

# SPDX-License-Identifier: Apache-2.0
"""A RabbitMQ node of the tests' own, from Debian's package: its data in a temporary folder, its ports below the
ephemeral range on 127.0.0.1, with a port mapper (epmd) of its own, run by an ordinary user, ended by its pids. The
packaged service is not used, and its files are not read."""

import concurrent.futures
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from certificates import make_authorities, sign
from local_server import die_with_parent, free_port, identity, ordinary_user

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS = 120
STOP_SECONDS = 60
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
log.console = false
log.file = {folder}/node.log
log.file.level = info
vm_memory_high_watermark.absolute = 512MiB
disk_free_limit.absolute = 50MB
collect_statistics_interval = 60000
"""
# A second listener with TLS, where the name in a client's certificate can be its login.
SECURE = """\
listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.cacertfile = {folder}/ca.crt
ssl_options.certfile = {folder}/server.crt
ssl_options.keyfile = {folder}/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
ssl_cert_login_from = common_name
"""
# Schedulers that spin while they wait for work take the time of the tests.
EMULATOR = "-noinput +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1} net_setuptime 60"
PATIENT = "-kernel net_setuptime 60"  # for a handshake between nodes on a busy machine, instead of 7 s


class RabbitUnavailable(Exception):
    """It is not installed."""


class Rabbit:
    """A running node. Use it as a context, or call close(). is_secure: it has a listener with TLS as well, and its
    folder has ca.crt, and client.crt and client.key of the user `guest`. settings: further lines of rabbitmq.conf.
    beside: another node, whose port mapper it uses."""

    def __init__(self, is_secure=False, settings="", beside=None):
        if not SERVER.exists():
            raise RabbitUnavailable("rabbitmq-server is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="gwrabbit-", dir="/tmp"))
        self.user = ordinary_user()
        self.is_secure, self.settings, self.beside = is_secure, settings, beside
        self.mapper = self.process = None
        # One thread that lives as long as the node, because the kernel ends the node with the thread that began it.
        self.starter = concurrent.futures.ThreadPoolExecutor(1)
        try:
            if self.user:
                os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
            self.port, self.distribution_port = free_port(), free_port()
            self.mapper_port = beside.mapper_port if beside else free_port()
            self.tls_port = free_port() if is_secure else None
            self.write_settings()
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    @property
    def name(self):
        return f"gangway{self.port}@localhost"

    @property
    def pid(self):
        """Of the Erlang machine: with RABBITMQ_ALLOW_INPUT the script becomes it."""
        return self.process.pid

    # ---- its life ----

    def write_settings(self):
        lines = CONFIGURATION.format(port=self.port, folder=self.folder) + self.settings
        if self.is_secure:
            lines += SECURE.format(port=self.tls_port, folder=self.folder)
            make_authorities(self.folder)
            sign(self.folder, "server", "localhost", names=["localhost"])
            sign(self.folder, "client", "guest")
        plugins = "[rabbitmq_auth_mechanism_ssl].\n" if self.is_secure else "[].\n"
        for name, text in {"rabbitmq.conf": lines, "enabled_plugins": plugins, "environment": "\n"}.items():
            (self.folder / name).write_text(text)
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text("gangway")
        cookie.chmod(0o400)
        if self.user:
            for path in self.folder.iterdir():
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def how(self):
        """Its user, folder and environment."""
        arguments = identity(self.user, self.folder)
        arguments["env"] |= {
            "HOME": str(self.folder), "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(self.mapper_port),
            "RABBITMQ_NODENAME": self.name, "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{self.folder}/data", "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_CONF_ENV_FILE": f"{self.folder}/environment",
            "RABBITMQ_CONFIG_FILE": f"{self.folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/enabled_plugins",
            "RABBITMQ_PID_FILE": f"{self.folder}/pid", "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": EMULATOR, "RABBITMQ_CTL_ERL_ARGS": PATIENT,
        }
        return arguments

    def start(self):
        """Starts the port mapper and the node, and waits until it answers."""
        if self.beside is None and (self.mapper is None or self.mapper.poll() is not None):
            self.mapper = self.starter.submit(self.spawn, ["epmd", "-port", str(self.mapper_port), "-address",
                                                           "127.0.0.1"]).result()
        self.process = self.starter.submit(self.spawn, [str(SERVER)]).result()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"RabbitMQ did not start:\n{self.complaints()}")
            time.sleep(0.05)  # between two looks; what counts is that it answers

    def spawn(self, command):
        with (self.folder / "console.log").open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                    preexec_fn=lambda: die_with_parent(signal.SIGKILL), **self.how())

    def answers(self):
        """Whether it begins a connection: connection.start is 10.10, on channel 0."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as probe:
            probe.sendall(b"AMQP\0\0\x09\1")
            return probe.recv(11)[7:] == b"\0\x0a\0\x0a"
        return False

    def complaints(self):
        texts = [path.read_text(errors="replace") for path in self.folder.glob("*.log")]
        return "\n".join(texts)[-4000:]

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """An orderly shutdown; start() brings it back with its data."""
        self.end(signal.SIGTERM)

    def sync(self):
        """Writes what was declared to the disk. Without it a node that is killed some seconds later may have lost it: the
        queue, or the term of a quorum queue, which then never elects a leader."""
        self.control("eval", "ok = mnesia:sync_log(), [ok = dets:sync(Table) || Table <- dets:all()].")

    def kill(self):
        self.end(signal.SIGKILL)

    def end(self, number):
        if self.is_running():
            self.process.send_signal(number)
            self.process.wait(STOP_SECONDS)

    def close(self):
        """Ends it and removes everything."""
        try:
            self.kill()
            if self.mapper is not None:
                self.mapper.kill()
                self.mapper.wait(STOP_SECONDS)
        finally:
            self.starter.shutdown()
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- looking at it ----

    def control(self, *arguments):
        """What rabbitmqctl prints. It takes seconds, because it starts an Erlang machine."""
        how = self.how()
        done = subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", *map(str, arguments)],
                              capture_output=True, text=True, timeout=STOP_SECONDS, **how)
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


class RabbitCluster:
    """Three nodes that know each other. A quorum queue has a replica on each. Use it as a context, or call close()."""

    def __init__(self):
        self.nodes = []
        try:
            for _ in range(3):
                self.nodes.append(Rabbit(beside=self.nodes[0] if self.nodes else None))
            for node in self.nodes[1:]:
                node.control("stop_app")
                node.control("join_cluster", self.nodes[0].name)
                node.control("start_app")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for node in reversed(self.nodes):  # the first one has the port mapper
            node.close()

    @property
    def hosts(self):
        return [f"127.0.0.1:{node.port}" for node in self.nodes]

    @property
    def url(self):
        return self.running()[0].url

    def running(self):
        return [node for node in self.nodes if node.is_running()]

    def control(self, *arguments):
        return self.running()[0].control(*arguments)

    def leader(self, queue):
        """The node that leads a quorum queue."""
        rows = [row.split() for row in self.control("list_queues", "--no-table-headers", "name", "leader").splitlines()]
        name = next(leader for known, leader in rows if known == queue)
        return next(node for node in self.nodes if node.name == name)

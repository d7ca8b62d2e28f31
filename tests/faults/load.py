# SPDX-License-Identifier: Apache-2.0
"""Gateways on one PostgreSQL database, fed while they run: commands files that grow, lives that are ended, stopped and
begun again, and the verdict at the end over all that was committed and delivered."""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

import psycopg2
import superstore
from gateway import STATUS_OK, Gateway, wait
from log_records import CODE, logged
from repositories import Postgres
from waiting import until

MIXED = {"changes": 20, "faulty": 2, "repeats": 2}
RECOVERY_SECONDS = 30  # after the last fault is over
TURN, BATCH = 100, 50

CONFIG = """\
service: faults
repository: {repository}
entrypoints:
{entrypoints}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl, batch: {batch}}}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


class Load:
    """A folder, a database whose changes are recorded, and command files. All gateways that run here share the files,
    unless they are given others. close() kills the processes that still run."""

    def __init__(self, folder, database, rng, repository=None):
        self.folder, self.database, self.rng = folder, database, rng
        self.repository = repository or Postgres(database)
        self.events = folder / "events.jsonl"
        self.lives, self.gateways, self.feeders = [], [], []
        self.commands = []
        self.is_watched = False

    def close(self):
        for feeder in self.feeders:
            feeder.stop()
        for gateway in self.gateways:
            gateway.close()

    # ---- what goes in ----

    def write(self, name="commands.jsonl", count=12_000):
        """A file of commands that is there from the beginning."""
        path = self.folder / name
        superstore.write_commands(path, count, seed=self.rng.randrange(1 << 30), **MIXED)
        self.commands.append(path)
        return path

    def feed(self, seconds, name="commands.jsonl", count=12_000):
        """A file of commands that grows for so many seconds from now on."""
        path = self.write(name, count)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(lines[0])  # which names the source
        self.feeders.append(Feeder(path, b"".join(lines[1:]), seconds, random.Random(self.rng.random())))
        return self.feeders[-1]

    # ---- lives ----

    def start(self, files=None, url=None, follow=True, options="", turn=TURN, env=None):
        """A gateway begins to run. files: the names of what it reads, all that were written by default."""
        self.prepare()
        names = files or [path.name for path in self.commands]
        life = Life(self.gateway(names, Postgres(self.database, url, options), follow, turn),
                    self.folder / f"log-{len(self.lives)}", env)
        self.lives.append(life)
        return life

    def prepare(self):
        """Before the first life: the tables are made, and from then on every change is written down."""
        if not self.is_watched:
            gateway = self.gateway([path.name for path in self.commands], self.repository)
            done = gateway.call("migrate", gateway.config)
            assert done.status == STATUS_OK, done
            self.repository.watch()
            self.is_watched = True

    def gateway(self, names, repository, follow=False, turn=TURN):
        """One with a bootstrap file of its own."""
        entrypoints = "\n".join(
            f"  {name.split('.')[0]}: {{plugin: jsonl_reader, path: {name}, follow: {str(follow).lower()}, turn: {turn}}}"
            for name in names)
        return self.add_gateway(CONFIG.format(repository=repository.block, entrypoints=entrypoints, batch=BATCH))

    def add_gateway(self, config):
        self.gateways.append(Gateway(self.folder, config, f"gateway-{len(self.gateways)}.yaml"))
        return self.gateways[-1]

    # ---- how far it is ----

    def taken(self):
        """Bytes of the commands that are behind the positions."""
        return int(self.database.psql("SELECT coalesce(sum(next), 0) FROM gangway.positions")[0][0])

    def pending(self):
        return self.database.psql("SELECT coalesce(sum(count - first_pending), 0) FROM gangway.outbox_blocks")[0][0]

    def pending_since(self, moment):
        """Blocks that wait and were written in transactions that began after the moment."""
        return self.database.psql("SELECT count(*) FROM gangway.outbox_blocks WHERE created_at > %s", (moment,))[0][0]

    def delivered(self):
        """Bytes of the events."""
        return self.events.stat().st_size if self.events.exists() else 0

    def is_drained(self):
        if any(feeder.is_alive() for feeder in self.feeders):
            return False
        with contextlib.suppress(psycopg2.OperationalError):  # the server may be down: the tests cause that
            return self.taken() == sum(path.stat().st_size for path in self.commands) and self.pending() == 0
        return False

    def stop_feeding(self):
        """The fault is over, and it does not matter how much more comes: what has come so far has to arrive."""
        for feeder in self.feeders:
            feeder.stop()

    def wait_until_drained(self, seconds=RECOVERY_SECONDS):
        """From the last fault, and the last command, on."""
        for feeder in self.feeders:
            feeder.join()
        until(self.is_drained, seconds, self.tell)

    def tell(self):
        """The text that helps to find the cause of a failure."""
        logs = "\n".join(f"--- {life.log.name}\n{life.said()[-1500:]}" for life in self.lives[-3:])
        sessions = self.database.psql("""SELECT application_name, state, wait_event, now() - state_change, left(query, 60)
                                         FROM pg_stat_activity WHERE datname = current_database()""")
        return "\n".join([self.progress(), *map(str, sessions), logs])

    def progress(self):
        return f"taken {self.taken()}, pending {self.pending()}, delivered {self.delivered()}"

    # ---- the end ----

    def end(self):
        """Drains, ends every life that still runs, and judges. The verdict, which is clean."""
        self.wait_until_drained()
        for life in self.lives:
            if life.is_running():
                until(life.has_begun, RECOVERY_SECONDS, self.tell)  # before, SIGTERM ends it as it ends any program
                assert life.end(signal.SIGTERM) == STATUS_OK, life.said()
        return self.judge()

    def judge(self, is_clean=True):
        torn = sum(life.status == -signal.SIGKILL for life in self.lives)
        verdict = self.repository.judge(self.commands, [self.events], torn=torn)
        if is_clean:
            verdict.assert_clean()
        return verdict


class Life:
    """One process, from its beginning to its end."""

    def __init__(self, gateway, log, env=None):
        self.gateway, self.log = gateway, log
        with log.open("wb") as out:
            self.process = gateway.start("run", gateway.config, env=env, stdout=out, stderr=out)
        self.status = None

    def is_running(self):
        """A process that ended by itself is not reaped here, so that its id stays its own."""
        return self.status is None and os.waitid(
            os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def is_stopped(self):
        """Whether the process has stopped itself, or was stopped, and no waitid() has reported it yet."""
        return os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    def signal(self, number):
        os.kill(self.process.pid, number)

    def freeze(self, file):
        """Stops it, but not while it has a file locked, which would keep others from the file as well."""
        while True:
            self.signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
            if not has_locked(self.process.pid, file):
                return
            self.signal(signal.SIGCONT)
            time.sleep(0.001)  # it continues

    def end(self, number, timeout=60):
        """Sends a signal that ends it; its status."""
        self.signal(number)
        return self.join(timeout)

    def join(self, timeout=60):
        self.status, _ = wait(self.process, timeout)
        return self.status

    def has_begun(self):
        return bool(self.logged(CODE.GATEWAY_STARTED))

    def said(self):
        return self.log.read_text(errors="backslashreplace")

    def logged(self, code, *facts):
        """The records of this event so far that hold these facts."""
        return logged(self.said(), code, *facts)


class Feeder(threading.Thread):
    """Appends lines to a file over so many seconds, in pieces that end anywhere. stop() ends it behind a whole line."""

    def __init__(self, path, content, seconds, rng):
        super().__init__(daemon=True)
        self.path, self.content, self.seconds, self.rng = path, content, seconds, rng
        self.stopped = threading.Event()
        self.start()

    def run(self):
        begin, at = time.monotonic(), 0
        with self.path.open("ab", buffering=0) as file:
            while at < len(self.content) and not self.stopped.is_set():
                due = (time.monotonic() - begin) / self.seconds * len(self.content)
                if at < due:
                    at += file.write(self.content[at : at + self.rng.randint(1, int(due - at) + 100)])
                self.stopped.wait(0.01)  # the pace of the load
            if self.stopped.is_set() and at > 0:
                file.write(self.content[at : self.content.find(b"\n", at - 1) + 1])

    def stop(self):
        self.stopped.set()
        self.join()


def has_locked(pid, file):
    """Whether a gateway holds its write lock on a file: such a lock has as many bytes as its process id says."""
    inode = str(file.stat().st_ino)
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    locks = [lock for lock in locks if lock[1] == "OFDLCK" and lock[5].split(":")[2] == inode and lock[7] != "EOF"]
    return any(int(lock[7]) - int(lock[6]) + 1 == pid for lock in locks)

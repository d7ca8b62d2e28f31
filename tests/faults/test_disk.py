# SPDX-License-Identifier: Apache-2.0
"""The disk is full, refuses to grow a file, or fails, under the database and under the events. The gateway waits, and
when the disk works again it ends with the exact result: nothing lost, nothing doubled, no restart.

A failed fsync discards what was written since the last good one, as Linux may do: a gateway that only syncs again,
and trusts the result, loses it."""

import contextlib
import errno
import itertools
import resource

import ledger
import psycopg2
import pytest
import reference
import repositories
import superstore
from faulty_libc import FaultyLibc
from gateway import SMALL_STEPS, STATUS_OK, Gateway
from load import RECOVERY_SECONDS, Life, Load
from log_records import records
from postgres import Postgres
from small_disk import SmallDisk
from waiting import until

COMMANDS = 2_000
DISK_FULL = "53100"  # the SQLSTATE
FAILURES = 3  # calls that fail before the disk is well again
UNLIMITED = resource.RLIM_INFINITY
KINDS = ("sqlite", "csv")
PLACES = {"sqlite": "gangway.db", "csv": ".gangway", "events": "events.jsonl"}
SMALL_GROUPS = SMALL_STEPS.replace("batch: 200", "batch: 20, backoff: 50ms")


def in_gate(cases, chosen):
    """All cases; those that are not chosen are for long runs."""
    return [pytest.param(*case, marks=() if case in chosen else pytest.mark.long) for case in cases]


class Outage:
    """One run in one folder, on a disk that fails for a while."""

    def __init__(self, folder, kind, log):
        self.repository = {"sqlite": repositories.Sqlite, "csv": repositories.Csv}[kind](folder)
        self.gateway = Gateway(folder, self.repository.into(SMALL_GROUPS))
        self.log = log
        superstore.write_commands(self.gateway.commands, COMMANDS, changes=20, faulty=3, repeats=3)

    def close(self):
        self.gateway.close()

    def start(self, env=None):
        self.life = Life(self.gateway, self.log, env)
        return self.life

    def has_complained(self):
        """Whether something was logged that is about no message."""
        return any(record["level"] in ("warning", "error") and "outcome" not in record
                   for record in records(self.life.said()))

    def assert_recovers(self):
        assert self.life.join(RECOVERY_SECONDS) == STATUS_OK, self.life.said()
        model = reference.run(self.gateway.commands)
        state = self.repository.state()
        ledger.assert_same_state(state, model)
        ledger.assert_nothing_waits(state)
        ledger.assert_same_events(ledger.read_events(self.gateway.events), model)


@pytest.fixture
def outage(tmp_path, kind, superstore_csv):
    outage = Outage(tmp_path, kind, tmp_path / "log")
    yield outage
    outage.close()


CALLS = {
    "sync": ("fsync", errno.EIO), "write": ("write", errno.EIO), "space": ("write", errno.ENOSPC),
    "write-and-cut": (("write", "ftruncate"), errno.EIO), "sync-and-cut": (("fsync", "ftruncate"), errno.EIO),
    "names": (("rename", "open"), errno.ENOSPC),
}


@pytest.mark.parametrize("kind, place, name", in_gate(
    itertools.product(KINDS, ["database", "events"], CALLS),
    [("sqlite", "database", "sync"), ("csv", "database", "space"), ("csv", "events", "sync-and-cut")]))
def test_the_gateway_waits_for_a_failing_disk(outage, kind, place, name, rng, counts):
    calls, error = CALLS[name]
    first = 1 if name == "names" else rng.randint(1, 12)
    faults = FaultyLibc(outage.gateway.folder)
    faults.begin()
    loses = "ftruncate" not in calls  # else nothing would be left that could be cut
    life = outage.start(faults.during(calls, error, first, PLACES.get(place, PLACES[kind]), loses=loses))
    until(lambda: faults.failed() >= FAILURES or not life.is_running(), RECOVERY_SECONDS, life.said)
    failed = faults.failed()
    faults.end()
    outage.assert_recovers()
    counts(failed=failed)
    assert failed >= FAILURES


@pytest.fixture
def full_outage(kind, tmp_path, superstore_csv):
    with SmallDisk(16_384) as disk:
        outage = Outage(disk.path, kind, tmp_path / "log")
        outage.disk = disk
        yield outage
        outage.close()


@pytest.mark.parametrize("kind, left", in_gate(
    itertools.product(KINDS, [0, 40, 400]), [("sqlite", 40), ("csv", 400)]))
def test_the_gateway_waits_for_a_full_disk(full_outage, left, counts):
    disk = full_outage.disk
    disk.fill(left)
    life = full_outage.start()
    until(full_outage.has_complained, RECOVERY_SECONDS, life.said)
    assert life.is_running(), life.said()
    disk.empty()
    full_outage.assert_recovers()


@pytest.mark.parametrize("kind, kilobytes", in_gate(itertools.product(KINDS, [8, 100]), [("sqlite", 100)]))
def test_the_gateway_waits_at_a_file_size_limit(outage, kilobytes):
    """Growth is refused with a signal, whose default is the end of the process."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, UNLIMITED))
    try:
        life = outage.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))
    until(outage.has_complained, RECOVERY_SECONDS, life.said)
    assert life.is_running(), life.said()
    resource.prlimit(life.process.pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))
    outage.assert_recovers()


# ---- PostgreSQL's ---------------------------------------------------------------------------------------------------


@pytest.fixture
def full_server():
    """A server with little room for its files."""
    with SmallDisk(512 * 1024) as disk:
        settings = {"track_commit_timestamp": "on", "max_wal_size": "32MB", "min_wal_size": "32MB"}
        with Postgres(settings=settings, parent=disk.path) as server:
            server.disk = disk
            yield server


def end_log_segments(server):
    """Switches log segments until the server needs one for which there is no space, and crashes."""
    with contextlib.suppress(psycopg2.Error):
        for _ in range(20):
            server.psql("CREATE TEMPORARY TABLE something ()")
            server.psql("SELECT pg_switch_wal()")


@pytest.mark.parametrize("is_log_full", in_gate([(False,), (True,)], [(False,)]))
def test_the_gateway_waits_for_a_full_disk_of_the_server(full_server, is_log_full, tmp_path, rng, superstore_csv, counts):
    """The server rejects what does not fit, or crashes and is restarted by its supervisor."""
    load = Load(tmp_path, full_server.database(), rng)
    try:
        feeder = load.feed(2, count=8_000)
        life = load.start()
        until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
        full_server.disk.fill()
        if is_log_full:
            end_log_segments(full_server)
        until(lambda: DISK_FULL in life.said() or not full_server.is_running(), RECOVERY_SECONDS, life.said)
        feeder.join()
        assert life.is_running(), life.said()
        full_server.disk.empty()
        is_down = not full_server.is_running()
        if is_down:
            full_server.start()
        verdict = load.end()
        counts(server_died=int(is_down), repeats=verdict.repeats)
    finally:
        load.close()

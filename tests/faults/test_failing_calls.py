# SPDX-License-Identifier: Apache-2.0
"""The n-th allocation or system call of a run fails. The run ends with status 0 and the exact result, or with an
error that gives the reason; the next run, undisturbed, reaches the exact end state. No run crashes or hangs."""

import errno
from typing import NamedTuple

import ledger
import pytest
import reference
import repositories
import superstore
from faulty_libc import MEMORY, SHORT, FaultyLibc
from gateway import SMALL_STEPS, STATUS_CONFIG, STATUS_FAILED, STATUS_OK, Gateway

COMMANDS = 40
TINY_STEPS = SMALL_STEPS.replace("turn: 500", "turn: 10").replace("batch: 200", "batch: 10, backoff: 50ms")
SECONDS = 30  # for one run: a backoff, and a busy machine
SAMPLES = 12  # of one repository, where not everything is tried


class Failure(NamedTuple):
    call: str
    error: int

    def __str__(self):
        return f"{self.call}-{'SHORT' if self.error == SHORT else errno.errorcode[self.error]}"


# What each call may answer.
FAILURES = [
    Failure(MEMORY, errno.ENOMEM),
    *(Failure("open", error) for error in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.ENOSPC)),
    Failure("open", errno.EINTR),
    *(Failure("stat", error) for error in (errno.ENOMEM, errno.EIO)),
    *(Failure("fstat", error) for error in (errno.ENOMEM, errno.EIO)),
    *(Failure("read", error) for error in (errno.EIO, errno.ENOMEM, errno.EINTR, SHORT)),
    *(Failure("write", error) for error in (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EINTR, SHORT)),
    *(Failure("fsync", error) for error in (errno.EIO, errno.ENOSPC, errno.EDQUOT)),
    *(Failure("ftruncate", error) for error in (errno.EIO, errno.ENOSPC, errno.EINTR)),
    *(Failure("rename", error) for error in (errno.EIO, errno.ENOSPC, errno.ENOMEM)),
    *(Failure("unlink", error) for error in (errno.EIO, errno.ENOMEM)),
    *(Failure("mkdir", error) for error in (errno.EIO, errno.ENOSPC)),
    *(Failure("flock", error) for error in (errno.ENOLCK, errno.EINTR)),
    *(Failure("poll", error) for error in (errno.ENOMEM, errno.EINTR)),
    Failure("eventfd", errno.EMFILE),
]


NETWORK_FAILURES = [
    *(Failure("socket", error) for error in (errno.EMFILE, errno.ENOMEM)),
    *(Failure("connect", error) for error in (errno.ECONNREFUSED, errno.EINTR)),
    *(Failure("send", error) for error in (errno.ECONNRESET, errno.EAGAIN, errno.EINTR, SHORT)),
    *(Failure("recv", error) for error in (errno.ECONNRESET, errno.EAGAIN, errno.EINTR, SHORT)),
]


class Memory(repositories.Repository):
    """Nothing of it outlives the process, so that the next run begins from nothing."""

    block = "{plugin: memory_repository}"

    def __init__(self, folder):
        pass

    def clear(self):
        pass

    def state(self):
        return None


class Torture:
    """One folder and a short file of commands; each trial begins from nothing."""

    def __init__(self, folder, repository):
        self.repository = repository
        self.gateway = Gateway(folder, repository.into(TINY_STEPS))
        self.faults = FaultyLibc(folder)
        superstore.write_commands(self.gateway.commands, COMMANDS, changes=20, faulty=3, repeats=3)
        self.model = reference.run(self.gateway.commands)
        self.stopped = 0  # runs that ended with an error

    def close(self):
        self.gateway.close()

    def begin(self):
        self.repository.clear()
        self.gateway.events.unlink(missing_ok=True)

    def count(self, failure, part=None):
        """How often an undisturbed run makes this call, about a path with this part."""
        self.begin()
        result = self.gateway.run(env=self.faults.watch(failure.call, part))
        assert result.status == STATUS_OK, result
        return self.faults.seen()

    def fail(self, failure, number, part=None):
        """The call of this number fails; what must hold then."""
        self.begin()
        result = self.gateway.run(env=self.faults.at(failure.call, failure.error, number, part=part), timeout=SECONDS)
        notices = result.notices()
        assert result.status in (STATUS_OK, STATUS_FAILED, STATUS_CONFIG), result
        if result.status != STATUS_OK:
            self.stopped += 1
            assert result.err.strip(), f"it does not say why it ends: {result}"
            result = self.gateway.run(timeout=SECONDS)
            notices += result.notices()
            assert result.status == STATUS_OK, result
        self.assert_whole(notices)

    def assert_whole(self, notices):
        state = self.repository.state()
        if state is not None:
            ledger.assert_same_state(state, self.model)
            ledger.assert_nothing_waits(state)
        ledger.assert_events_at_least_once(ledger.read_events(self.gateway.events), self.model)
        ledger.assert_notices_at_least_once(notices, self.model)


@pytest.fixture(params=[repositories.Sqlite, repositories.Csv, Memory], ids=["sqlite", "csv", "memory"])
def torture(request, tmp_path, superstore_csv):
    torture = Torture(tmp_path, request.param(tmp_path))
    yield torture
    torture.close()


@pytest.fixture
def torture_of_postgres(tmp_path, superstore_csv, database):
    torture = Torture(tmp_path, repositories.Postgres(database))
    yield torture
    torture.close()


def test_one_call_of_a_run_fails(torture, rng, counts):
    """A sample of what the test below tries in full."""
    numbers = {}
    for _ in range(SAMPLES):
        failure = rng.choice(FAILURES)
        if failure.call not in numbers:
            numbers[failure.call] = torture.count(failure)
        if numbers[failure.call]:
            torture.fail(failure, rng.randint(1, numbers[failure.call]))
    counts(stopped=torture.stopped)
    assert torture.stopped < SAMPLES, "no run survived anything"


@pytest.mark.parametrize("torture", [repositories.Sqlite], indirect=True, ids=["sqlite"])
def test_a_lack_of_descriptors_for_the_database_is_transient(torture):
    """SQLite falls back to reading only, and would stay so."""
    failure = Failure("open", errno.EMFILE)
    for number in range(1, torture.count(failure, "gangway.db") + 1):
        torture.fail(failure, number, "gangway.db")


@pytest.mark.parametrize("torture", [repositories.Sqlite], indirect=True, ids=["sqlite"])
@pytest.mark.parametrize("call", ["read", "write"])
def test_a_wake_up_of_a_thread_survives_a_signal(torture, call, counts):
    """The run would never end."""
    assert fail_each(torture, Failure(call, errno.EINTR), counts, "eventfd") > 0


def fail_each(torture, failure, counts, part=None):
    number = torture.count(failure, part)
    for at in range(1, number + 1):
        torture.fail(failure, at, part)
    counts(calls=number, stopped=torture.stopped)
    return number


@pytest.mark.long
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_each_call_of_a_run_fails(torture, failure, counts):
    fail_each(torture, failure, counts)


@pytest.mark.long
@pytest.mark.parametrize("failure", NETWORK_FAILURES + FAILURES, ids=str)
def test_each_call_of_a_run_on_postgresql_fails(torture_of_postgres, failure, counts):
    fail_each(torture_of_postgres, failure, counts)

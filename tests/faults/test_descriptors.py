# SPDX-License-Identifier: Apache-2.0
"""A gateway without a free descriptor runs on, refuses a changed file with the cause, and recovers by itself once it may
open descriptors again. Nothing is lost or doubled."""

import contextlib
import errno
import os
import resource
import subprocess
import time

from changes import Changes
from gateway import STATUS_OK
from log_records import CODE
from test_reloads import VALID
from waiting import until

NONE = 4  # a limit below what is open already: nothing can be opened


def used(life):
    return sorted(int(name) for name in os.listdir(f"/proc/{life.process.pid}/fd"))


def limit_with_spare(life, spare):
    """The limit under which the process can open so many more descriptors: a new one gets the lowest free number."""
    taken, limit = set(used(life)), 0
    while spare > 0 or limit in taken:
        spare -= limit not in taken
        limit += 1
    return limit


@contextlib.contextmanager
def limited(life, limit):
    soft, hard = resource.prlimit(life.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(life.process.pid, resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.prlimit(life.process.pid, resource.RLIMIT_NOFILE, (soft, hard))


def processor_seconds(life):
    fields = open(f"/proc/{life.process.pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_no_descriptor_is_left_when_the_database_restarts_and_a_file_is_applied(load, postgres, counts):
    feeder = load.feed(5, count=5_000)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    changes = Changes(life)
    with limited(life, NONE):
        postgres.halt("immediate")
        postgres.start()
        changes.apply(VALID["both are replaced"])
        until(lambda: life.logged(CODE.CONFIGURATION_REFUSED, os.strerror(errno.EMFILE)), 20, life.said)
        status = life.gateway.start("status", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        begin, before = time.monotonic(), processor_seconds(life)
        until(lambda: time.monotonic() - begin > 2, 5)
        busy = (processor_seconds(life) - before) / (time.monotonic() - begin)
        assert life.is_running(), life.said()
    assert status.communicate(timeout=30)[0] and status.returncode == STATUS_OK
    changes.apply(VALID["both are replaced"])
    until(lambda: life.logged(CODE.CONFIGURATION_APPLIED), 30, life.said)
    feeder.join()
    verdict = load.end()
    counts(repeats=verdict.repeats, busy=f"{busy:.0%}")
    assert busy < 0.5


def different(number):
    """A change of the file that none before has made."""
    return lambda text: VALID["a publisher is added"](text).replace("batch: 50", f"batch: {10 + number}").replace(
        "turn: 100", f"turn: {60 + number}")


def test_a_file_is_applied_with_any_number_of_free_descriptors(load, counts):
    load.feed(8, count=10_000)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    changes, refused = Changes(life), 0
    for spare in range(20):
        applied, before = changes.outcomes()
        with limited(life, limit_with_spare(life, spare)):
            changes.apply(different(spare))
            with contextlib.suppress(AssertionError):
                until(lambda: changes.outcomes() != (applied, before), 1.5)
        until(lambda: changes.outcomes() != (applied, before), 30, life.said)
        refused += changes.outcomes()[1] - before
    verdict = load.end()
    counts(refused=refused, applied=changes.outcomes()[0], repeats=verdict.repeats)
    assert refused >= 3 and changes.outcomes()[0] >= 3 and verdict.repeats == 0

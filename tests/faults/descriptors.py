# SPDX-License-Identifier: Apache-2.0
"""Gateways that may open few more descriptors, or none."""

import contextlib
import errno
import os
import resource
import subprocess
import time

from changes import Changes
from gateway import STATUS_OK
from log_records import CODE
from waiting import until

NONE = 4  # a limit below what is open already: nothing can be opened


def limit_with_spare(life, spare):
    """The limit under which the process can open so many more descriptors: a new one gets the lowest free number."""
    taken, limit = {int(name) for name in os.listdir(f"/proc/{life.process.pid}/fd")}, 0
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


def apply_without_descriptors(life, restart, change):
    """A server is restarted and a file is applied while nothing can be opened; the file is refused. Then it is applied once
    more. The share of one CPU that the gateway takes while it can open nothing."""
    changes = Changes(life)
    with limited(life, NONE):
        restart()
        changes.apply(change)
        until(lambda: life.logged(CODE.CONFIGURATION_REFUSED, os.strerror(errno.EMFILE)), 20, life.said)
        status = life.gateway.start("status", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        begin, before = time.monotonic(), processor_seconds(life)
        until(lambda: time.monotonic() - begin > 2, 5)
        busy = (processor_seconds(life) - before) / (time.monotonic() - begin)
        assert life.is_running(), life.said()
    assert status.communicate(timeout=30)[0] and status.returncode == STATUS_OK
    changes.apply(change)
    until(lambda: life.logged(CODE.CONFIGURATION_APPLIED), 30, life.said)
    return busy


def apply_with_few_descriptors(life, spares, different):
    """A file is applied with each of these numbers of free descriptors, until its outcome is known or some time has passed.
    different: gives the change that belongs to a number. How many files were applied, and how many were refused."""
    changes = Changes(life)
    for spare in spares:
        before = changes.outcomes()
        with limited(life, limit_with_spare(life, spare)):
            changes.apply(different(spare))
            with contextlib.suppress(AssertionError):
                until(lambda: changes.outcomes() != before, 1.5)
        until(lambda: changes.outcomes() != before, 30, life.said)
    return changes.outcomes()

# SPDX-License-Identifier: Apache-2.0
"""Bootstrap files that are applied to a running gateway under load, and what its process holds meanwhile."""

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest
from gateway import binary
from log_records import CODE
from waiting import until

EVERY_SECONDS = 0.1
SLOW_SECONDS = 30  # for the least number of changes, on a slow machine


class Changes:
    """The bootstrap file of a life, which is replaced as an editor replaces it."""

    def __init__(self, life):
        self.life, self.path = life, life.gateway.config
        self.text = self.path.read_text()

    def write(self, change):
        new = self.path.with_suffix(".new")
        new.write_text(change(self.text))
        os.replace(new, self.path)

    def apply(self, change):
        self.write(change)
        self.life.signal(signal.SIGHUP)

    def outcomes(self):
        """How many files were applied, and how many were refused."""
        return (len(self.life.logged(CODE.CONFIGURATION_APPLIED)) + len(self.life.logged(CODE.CONFIGURATION_NOT_UP)),
                len(self.life.logged(CODE.CONFIGURATION_REFUSED)))


def while_sending(feeder, is_enough):
    """Yields every tenth of a second as long as commands are sent. On a slow machine it continues until is_enough()."""
    end = time.monotonic() + SLOW_SECONDS
    while feeder.is_alive() or (not is_enough() and time.monotonic() < end):
        yield
        time.sleep(EVERY_SECONDS)


STEPS = ("apply-planned", "apply-checked", "flip", "flip-outputs", "flip-published", "flip-inputs")


def kill_at_step(load, step, change):
    """A gateway that is killed at this step of an apply, under load."""
    if b"GANGWAY_FAULT" not in binary().read_bytes():
        pytest.skip("this gateway was built without fault points: configure with -DGANGWAY_FAULT_POINTS=ON")
    life = load.start(env={"GANGWAY_FAULT": f"{step}:1:kill"})
    until(lambda: load.delivered() > 0 and life.has_begun(), 30, load.tell)
    Changes(life).apply(change)
    assert life.join() == -signal.SIGKILL, life.said()


def as_it_was(text):
    return text


def replacing(*pairs):
    """A change of the text: each pair is what is replaced, and by what. A text that is not there is a fault of the test."""

    def change(text):
        for old, new in pairs:
            assert old in text, f"{old!r} is not in:\n{text}"
            text = text.replace(old, new)
        return text

    return change


def held(life):
    """What the descriptors of the process are, but for files that are opened when they are needed, and how many threads it
    has."""
    folder, found = Path(f"/proc/{life.process.pid}/fd"), []
    for descriptor in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            found.append(re.sub(r"\d+", "", os.readlink(folder / descriptor)))
    return sorted(name for name in found if "jsonl" not in name and "inotify" not in name), len(os.listdir(f"/proc/{life.process.pid}/task"))


def resident_bytes(life):
    with open(f"/proc/{life.process.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

# SPDX-License-Identifier: Apache-2.0
"""Bootstrap files that are applied to a running gateway under load, and what its process holds meanwhile."""

import contextlib
import os
import re
import signal
from pathlib import Path

from log_records import CODE


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

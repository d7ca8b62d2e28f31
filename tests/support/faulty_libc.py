# SPDX-License-Identifier: Apache-2.0
"""Makes calls of libc fail in a program that a test starts: see faulty_libc.c.

    faults = FaultyLibc(folder)
    gateway.run(env=faults.at("write", errno.ENOSPC, first=7))       # the 7th write, and no other
    gateway.run(env=faults.during("fsync", errno.EIO, part=".jsonl"))  # each one between begin() and end()
    faults.failed()  # how many did
"""

import os
import struct
from pathlib import Path

from gateway import build_folder

SHORT = -1  # instead of an errno: half of the bytes are transferred
ONLY_SLOW = 0
TALLY = struct.Struct("QQ24s")

# Every call that faulty_libc.c knows.
MEMORY = "malloc"
FILES_BY_NAME = ("open", "stat", "rename", "unlink", "mkdir")
OPEN_FILES = ("fstat", "read", "write", "fsync", "ftruncate", "flock")
WAITING = ("poll", "eventfd")
NETWORK = ("socket", "connect", "send", "recv")


class FaultyLibc:
    def __init__(self, folder):
        self.library = build_folder() / "tests" / "faulty_libc.so"
        assert self.library.is_file(), f"{self.library} is not there: build it"
        self.tally, self.present = Path(folder) / "tally", Path(folder) / "faults-are-on"

    def watch(self, calls, part=None):
        """Nothing fails; seen() counts."""
        return self.at(calls, ONLY_SLOW, 0, part=part)

    def at(self, calls, error, first, count=1, part=None, delay_ms=0):
        """The call of this number, from 1, and those behind it: count in all, 0: all that come. calls: a name, or
        several. part: only calls about a path in which this is found."""
        names = [calls] if isinstance(calls, str) else calls
        self.tally.write_bytes(bytes(TALLY.size))
        environment = {
            "LD_PRELOAD": str(self.library), "FAULTY_CALLS": f",{','.join(names)},", "FAULTY_ERROR": str(error),
            "FAULTY_FIRST": str(first), "FAULTY_COUNT": str(count), "FAULTY_DELAY_MS": str(delay_ms),
            "FAULTY_TALLY": str(self.tally),
        }
        return environment | ({"FAULTY_PATH": part} if part else {})

    def during(self, calls, error, first=1, part=None, delay_ms=0, loses=False):
        """All of these calls between begin() and end(), except those before the first. loses: a failed fsync discards
        what was written to its file since the last good one, as Linux may: only a new write restores it."""
        environment = self.at(calls, error, first, 0, part, delay_ms)
        return environment | {"FAULTY_WHILE": str(self.present), "FAULTY_LOSES": str(int(loses))}

    def begin(self):
        self.present.touch()

    def end(self):
        self.present.unlink()

    # ---- what happened ----

    def counted(self):
        return TALLY.unpack(self.tally.read_bytes())

    def seen(self):
        return self.counted()[0]

    def failed(self):
        return self.counted()[1]

    def first(self):
        """The name of the first call that failed."""
        return os.fsdecode(self.counted()[2].rstrip(b"\0"))

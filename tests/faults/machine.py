# SPDX-License-Identifier: Apache-2.0
"""How long the machine itself makes a program wait, for its CPU and for its disk. A process of its own sleeps for a few
milliseconds and writes a byte to the disk, over and over.

    with Machine(folder) as machine:
        ...
        machine.longest_seconds()   # for one sleep and one write
"""

import subprocess
import sys
import time

from waiting import until

USUAL_SECONDS = 0.02  # for a sleep and a write
PROGRAM = f"""
import os, time
file = os.open("machine", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
begin = time.time()
print(begin, begin, flush=True)
while True:
    time.sleep(0.005)
    os.pwrite(file, b".", 0)
    os.fdatasync(file)
    end = time.time()
    if end - begin > {USUAL_SECONDS}:
        print(begin, end, flush=True)
    begin = end
"""


class Machine:
    """Use it as a context."""

    def __init__(self, folder):
        self.log = folder / "machine-log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=folder, stdout=out)
        until(self.spans, 20, process=self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def spans(self):
        """The times in which a sleep and a write took longer than usual: from, to. The first one is empty."""
        lines = self.log.read_text().splitlines(keepends=True)
        return [tuple(map(float, line.split())) for line in lines if line.endswith("\n")]

    def longest_seconds(self):
        """The longest that a sleep and a write took, 0 where all took as long as usual."""
        return max(high - low for low, high in self.spans())

# SPDX-License-Identifier: Apache-2.0
"""Moves the wall clock of programs that a test starts, while they run: see moved_clock.c.

    with MovedClock() as clock:
        gateway.run(env=clock.environment)
        clock.move(-DAY)                    # a day before the true time
        with clock.strobing(DAY):           # there and back, all the time
            ...
"""

import contextlib
import itertools
import os
import shutil
import struct
import tempfile
import threading
from pathlib import Path

from gateway import build_folder

DAY = 24 * 3600
STROBE_SECONDS = 0.02


class MovedClock:
    """Any user may read it, so that a server of another user can run by it."""

    def __init__(self):
        library = build_folder() / "tests" / "moved_clock.so"
        assert library.is_file(), f"{library} is not there: build it"
        self.folder = Path(tempfile.mkdtemp(prefix="gwclock-"))
        self.folder.chmod(0o755)
        shutil.copyfile(library, self.folder / library.name)
        self.file = os.open(self.folder / "seconds", os.O_RDWR | os.O_CREAT, 0o644)
        self.move(0)
        self.environment = {"LD_PRELOAD": str(self.folder / library.name), "MOVED_CLOCK": f"{self.folder}/seconds"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.file)
        shutil.rmtree(self.folder)

    def move(self, seconds):
        """To so many seconds from the true time."""
        os.pwrite(self.file, struct.pack("q", seconds), 0)

    @contextlib.contextmanager
    def strobing(self, seconds):
        """To and fro until the end of the context; it then stays ahead."""
        ended = threading.Event()

        def strobe():
            for place in itertools.cycle((seconds, -seconds)):
                self.move(place)
                if ended.wait(STROBE_SECONDS):
                    break
            self.move(seconds)

        thread = threading.Thread(target=strobe)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

# SPDX-License-Identifier: Apache-2.0
"""The one way to wait in Python tests: for a fact, with a limit, never for a time."""

import time


def until(holds, seconds, tell=lambda: "", process=None):
    """Waits until holds() is true, and fails after so many seconds. tell() describes why it may not hold. When only a
    process can make it true, the wait fails as soon as the process ends. Returns the seconds that it took."""
    begin = time.monotonic()
    while not holds():
        assert process is None or process.poll() is None, f"the process ended before that\n{tell()}"
        assert time.monotonic() - begin < seconds, f"not within {seconds} s\n{tell()}"
        time.sleep(0.02)  # between two looks
    return time.monotonic() - begin

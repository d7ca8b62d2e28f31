# SPDX-License-Identifier: Apache-2.0
"""The one way to wait in Python tests: for a fact, with a limit, never for a time."""

import time


def until(holds, seconds, tell=lambda: "", process=None):
    """Waits until something holds, which must be within so many seconds. tell() says why it may not hold. Where it can
    only come from a process, the wait ends with it. Returns after how many seconds it held."""
    begin = time.monotonic()
    while not holds():
        assert process is None or process.poll() is None, f"the process ended before that\n{tell()}"
        assert time.monotonic() - begin < seconds, f"not within {seconds} s\n{tell()}"
        time.sleep(0.02)  # between two looks
    return time.monotonic() - begin

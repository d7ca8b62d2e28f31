# SPDX-License-Identifier: Apache-2.0
"""Suspends and resumes processes: a suspended process keeps its sockets and locks, and does not answer."""

import os
import signal
import time
from pathlib import Path


def suspend(pid):
    """Returns when every thread has stopped: the kernel stops one after the other."""
    os.kill(pid, signal.SIGSTOP)
    while thread_states(pid) != {"T"}:
        time.sleep(0.001)  # between two looks


def resume(pid):
    os.kill(pid, signal.SIGCONT)


def thread_states(pid):
    """One letter for each state that a thread of the process has, as in /proc/PID/stat: T is stopped."""
    return {path.read_text().rsplit(")", 1)[1].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")}

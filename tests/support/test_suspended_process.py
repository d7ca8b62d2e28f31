# SPDX-License-Identifier: Apache-2.0
"""A suspended process does nothing, with none of its threads, until it is resumed."""

import subprocess
import sys

import pytest
from suspended_process import resume, suspend, thread_states

COUNTING = """
import sys, threading
def count():
    for number in range(1 << 62):
        print(number, flush=True)
threading.Thread(target=count, daemon=True).start()
sys.stdin.read()
"""


@pytest.fixture
def counting():
    """A process of two threads, one of which writes as fast as somebody reads."""
    with subprocess.Popen([sys.executable, "-c", COUNTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


def test_every_thread_stops_and_continues(counting):
    suspend(counting.pid)
    assert thread_states(counting.pid) == {"T"}
    resume(counting.pid)
    for _ in range(100_000):  # more than a pipe holds
        assert counting.stdout.readline()

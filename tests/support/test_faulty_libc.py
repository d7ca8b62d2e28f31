# SPDX-License-Identifier: Apache-2.0
"""The preloaded library fails the chosen calls and no others: seen from a program that writes a file."""

import errno
import subprocess
import sys

import pytest
from faulty_libc import SHORT, FaultyLibc

# Writes three blocks to the file `data`, each with a sync; prints what each call said.
WRITER = """\
import os
fd = os.open("data", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for block in (b"1111", b"2222", b"3333"):
    for call in (lambda: os.write(fd, block), lambda: os.fsync(fd)):
        try:
            print(call() or 0)
        except OSError as error:
            print(-error.errno)
"""


@pytest.fixture
def faults(tmp_path):
    return FaultyLibc(tmp_path)


def write(tmp_path, environment):
    """The results of the calls, in order, and the contents of the file."""
    done = subprocess.run([sys.executable, "-c", WRITER], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done
    return [int(line) for line in done.stdout.split()], (tmp_path / "data").read_bytes()


def test_nothing_fails_while_it_only_watches(tmp_path, faults):
    assert write(tmp_path, faults.watch("write", "data")) == ([4, 0, 4, 0, 4, 0], b"111122223333")
    assert (faults.seen(), faults.failed()) == (3, 0)


def test_one_call_fails(tmp_path, faults):
    said = write(tmp_path, faults.at("write", errno.ENOSPC, 2, part="data"))
    assert said == ([4, 0, -errno.ENOSPC, 0, 4, 0], b"11113333")
    assert (faults.failed(), faults.first()) == (1, "write")


def test_a_transfer_is_short(tmp_path, faults):
    assert write(tmp_path, faults.at("write", SHORT, 3, part="data")) == ([4, 0, 4, 0, 2, 0], b"1111222233")


def test_calls_about_other_files_pass(tmp_path, faults):
    assert write(tmp_path, faults.at("write", errno.EIO, 1, 0, part="else"))[1] == b"111122223333"
    assert faults.seen() == 0


def test_calls_fail_between_begin_and_end_only(tmp_path, faults):
    environment = faults.during("write", errno.EIO, part="data")
    assert write(tmp_path, environment)[1] == b"111122223333"
    faults.begin()
    assert write(tmp_path, environment)[0] == [-errno.EIO, 0] * 3
    faults.end()


def test_a_failed_sync_takes_back_what_no_good_one_confirmed(tmp_path, faults):
    environment = faults.during("fsync", errno.EIO, first=2, part="data", loses=True)
    faults.begin()
    assert write(tmp_path, environment) == ([4, 0, 4, -errno.EIO, 4, -errno.EIO], b"1111")


def test_memory_runs_out(tmp_path, faults):
    environment = faults.at("malloc", errno.ENOMEM, 1, 0)
    done = subprocess.run(["/usr/bin/env", "true"], env=environment, capture_output=True)
    assert done.returncode != 0 and faults.failed() > 0

# SPDX-License-Identifier: Apache-2.0
"""A file system of a few megabytes that a test fills and empties again. It is mounted for this process and its children
only, and goes with them, however they end. Needs the right to mount, which root has."""

import ctypes
import os
import tempfile
from pathlib import Path

import pytest

CLONE_NEWNS, MS_REMOUNT, MS_REC, MS_PRIVATE, MNT_DETACH = 0x00020000, 0x20, 0x4000, 1 << 18, 2
libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def be_alone():
    """From now on what this thread, and what it begins, mounts is seen by nobody else."""
    call(libc.unshare, CLONE_NEWNS)
    call(libc.mount, b"none", b"/", None, MS_REC | MS_PRIVATE, None)


class SmallDisk:
    """Use it as a context; path is where it is mounted. fill() leaves so many kilobytes, empty() all of its size."""

    is_alone = False

    def __init__(self, kilobytes):
        self.path = Path(tempfile.mkdtemp(prefix="gwd-", dir="/tmp"))  # short: sockets may be made there
        self.kilobytes = kilobytes
        try:
            if not SmallDisk.is_alone:
                be_alone()
                SmallDisk.is_alone = True
            self.mount(kilobytes)
        except PermissionError:
            self.path.rmdir()
            pytest.skip("needs the right to mount a file system: run as root")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        libc.umount2(os.fsencode(self.path), MNT_DETACH)  # whatever is still open there
        self.path.rmdir()

    def mount(self, kilobytes, flags=0):
        options = f"size={kilobytes}k,mode=755".encode()
        call(libc.mount, b"none", os.fsencode(self.path), b"tmpfs", flags, options)

    def fill(self, left_kilobytes=0):
        """From now on there is no more room than this."""
        space = os.statvfs(self.path)
        used_kilobytes = (space.f_blocks - space.f_bfree) * space.f_frsize // 1024
        self.mount(used_kilobytes + left_kilobytes, MS_REMOUNT)

    def empty(self):
        self.mount(self.kilobytes, MS_REMOUNT)

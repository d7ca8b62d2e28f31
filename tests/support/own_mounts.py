# SPDX-License-Identifier: Apache-2.0
"""Mounts that only this process and its children see, and that end with them. The test is skipped without the right
to mount."""

import ctypes
import os
import subprocess

import pytest

CLONE_NEWNS, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x00020000, 0x20, 0x1000, 0x4000, 1 << 18, 2
libc = ctypes.CDLL(None, use_errno=True)
is_alone = False


def call(function, *arguments):
    if function(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def be_alone():
    """From now on the mounts of this thread, and of the processes that it starts, are visible to no other."""
    global is_alone
    if is_alone:
        return
    if not any(line.split()[4] == "/" for line in open("/proc/self/mountinfo", encoding="utf-8")):
        pytest.skip("/ is no mount here, as in a chroot, so a mount could not be kept from others")
    try:
        call(libc.unshare, CLONE_NEWNS)
    except PermissionError:
        pytest.skip("needs the right to mount a file system: run as root")
    call(libc.mount, b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    is_alone = True


def mount_memory(path, kilobytes, is_new=True):
    """A file system in memory, or another size of one."""
    be_alone()
    options = f"size={kilobytes}k,mode=755".encode()
    call(libc.mount, b"none", os.fsencode(path), b"tmpfs", 0 if is_new else MS_REMOUNT, options)


def cover(path, with_path):
    """Another file in the place of one."""
    be_alone()
    call(libc.mount, os.fsencode(with_path), os.fsencode(path), None, MS_BIND, None)


def within(script):
    """The first words of a command line that runs under private mounts, made by this shell script. Skips the test where
    mounts are not permitted."""
    under = ["unshare", "--mount", "sh", "-c", f'{script} && exec "$@"', "sh"]
    tried = subprocess.run([*under, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")
    return under


def uncover(path):
    """Whatever still has something open there keeps it."""
    call(libc.umount2, os.fsencode(path), MNT_DETACH)

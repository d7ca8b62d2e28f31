# SPDX-License-Identifier: Apache-2.0
"""A file system of a few megabytes that a test can fill and empty."""

import errno
import os
import tempfile
from pathlib import Path

import own_mounts


class SmallDisk:
    """Use it as a context; path is where it is mounted."""

    def __init__(self, kilobytes):
        own_mounts.be_alone()
        self.path = Path(tempfile.mkdtemp(prefix="gwd-", dir="/tmp"))  # short: sockets may be made there
        self.kilobytes = kilobytes
        own_mounts.mount_memory(self.path, kilobytes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        own_mounts.uncover(self.path)
        self.path.rmdir()

    def fill(self, left_kilobytes=0):
        """From now on there is no more room than this. Who writes meanwhile makes the kernel refuse a size that is too
        small by then; then there is another look."""
        for attempts_left in range(1000, -1, -1):
            try:
                own_mounts.mount_memory(self.path, self.used_kilobytes() + left_kilobytes, is_new=False)
                return
            except OSError as error:
                if error.errno != errno.EINVAL or attempts_left == 0:
                    raise

    def used_kilobytes(self):
        space = os.statvfs(self.path)
        return (space.f_blocks - space.f_bfree) * space.f_frsize // 1024

    def empty(self):
        """There is as much as at first."""
        own_mounts.mount_memory(self.path, self.kilobytes, is_new=False)

# SPDX-License-Identifier: Apache-2.0
"""A file system of a few megabytes that a test fills and empties again."""

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
        """From now on there is no more room than this."""
        space = os.statvfs(self.path)
        used_kilobytes = (space.f_blocks - space.f_bfree) * space.f_frsize // 1024
        own_mounts.mount_memory(self.path, used_kilobytes + left_kilobytes, is_new=False)

    def empty(self):
        """There is as much as at first."""
        own_mounts.mount_memory(self.path, self.kilobytes, is_new=False)

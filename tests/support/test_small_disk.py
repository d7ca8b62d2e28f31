# SPDX-License-Identifier: Apache-2.0
"""The small disk is full when the test fills it, and leaves nothing behind."""

import errno

import pytest
from small_disk import SmallDisk


def test_a_disk_is_full_and_empty_again():
    with SmallDisk(1024) as disk:
        file = disk.path / "file"
        file.write_bytes(bytes(8192))
        disk.fill(8)
        with pytest.raises(OSError) as refused:
            file.write_bytes(bytes(32768))
        assert refused.value.errno == errno.ENOSPC
        disk.empty()
        file.write_bytes(bytes(32768))
    assert not disk.path.exists()

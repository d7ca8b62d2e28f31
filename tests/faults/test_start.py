# SPDX-License-Identifier: Apache-2.0
"""A gateway waits for a resource that is short when it starts, as it does later."""

import json
import subprocess

import own_mounts
import pytest
from gateway import QUICKSTART, STATUS_OK, Gateway
from log_records import CODE, logged
from waiting import until

FILES = 8  # of the database, its log and its locks, with room to spare


@pytest.fixture
def gateway(tmp_path):
    (tmp_path / "disk").mkdir()
    gateway = Gateway(tmp_path, QUICKSTART.replace("path: gangway.db", "path: disk/gangway.db"))
    gateway.commands.write_text(json.dumps({"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 1}) + "\n")
    yield gateway
    gateway.close()


def full_disk(folder):
    """Runs a command with a disk mounted there that has no room for one more file."""
    return own_mounts.within(f'mount -t tmpfs -o size=1m,nr_inodes={FILES + 1} none "{folder}" && cd "{folder}" && '
                             f'touch $(seq {FILES}) && cd ..')


@pytest.mark.once
def test_the_gateway_waits_for_a_full_disk_at_the_start(gateway):
    under = full_disk(gateway.folder / "disk")
    log = gateway.folder / "log"
    with log.open("wb") as stream:
        process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=stream,
                                under=under)
        until(lambda: logged(log.read_text(), CODE.REPOSITORY_FAILED), 20, log.read_text, process)
        subprocess.run(["nsenter", f"--mount=/proc/{process.pid}/ns/mnt", "sh", "-c",
                        f'cd "{gateway.folder}/disk" && rm $(seq {FILES})'], check=True)
        assert process.wait(20) == STATUS_OK, log.read_text()

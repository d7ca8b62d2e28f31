# SPDX-License-Identifier: Apache-2.0
"""What `gangway run` tells a service manager that starts it as systemd does with Type=notify."""

import contextlib
import shutil
import socket
import subprocess

import pytest
from gateway import QUICKSTART, ROOT, STATUS_OK
from waiting import until

FOLLOWED = QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true")


@contextlib.contextmanager
def manager(gateway):
    """A socket for notifications: (its environment, a function that returns all lines so far)."""
    path = f"{gateway.sockets}/notify"
    lines = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.setblocking(False)

        def told():
            with contextlib.suppress(BlockingIOError):
                while True:
                    lines.extend(listener.recv(4096).decode().splitlines())
            return lines

        yield {"NOTIFY_SOCKET": path}, told


def test_it_is_ready_when_it_runs_and_says_when_it_stops(gateway):
    gateway.write_config(FOLLOWED)
    gateway.commands.touch()
    with manager(gateway) as (environment, told):
        process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=environment)
        until(lambda: "STATUS=running" in told(), 20, process=process)
        assert told().count("READY=1") == 1 and "STOPPING=1" not in told()
        assert not [line for line in told() if line.startswith("WATCHDOG")]
        process.terminate()
        assert process.wait(20) == STATUS_OK
        assert told().count("STOPPING=1") == 1


def test_while_it_waits_for_the_repository_the_limit_of_the_start_is_extended(gateway):
    gateway.write_config(FOLLOWED.replace("{plugin: sqlite_repository, path: gangway.db}",
                                          "{plugin: postgres_repository, url: 'host=127.0.0.1 port=1 dbname=x user=x'}"))
    with manager(gateway) as (environment, told):
        process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=environment)
        until(lambda: len([line for line in told() if line.startswith("EXTEND_TIMEOUT_USEC=")]) >= 2, 20,
              process=process)
        assert "READY=1" not in told() and "STATUS=running" not in told()
        process.terminate()
        assert process.wait(20) == STATUS_OK


def test_the_watchdog_is_told_twice_in_its_time(gateway):
    gateway.write_config(FOLLOWED)
    gateway.commands.touch()
    with manager(gateway) as (environment, told):
        process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=environment | {"WATCHDOG_USEC": "400000"})
        until(lambda: "READY=1" in told(), 20, process=process)
        before = told().count("WATCHDOG=1")
        seconds = until(lambda: told().count("WATCHDOG=1") >= before + 5, 20, process=process)
        assert seconds > 0.6  # it is no busy loop
        process.terminate()
        assert process.wait(20) == STATUS_OK


@pytest.mark.once
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd, which checks the unit, is not on this machine")
def test_systemd_accepts_the_unit(tmp_path):
    text = (ROOT / "deploy/gangway.service").read_text()
    unit = tmp_path / "gangway.service"
    unit.write_text(text.replace("/usr/bin/gangway", "/bin/true").replace("User=gangway", "User=root"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "gangway.service" not in done.stderr, done.stderr

# SPDX-License-Identifier: Apache-2.0
"""The harness runs a program as documented; here a program that is no gateway."""

import subprocess

import gateway as harness
import pytest


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """A gateway whose binary is the given shell script."""
    made = []

    def make(script):
        program = tmp_path / "gangway"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("GANGWAY_BUILD_DIR", str(tmp_path))
        made.append(harness.Gateway(tmp_path))
        return made[-1]

    yield make
    for gateway in made:
        gateway.close()


def test_status_and_both_streams_are_kept_apart(pretend):
    result = pretend('echo "$@"; echo "Out of stock for A B" >&2; exit 78').run()
    assert result.status == harness.STATUS_CONFIG
    assert result.out.startswith("run ") and result.out.endswith("gangway.yaml\n")
    assert result.notices("err") == ["Out of stock for A B"] and result.notices() == []


def test_a_signal_is_a_negative_status(pretend):
    assert pretend("kill -9 $$").run().status == -9


def test_a_program_that_hangs_is_killed(pretend):
    with pytest.raises(subprocess.TimeoutExpired):
        pretend("exec sleep 100").run(timeout=0.2)


def test_standard_input_is_handed_over(pretend, tmp_path):
    gateway = pretend("cat")
    assert gateway.call(stdin=b"from bytes").out == "from bytes"
    (tmp_path / "file").write_text("from a file")
    assert gateway.call(stdin=tmp_path / "file").out == "from a file"
    assert gateway.call().out == ""


def test_the_environment_of_the_test_does_not_leak_in(pretend, monkeypatch):
    monkeypatch.setenv("GANGWAY_FAULT", "poll:1:kill")
    assert "GANGWAY_FAULT" not in pretend("env").call().out
    assert "GANGWAY_FAULT=poll:2:kill" in pretend("env").call(env={"GANGWAY_FAULT": "poll:2:kill"}).out


def test_a_missing_binary_is_a_failure_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("GANGWAY_BUILD_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="GANGWAY_BUILD_DIR"):
        harness.binary()

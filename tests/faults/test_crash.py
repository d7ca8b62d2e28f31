# SPDX-License-Identifier: Apache-2.0
"""The process crashes in the middle of a turn: by abort(), by a fault in a thread that holds messages, by a signal to a
thread that holds none. The log then names each source with its offset, and no core file is left that holds passwords."""

import json
import os
import re
import resource
import signal

import pytest
from gateway import SMALL_STEPS, Gateway
from log_records import CODE, records
from waiting import until

pytestmark = pytest.mark.once  # a sanitizer ends the process in its own way

TURN = 10


@pytest.fixture
def gateway(tmp_path):
    config = SMALL_STEPS.replace("turn: 500", f"turn: {TURN}, follow: true")
    gateway = Gateway(tmp_path, config)
    lines = [{"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 1000}] + [
        {"type": "Allocate", "orderid": f"o{number}", "sku": "LAMP", "qty": 1} for number in range(99)]
    gateway.commands.write_text("".join(json.dumps(line) + "\n" for line in lines))
    yield gateway
    gateway.close()


def offset_of(gateway, line):
    """Where this line of the commands begins, counted from 0."""
    return sum(len(text) for text in gateway.commands.read_bytes().splitlines(keepends=True)[:line])


class Crash:
    """A run that ends by a signal: which signal, what it logged, whether it asked the system for a core file."""

    def __init__(self, gateway, fault=None, arguments=(), strike=None, cores=resource.RLIM_INFINITY):
        before = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (cores, before[1]))
        try:
            with (gateway.folder / "log").open("w+") as log:
                process = gateway.start("run", *arguments, gateway.config, stderr=log,
                                        env={"GANGWAY_FAULT": fault} if fault else None)
                if strike:
                    strike(process)
                _, status = os.waitpid(process.pid, 0)
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, before)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.signal, self.has_core = -process.returncode, os.WCOREDUMP(status)
        log_text = (gateway.folder / "log").read_text()
        self.records = records(log_text)
        for core in gateway.folder.glob("core*"):
            core.unlink()
            self.has_core = True

    def in_hand(self):
        """(component, offset, last, messages) of each source that is reported."""
        return [(record["component"], int(record["offset"]), int(record["last"]), int(record["messages"]))
                for record in self.records if record.get("code") == CODE.CRASH_MESSAGES]


@pytest.mark.parametrize(("what", "number"), [("abort", signal.SIGABRT), ("fault", signal.SIGSEGV)])
def test_a_crash_in_a_turn_names_its_source_and_offsets(gateway, what, number):
    crash = Crash(gateway, f"before-apply:3:{what}")  # the first stores where the source begins
    assert crash.signal == number, crash.records
    report = next(record for record in crash.records if record.get("code") == CODE.CRASH_OF_COMPONENT)
    assert (report["signal"], report["component"]) == (number.name, "commands")
    (in_hand,) = crash.in_hand()
    starts = [offset_of(gateway, line) for line in range(100)]
    first = starts.index(in_hand[1])
    assert first > 0 and first % TURN == 0
    assert in_hand == ("commands", starts[first], starts[first + TURN - 1], TURN)
    assert not crash.has_core


def test_a_crash_in_a_delivery_names_its_destination(gateway):
    crash = Crash(gateway, "before-deliver:1:fault")
    assert crash.signal == signal.SIGSEGV
    assert [record["component"] for record in crash.records if record.get("code") == CODE.CRASH_OF_COMPONENT] == ["events"]


def test_a_crash_between_turns_names_the_position_of_each_source(gateway):
    crash = Crash(gateway, "settle:10:fault")
    assert crash.signal == signal.SIGSEGV
    (position,) = [int(record["offset"]) for record in crash.records if record.get("code") == CODE.CRASH_POSITION]
    assert position in [offset_of(gateway, TURN * turn) for turn in range(1, 11)]


def test_a_crash_of_a_thread_without_messages_logs_the_workers_messages(gateway):
    def strike(process):
        until(lambda: gateway.event_count() >= 90, 30)
        process.send_signal(signal.SIGSEGV)  # the main thread is the first that may take it

    crash = Crash(gateway, strike=strike)
    assert crash.signal == signal.SIGSEGV
    assert [record["offset"] for record in crash.records
            if record.get("code") == CODE.CRASH_POSITION and record["component"] == "commands"] == [
                str(gateway.commands.stat().st_size)], crash.records
    assert not crash.has_core


def test_a_core_file_is_allowed_by_an_option(gateway):
    if not resource.getrlimit(resource.RLIMIT_CORE)[1]:
        pytest.skip("this machine's hard limit forbids core files")
    limits = {}

    def strike(process):
        until(lambda: gateway.event_count() >= 90, 30)
        with open(f"/proc/{process.pid}/limits") as file:
            limits["core"] = re.search(r"Max core file size\s+(\S+)", file.read())[1]
        process.send_signal(signal.SIGKILL)

    Crash(gateway, strike=strike)
    assert int(limits["core"]) <= 1
    gateway.events.unlink()
    gateway.database.unlink()
    Crash(gateway, arguments=["--core-dumps"], strike=strike)
    assert limits["core"] == "unlimited"

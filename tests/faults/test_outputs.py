# SPDX-License-Identifier: Apache-2.0
"""The gateway's output is not read: a log shipper that hangs, a pager, a stopped terminal (^S), a full device.
Processing and SIGTERM still work, and dropped records are counted."""

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import termios

import pytest
from gateway import QUICKSTART, STATUS_OK, Gateway
from waiting import until

CONFIG = QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true, turn: 10")
STOP_SECONDS = 12  # 10 for the drain


@pytest.fixture
def gateway(tmp_path):
    gateway = Gateway(tmp_path, CONFIG)
    yield gateway
    gateway.close()


class Pipe:
    """A full pipe from which nothing is read until drain()."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        own = os.open(f"/proc/self/fd/{self.writer}", os.O_WRONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(own, b"\n" * 4096)
        os.close(own)

    def drain(self):
        """What there is to read now."""
        os.set_blocking(self.reader, False)
        text = b""
        with contextlib.suppress(BlockingIOError):
            while more := os.read(self.reader, 65536):
                text += more
        return text.decode()

    def is_still_blocking(self):
        return fcntl.fcntl(self.writer, fcntl.F_GETFL) & os.O_NONBLOCK == 0

    def close(self):
        os.close(self.reader)
        os.close(self.writer)


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    pipe.close()


def write(gateway, first, count):
    """Orders of which each second one is refused, and so logged."""
    with gateway.commands.open("a") as commands:
        if first == 0:
            commands.write(json.dumps({"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 100_000}) + "\n")
        for number in range(first, first + count):
            sku = "LAMP" if number % 2 else "UNKNOWN"
            commands.write(json.dumps({"type": "Allocate", "orderid": f"o{number}", "sku": sku, "qty": 1}) + "\n")


def wait_for_events(gateway, count):
    until(lambda: gateway.event_count() >= count, 30)


def dropped(records):
    """What the records say that was dropped."""
    return sum(int(record.get("dropped", 0)) for record in map(json.loads, filter(None, records.splitlines())))


def test_a_blocked_log_stops_neither_processing_nor_the_stop(gateway, pipe):
    write(gateway, 0, 200)
    with (gateway.folder / "out").open("w+") as out:
        process = gateway.start("run", gateway.config, stdout=out, stderr=pipe.writer)
        wait_for_events(gateway, 100)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == STATUS_OK
        out.seek(0)
        summary = out.read()
    assert pipe.drain().strip("\n") == ""
    assert int(re.search(r"(\d+) records dropped", summary)[1]) > 0, summary
    assert pipe.is_still_blocking()


def test_dropped_records_are_reported_when_the_reader_returns(gateway, pipe):
    write(gateway, 0, 200)
    process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=pipe.writer)
    wait_for_events(gateway, 100)
    pipe.drain()
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == STATUS_OK
    assert dropped(pipe.drain()) > 0


def test_one_blocked_pipe_for_all_output(gateway, pipe):
    write(gateway, 0, 200)
    process = gateway.start("run", gateway.config, stdout=pipe.writer, stderr=pipe.writer)
    wait_for_events(gateway, 100)
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == STATUS_OK


@pytest.mark.once  # it takes the whole drain
def test_events_on_a_blocked_standard_output_do_not_prevent_a_stop(gateway, pipe):
    gateway.write_config(CONFIG.replace("path: events.jsonl", "path: '-'"))
    write(gateway, 0, 200)
    with (gateway.folder / "err").open("w+") as err:
        process = gateway.start("run", gateway.config, stdout=pipe.writer, stderr=err)
        until(lambda: any(row["waiting"] for row in stock(gateway)), 30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS + 3) == STATUS_OK
    assert pipe.drain().strip("\n") == "" and pipe.is_still_blocking()
    gateway.write_config(QUICKSTART)
    gateway.run()
    assert len(gateway.query("allocations", "o1")) == 1


def stock(gateway):
    """Whether all orders are applied, seen from outside."""
    done = gateway.call("query", "allocations", "o199", "--config", gateway.config, "--format", "json")
    return [{"waiting": done.status == STATUS_OK and "batchref" in done.out}]


@pytest.mark.parametrize("streams", [("stdout", "stderr"), ("stderr",)], ids=" and ".join)
def test_a_stopped_terminal_stops_neither_processing_nor_the_stop(gateway, streams):
    master, slave = pty.openpty()
    write(gateway, 0, 200)
    try:
        termios.tcflow(slave, termios.TCOOFF)
        process = gateway.start("run", gateway.config,
                                **({"stdout": subprocess.DEVNULL} | {stream: slave for stream in streams}))
        wait_for_events(gateway, 100)
        write(gateway, 200, 100)
        wait_for_events(gateway, 150)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == STATUS_OK
        assert fcntl.fcntl(slave, fcntl.F_GETFL) & os.O_NONBLOCK == 0
    finally:
        os.close(master)
        os.close(slave)


def test_a_standard_error_that_is_full_loses_records_and_no_message(gateway):
    gateway.write_config(QUICKSTART)
    write(gateway, 0, 200)
    with open("/dev/full", "wb") as full, (gateway.folder / "out").open("w+") as out:
        process = gateway.start("run", gateway.config, stdout=out, stderr=full)
        assert process.wait(30) == STATUS_OK
        out.seek(0)
        summary = out.read()
    assert int(re.search(r"(\d+) records dropped", summary)[1]) > 0, summary
    assert re.search(r"201 received, 101 applied", summary), summary


def test_findings_without_a_reader_prevent_neither_start_nor_stop(gateway, pipe):
    gateway.write_config("entrypoints: {" + ", ".join(f"e{n}: {{plugin: nothing}}" for n in range(200)) + "}")
    process = gateway.start("run", gateway.config, stdout=pipe.writer, stderr=pipe.writer)
    assert process.wait(STOP_SECONDS) == 78

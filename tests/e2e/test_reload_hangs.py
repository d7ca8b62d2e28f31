# SPDX-License-Identifier: Apache-2.0
"""A plugin that blocks, crashes or ends the process while a file is applied: what fails before the flip changes nothing,
and what blocks after it holds up nothing else. Nothing is lost or doubled."""

import json
import os
import signal
import subprocess
import time

import pytest
from gateway import STATUS_FAILED, STATUS_OK, wait
from ledger import Ledger, assert_nothing_waits
from log_records import CODE
from test_reload import CONFIG, Running, folder  # noqa: F401  (a fixture)
from waiting import until

STUCK = "to: [buyer], release: released, hang: 1h"  # until the file `released` exists
OTHER_BATCH = "path: events.jsonl, batch: 7"


def notifiers(**options):
    """The file with these notifiers beside the console. OutOfStock goes to the first of them."""
    more = "".join(f"\n  {name}: {{plugin: refusing_notifier, {text}}}" for name, text in options.items())
    return CONFIG.replace("notifiers:", f"notifiers:{more}").replace(
        "notify: [console]", f"notify: [{next(iter(options))}]")


def start_apply(running, config):
    """An `apply` of this file that runs."""
    running.gateway.write_config(config)
    return running.gateway.start("apply", running.gateway.config, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def apply(running, config):
    running.gateway.write_config(config)
    return running.gateway.call("apply", running.gateway.config)


def end_of(apply_process):
    """The status of an `apply` that runs, and what it printed."""
    out, _ = apply_process.communicate(timeout=30)
    return apply_process.returncode, out.decode()


def status(running):
    """It answers within seconds, whatever blocks."""
    begin = time.monotonic()
    result = running.gateway.call("status", "--format", "json")
    assert result.status == STATUS_OK, result
    assert time.monotonic() - begin < 3
    return json.loads(result.out)


def state(running, name):
    return status(running)["components"][name]["state"]


def verdict(running):
    return status(running)["last_apply"]["verdict"]


def deliver(running, *orders):
    """Commands are applied and their events delivered, whatever blocks."""
    before = running.orders("events.jsonl")
    for name in orders:
        running.allocate(name)
    running.until_orders("events.jsonl", before + list(orders))


def block_in_send(running):
    """The notifier `stuck` is in its send."""
    running.allocate("big", qty=1000)
    until(lambda: Ledger(running.gateway.database).pending() == {"stuck": 1}, 20, running.log.read_text)


def end(running, seconds):
    """SIGTERM ends the gateway with status 0 in this time."""
    begin = time.monotonic()
    running.end()
    assert time.monotonic() - begin < seconds


def threads(running):
    return len(os.listdir(f"/proc/{running.process.pid}/task"))


def release(running):
    (running.gateway.folder / "released").touch()


# ---- before the flip


def test_calls_that_do_not_return_are_abandoned_and_after_four_no_file_is_applied(folder):  # noqa: F811
    running = Running(folder)
    blocking = start_apply(running, notifiers(**{
        f"{place}{number}": f"hangs_in: {place}, {STUCK}" for place in ("open", "check") for number in (1, 2)}))
    deliver(running, "o1")
    code, text = end_of(blocking)
    assert code == STATUS_FAILED and f"{folder.config}:9:3: open1: " in text, text
    assert set(status(running)["components"]) == {"repository", "commands", "events", "console"}
    assert status(running)["calls_not_returned"] == 4
    refused = apply(running, CONFIG.replace("path: events.jsonl", OTHER_BATCH))
    assert refused.status == STATUS_FAILED and " 4 " in refused.err, refused
    deliver(running, "o2")
    release(running)
    until(lambda: status(running)["calls_not_returned"] == 0, 20, running.log.read_text)
    assert apply(running, CONFIG.replace("path: events.jsonl", OTHER_BATCH)).status == STATUS_OK
    end(running, 5)
    assert_nothing_waits(Ledger(folder.database))


def test_a_refused_file_whose_instances_block_in_close_is_refused_and_the_next_one_is_applied(folder):  # noqa: F811
    running = Running(folder)
    refused = apply(running, notifiers(stuck=f"hangs_in: close, {STUCK}").replace(
        "publishers:", "publishers:\n  copy: {plugin: jsonl_writer, path: nowhere/copy.jsonl}"))
    assert refused.status == STATUS_FAILED and "copy" in refused.err, refused
    assert apply(running, CONFIG.replace("path: events.jsonl", OTHER_BATCH)).status == STATUS_OK
    deliver(running, "o1")
    end(running, 5)


def test_a_stop_cancels_an_apply_whose_check_blocks(folder):  # noqa: F811
    running = Running(folder)
    before = threads(running)
    blocking = start_apply(running, notifiers(stuck=f"hangs_in: check, {STUCK}"))
    until(lambda: threads(running) == before + 2, 20, running.log.read_text)  # the apply's and the check's
    running.allocate("o1")
    end(running, 8)
    code, text = end_of(blocking)
    assert code == STATUS_FAILED and text, text
    assert running.logged(CODE.CONFIGURATION_REFUSED) and not running.logged(CODE.CONFIGURATION_APPLIED)
    assert_continues(running, "o1")


def first_deliveries(running):
    """Whose events the publisher's file has. An event that was in flight when the process ended may be there twice, with
    one id."""
    path = running.gateway.folder / "events.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return list({event["id"]: event["orderid"] for event in map(json.loads, lines)}.values())


def assert_continues(running, *orders, config=CONFIG, has_crashed=False):
    """A new start by this file applies and delivers everything, and once unless the process before has crashed."""
    starts = len(running.logged(CODE.GATEWAY_STARTED))
    running.gateway.write_config(config)
    with running.log.open("ab") as log:
        running.process = running.gateway.start("run", running.gateway.config, stdout=log, stderr=log)
    running.until_logged(CODE.GATEWAY_STARTED, times=starts + 1)
    until(lambda: first_deliveries(running) == list(orders), 20, running.log.read_text, running.process)
    until(lambda: not Ledger(running.gateway.database).pending(), 20, running.log.read_text, running.process)
    end(running, 5)
    assert (first_deliveries(running) if has_crashed else running.orders("events.jsonl")) == list(orders)


# ---- after the flip


def test_a_relay_stuck_in_a_send_holds_up_neither_three_applies_nor_the_status(folder):  # noqa: F811
    running = Running(folder, notifiers(stuck=f"hangs_in: send, {STUCK}"))
    block_in_send(running)
    applies = []
    for number in range(1, 4):  # none of the first two is ever used: both block in close
        place = "close" if number < 3 else "nowhere"
        applies.append(start_apply(running, notifiers(stuck=f"hangs_in: {place}, until: accepted, backoff: {number}s, {STUCK}")))
        until(lambda: status(running)["generation"] == number + 1, 20, running.log.read_text)
        deliver(running, f"o{number}")
    assert status(running)["generations_alive"] == 1
    for process in applies[:2]:
        code, text = end_of(process)
        assert code == STATUS_FAILED and "stuck" in text and "replaced" in text, text
    (folder.folder / "accepted").touch()
    release(running)
    code, text = end_of(applies[2])
    assert code == STATUS_OK, text
    until(lambda: not Ledger(folder.database).pending(), 20, running.log.read_text)
    end(running, 5)


def test_a_removed_destination_that_blocks_in_close_holds_up_no_apply_and_can_come_back(folder):  # noqa: F811
    running = Running(folder, notifiers(stuck=f"hangs_in: close, {STUCK}"))
    assert apply(running, CONFIG).status == STATUS_OK
    until(lambda: state(running, "stuck") == "draining", 20)
    assert apply(running, CONFIG.replace("path: events.jsonl", OTHER_BATCH)).status == STATUS_OK
    assert apply(running, notifiers(stuck="to: [buyer], until: accepted")).status == STATUS_OK
    assert state(running, "stuck") == "running"
    (folder.folder / "accepted").touch()
    running.allocate("big", qty=1000)
    deliver(running, "o1")
    until(lambda: not Ledger(folder.database).pending(), 20, running.log.read_text)
    release(running)
    end(running, 5)


@pytest.mark.parametrize("place", ["poll", "close"])
def test_an_entrypoint_that_blocks_is_replaced_and_holds_up_nothing(folder, place):  # noqa: F811
    def reader(options):
        return CONFIG.replace("entrypoints:", f"entrypoints:\n  quiet: {{plugin: silent_reader, {options}}}")

    running = Running(folder, reader(f"hangs_in: {place}, release: released"))
    replaced = apply(running, reader("hangs_in: nowhere"))
    assert replaced.status == STATUS_OK, replaced
    assert status(running)["components"]["quiet"]["replacing"]
    deliver(running, "o1")
    assert apply(running, reader("hangs_in: nowhere, turn: 7")).status == STATUS_OK
    release(running)
    until(lambda: not status(running)["components"]["quiet"]["replacing"], 20, running.log.read_text)
    end(running, 5)


def test_a_component_that_is_not_up_is_named_with_the_reason(folder):  # noqa: F811
    running = Running(folder, notifiers(stuck=f"hangs_in: send, {STUCK}"))
    block_in_send(running)
    result = apply(running, notifiers(stuck=f"hangs_in: nowhere, {STUCK}"))
    assert result.status == STATUS_FAILED and "stuck" in result.err, result
    rows = [line.split(maxsplit=3) for line in result.out.splitlines()]
    assert rows[0] == ["COMPONENT", "CHANGE", "STATE", "REASON"]
    assert rows[1][:3] == ["stuck", "replaced", "waiting"] and len(rows[1]) == 4, result
    assert verdict(running) == "not_up"
    release(running)
    end(running, 5)


def test_a_stop_after_the_flip_ends_the_apply_and_the_gateway(folder):  # noqa: F811
    running = Running(folder, notifiers(stuck=f"hangs_in: send, {STUCK}"))
    block_in_send(running)
    waiting = start_apply(running, notifiers(stuck=f"hangs_in: close, {STUCK}"))
    until(lambda: status(running)["generation"] == 2, 20, running.log.read_text)
    deliver(running, "o1")
    end(running, 20)  # ten seconds to drain, and some for what is cancelled
    code, text = end_of(waiting)
    assert code == STATUS_FAILED and f"stuck ({folder.config}:9:3)" in text, text
    assert running.logged(CODE.CONFIGURATION_NOT_UP, "stuck") and running.logged(CODE.THREAD_ABANDONED, "stuck")
    assert Ledger(folder.database).pending() == {"stuck": 1}


# ---- the process ends


@pytest.mark.parametrize("by", ["crashing", "exiting"])
@pytest.mark.parametrize("place", ["open", "check", "close", "send"])
def test_a_plugin_that_ends_the_process_during_an_apply_loses_nothing(folder, place, by):  # noqa: F811
    fatal = notifiers(stuck=f"hangs_in: {place}, hangs_by: {by}, to: [buyer]")
    running = Running(folder, fatal if place == "close" else CONFIG)
    deliver(running, "o1")
    folder.write_config(CONFIG if place == "close" else fatal)
    running.allocate("o2")
    running.process.send_signal(signal.SIGHUP)
    if place == "send":
        running.until_logged(CODE.CONFIGURATION_APPLIED)
        running.allocate("big", qty=1000)
    code, _ = wait(running.process, 30)
    assert code == (-signal.SIGABRT if by == "crashing" else STATUS_FAILED), running.log.read_text()
    if by == "crashing" and place != "close":
        assert running.logged(CODE.CRASH_OF_COMPONENT, "stuck"), running.log.read_text()
    (folder.folder / "accepted").touch()
    assert_continues(running, "o1", "o2", config=notifiers(stuck="to: [buyer], until: accepted"), has_crashed=True)

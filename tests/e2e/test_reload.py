# SPDX-License-Identifier: Apache-2.0
"""A running gateway applies its changed file at SIGHUP: make before break, nothing lost, and what is refused changes
nothing."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from gateway import STATUS_OK, build_folder, wait
from ledger import Ledger, assert_nothing_waits
from log_records import CODE, logged
from waiting import until

CONFIG = """\
service: reload
plugins: {dir: plugins}
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: true}
publishers:
  events: {plugin: jsonl_writer, path: events.jsonl}
notifiers:
  console: {plugin: console_notifier}
routes:
  Allocated:  {publish: [events]}
  OutOfStock: {notify: [console]}
"""
# A channel that is away, so that its notices wait.
AWAY = "  away: {plugin: refusing_notifier, to: [buyer], answer: fail, backoff: 10s, backoff_max: 10s}"


class Running:
    """A gateway that follows its commands and logs to a file."""

    def __init__(self, gateway, config=CONFIG):
        self.gateway, self.count = gateway, 0
        self.log, self.out = gateway.folder / "log", gateway.folder / "out"
        gateway.commands.touch()
        self.send({"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 100})
        gateway.write_config(config)
        with self.log.open("wb") as log, self.out.open("wb") as out:
            self.process = gateway.start("run", gateway.config, stdout=out, stderr=log)
        self.until_logged(CODE.GATEWAY_STARTED)

    def send(self, command):
        with self.gateway.commands.open("a") as commands:
            commands.write(json.dumps(command) + "\n")

    def allocate(self, orderid, qty=1):
        self.send({"type": "Allocate", "orderid": orderid, "sku": "LAMP", "qty": qty})

    def logged(self, code, *facts):
        return logged(self.log.read_text(), code, *facts)

    def until_logged(self, code, *facts, times=1):
        until(lambda: len(self.logged(code, *facts)) >= times, 20, self.log.read_text, self.process)

    def apply(self, config, code=CODE.CONFIGURATION_APPLIED):
        """Replaces the file, asks for it to be applied and waits for the verdict."""
        before = len(self.logged(code))
        new = self.gateway.config.with_suffix(".new")
        new.write_text(config)
        os.replace(new, self.gateway.config)
        self.process.send_signal(signal.SIGHUP)
        self.until_logged(code, times=before + 1)

    def orders(self, name):
        """Whose events a file has so far."""
        path = self.gateway.folder / name
        return [json.loads(line)["orderid"] for line in path.read_text().splitlines()] if path.exists() else []

    def until_orders(self, name, expected):
        until(lambda: self.orders(name) == expected, 20, lambda: f"{self.orders(name)}\n{self.log.read_text()}")

    def until_notices(self, count):
        until(lambda: self.out.read_text().count("Out of stock") == count, 20, self.log.read_text)

    def sockets(self):
        """The admin sockets of all gateways of this folder."""
        return Path(self.gateway.sockets).glob("**/*.sock")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        status, _ = wait(self.process, 30)
        assert status == STATUS_OK, self.log.read_text()


@pytest.fixture
def folder(gateway):
    plugins = gateway.folder / "plugins"
    plugins.mkdir(mode=0o755)
    own = (build_folder() / "tests/plugins" / f"{name}.so" for name in ("refusing_notifier", "silent_reader"))
    for plugin in [*build_folder().glob("plugins/*.so"), *own]:
        shutil.copyfile(plugin, plugins / plugin.name)
        (plugins / plugin.name).chmod(0o755)
    return gateway


def refused_deliveries(gateway):
    result = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json")
    return sum(row["kind"] == "delivery" for row in result.table())


def test_the_next_event_goes_to_the_new_place(folder):
    running = Running(folder)
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])
    running.apply(CONFIG.replace("path: events.jsonl", "path: other.jsonl"))
    running.allocate("o2")
    running.until_orders("other.jsonl", ["o2"])
    running.apply(CONFIG)
    running.allocate("o3")
    running.until_orders("events.jsonl", ["o1", "o3"])
    running.end()


def test_a_publisher_comes_and_goes_with_its_route(folder):
    running = Running(folder)
    both = CONFIG.replace("publishers:", "publishers:\n  copy: {plugin: jsonl_writer, path: copy.jsonl}").replace(
        "publish: [events]", "publish: [events, copy]")
    running.apply(both)
    running.allocate("o1")
    running.until_orders("copy.jsonl", ["o1"])
    running.apply(CONFIG)
    running.allocate("o2")
    running.until_orders("events.jsonl", ["o1", "o2"])
    running.apply(both)
    running.allocate("o3")
    running.until_orders("copy.jsonl", ["o1", "o3"])
    running.end()


def test_an_entrypoint_is_replaced_and_reads_every_message_once(folder):
    running = Running(folder)
    for number in range(6):
        running.allocate(f"o{number}")
        running.apply(CONFIG.replace("follow: true", f"follow: true, turn: {number + 10}"))
    running.until_orders("events.jsonl", [f"o{number}" for number in range(6)])
    running.end()
    assert_nothing_waits(Ledger(folder.database))


def test_an_entrypoint_comes_and_its_removal_needs_a_plan_that_was_seen(folder):
    running = Running(folder)
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])  # the stock is there
    more = CONFIG.replace("entrypoints:", "entrypoints:\n  more: {plugin: jsonl_reader, path: more.jsonl, follow: true}")
    (folder.folder / "more.jsonl").write_text('{"type": "Allocate", "orderid": "m1", "sku": "LAMP", "qty": 1}\n')
    running.apply(more)
    running.until_orders("events.jsonl", ["o1", "m1"])
    running.apply(CONFIG, CODE.CONFIGURATION_REFUSED)
    running.allocate("o2")
    running.until_orders("events.jsonl", ["o1", "m1", "o2"])
    running.end()


BAD = {
    "no YAML": lambda text: text + "}",
    "an unknown plugin": lambda text: text.replace("plugin: console_notifier", "plugin: console_notifer"),
    "a check that fails": lambda text: text.replace("path: events.jsonl", "path: nowhere/events.jsonl"),
    "a secret that is missing": lambda text: text.replace("path: events.jsonl", "path: {file: nowhere}"),
    "a service of another name": lambda text: text.replace("service: reload", "service: other"),
    "another repository": lambda text: text.replace("path: gangway.db", "path: other.db"),
}


def test_what_is_refused_changes_nothing(folder):
    running = Running(folder)
    for number, change in enumerate(BAD.values()):
        running.apply(change(CONFIG), CODE.CONFIGURATION_REFUSED)
        running.allocate(f"o{number}")
        running.until_orders("events.jsonl", [f"o{at}" for at in range(number + 1)])
    running.apply(CONFIG, CODE.CONFIGURATION_UNCHANGED)
    running.end()
    assert not (folder.folder / "other.db").exists()


def away_for_two():
    away = AWAY.replace("to: [buyer]", "to: [buyer, boss]")
    return CONFIG.replace("notifiers:", f"notifiers:\n{away}").replace("notify: [console]", "notify: [away]")


def test_what_waits_for_a_removed_notifier_goes_to_those_that_its_route_names_now(folder):
    """Both recipients' notices of an event wait. The notifier that follows is told of each event once."""
    running = Running(folder, away_for_two())
    for number in range(3):
        running.allocate(f"big{number}", qty=1000)
    until(lambda: len(Ledger(folder.database).attempts()) == 6, 20, running.log.read_text)
    running.apply(CONFIG)
    running.until_notices(3)
    until(lambda: not Ledger(folder.database).pending(), 20, running.log.read_text)
    running.end()
    assert running.out.read_text().count("Out of stock") == 3


def test_buried_notices_are_dead_letters_that_another_notifier_can_get(folder):
    running = Running(folder, away_for_two())
    running.allocate("big", qty=1000)
    until(lambda: len(Ledger(folder.database).attempts()) == 2, 20, running.log.read_text)
    running.end()
    folder.write_config(CONFIG.replace("follow: true", "follow: false"))
    assert folder.call("outbox", folder.config, "--bury", "away").out == "buried 2\n"
    assert_nothing_waits(Ledger(folder.database))
    letters = [folder.dead_letter(row["id"]) for row in
               folder.call("dlq", "list", "--config", folder.config, "--format", "json").table()]
    assert sorted((letter["entrypoint"], letter["recipient"]) for letter in letters) == [
        ("away", "boss"), ("away", "buyer")]
    replayed = folder.call("dlq", "replay", "--all", "--to", "console", "--config", folder.config)
    assert replayed.status == STATUS_OK, replayed
    assert folder.run().out.count("Out of stock") == 2


def test_a_removed_notifier_without_a_successor_delivers_or_gives_up_what_it_has(folder):
    gives_up = AWAY.replace("backoff: 10s, backoff_max: 10s", "backoff: 100ms, backoff_max: 100ms, give_up: 300ms")
    away = CONFIG.replace("notifiers:", f"notifiers:\n{gives_up}").replace("notify: [console]", "notify: [away]")
    running = Running(folder, away)
    for number in range(3):
        running.allocate(f"big{number}", qty=1000)
    until(lambda: Ledger(folder.database).attempts(), 20, running.log.read_text)
    running.apply(CONFIG.replace("  OutOfStock: {notify: [console]}\n", ""))
    until(lambda: refused_deliveries(folder) == 3, 20, running.log.read_text)
    running.end()
    assert_nothing_waits(Ledger(folder.database))
    assert running.out.read_text().count("Out of stock") == 0


def test_a_paused_destination_keeps_its_events_and_delivers_them_in_order_when_it_is_resumed(folder):
    paused = CONFIG.replace("path: events.jsonl", "path: events.jsonl, paused: true")
    running = Running(folder, paused)
    for number in range(3):
        running.allocate(f"o{number}")
    until(lambda: Ledger(folder.database).pending() == {"events": 3}, 20, running.log.read_text)
    assert running.orders("events.jsonl") == []
    running.apply(CONFIG)
    running.until_orders("events.jsonl", ["o0", "o1", "o2"])
    running.apply(paused)
    running.allocate("o3")
    until(lambda: Ledger(folder.database).pending() == {"events": 1}, 20, running.log.read_text)
    running.apply(CONFIG)
    running.until_orders("events.jsonl", ["o0", "o1", "o2", "o3"])
    running.end()


@pytest.mark.parametrize("kept", (0, 1))
def test_a_finite_run_ends_although_a_destination_is_paused_and_names_what_it_keeps(folder, kept):
    paused = CONFIG.replace("path: events.jsonl", "path: events.jsonl, paused: true").replace(", follow: true", "")
    folder.write_config(paused)
    batch = {"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 1}
    orders = [{"type": "Allocate", "orderid": f"o{number}", "sku": "LAMP", "qty": 1} for number in range(kept)]
    folder.commands.write_text("".join(json.dumps(command) + "\n" for command in [batch, *orders]))
    result = folder.run(timeout=20)
    assert result.status == STATUS_OK and result.summary()["applied"] == 1 + kept, result
    assert len(logged(result.err, CODE.EVENTS_KEPT)) == kept, result
    assert Ledger(folder.database).pending() == ({"events": kept} if kept else {})
    folder.write_config(paused.replace(", paused: true", ""))
    result = folder.run(timeout=20)
    assert result.status == STATUS_OK and not logged(result.err, CODE.EVENTS_KEPT), result
    assert folder.event_count() == kept


def test_a_finite_run_waits_for_a_paused_entrypoint_until_it_is_resumed(folder):
    finite = CONFIG.replace(", follow: true", "").replace(
        "publishers:", "  more: {plugin: jsonl_reader, path: more.jsonl, paused: true}\npublishers:")
    (folder.folder / "more.jsonl").write_text('{"type": "Allocate", "orderid": "m1", "sku": "LAMP", "qty": 1}\n')
    running = Running(folder, finite)
    running.until_logged(CODE.INPUT_PAUSED)
    assert running.orders("events.jsonl") == []
    folder.write_config(finite.replace(", paused: true", ""))
    running.process.send_signal(signal.SIGHUP)
    status, _ = wait(running.process, 20)
    assert status == STATUS_OK and len(running.logged(CODE.INPUT_PAUSED)) == 1, running.log.read_text()
    assert running.orders("events.jsonl") == ["m1"]


def test_a_paused_entrypoint_reads_nothing_and_goes_on_where_it_was(folder):
    paused = CONFIG.replace("follow: true", "follow: true, paused: true")
    running = Running(folder)
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])
    running.apply(paused)
    running.allocate("o2")
    running.apply(paused, CODE.CONFIGURATION_UNCHANGED)
    assert Ledger(folder.database).position() < folder.commands.stat().st_size
    running.apply(CONFIG)
    running.until_orders("events.jsonl", ["o1", "o2"])
    running.end()


def test_a_stop_in_the_middle_of_an_apply_ends_the_gateway(folder):
    running = Running(folder)
    folder.write_config(CONFIG.replace("path: events.jsonl", "path: other.jsonl"))
    running.process.send_signal(signal.SIGHUP)
    running.end()

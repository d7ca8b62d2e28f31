# SPDX-License-Identifier: Apache-2.0
"""A publisher gets another id and a notifier is removed by an edit with a restart instead of an apply, while much waits
for both: a start cannot know where it should go. It is counted, warned of once, shown, and sent elsewhere by hand."""

import contextlib
import json
import re
import signal
import subprocess

import pytest
from admin_client import ask, sockets
from commands import allocate, batch, lines
from gateway import STATUS_OK, wait
from ledger import assert_nothing_waits, grouped
from log_records import CODE, logged
from repositories import QUICKSTARTS
from waiting import until

ORDERS, SKUS = 300, 7
BEFORE = f"""\
service: restart
repository: {QUICKSTARTS}
entrypoints:
  commands: {{plugin: jsonl_reader, path: commands.jsonl, follow: true}}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl, paused: true}}
notifiers:
  mail: {{plugin: console_notifier, paused: true}}
routes:
  OutOfStock: {{publish: [events], notify: [mail]}}
"""
CHAT = "chat: {plugin: console_notifier, text: 'notice {orderid} {sku}'}"
AFTER = BEFORE.replace("events: {plugin", "stock: {plugin").replace("mail: {plugin: console_notifier, paused: true}", CHAT
                      ).replace("publish: [events]", "publish: [stock]").replace("[mail]", "[chat]").replace(
                          ", paused: true", "")


@contextlib.contextmanager
def running(gateway, number):
    """A gateway that has begun. Yields its log, on which its notices are too; it ends with status 0."""
    log = gateway.folder / f"log-{number}"
    with log.open("wb") as out:
        process = gateway.start("run", gateway.config, stdout=out, stderr=subprocess.STDOUT)
    until(lambda: logged(log.read_text(), CODE.GATEWAY_STARTED), 30, log.read_text, process)
    yield log
    process.send_signal(signal.SIGTERM)
    assert wait(process, 30)[0] == STATUS_OK, log.read_text()


def send(gateway, numbers):
    """Orders that no batch can serve."""
    with gateway.commands.open("a") as commands:
        commands.write(lines(*(allocate(f"o{number}", f"SKU-{number % SKUS}", 5) for number in numbers)))


def outbox(gateway):
    """(destination, events, whether the file names it) of what waits."""
    result = gateway.call("outbox", gateway.config, "--format", "json")
    assert result.status == STATUS_OK, result
    return sorted((row["destination"], row["events"], row["named"]) for row in result.table())


def published(gateway):
    """product -> its orders, in the order of the events. None came twice."""
    rows = [json.loads(line) for line in gateway.events.read_text().splitlines()] if gateway.events.exists() else []
    assert len({row["id"] for row in rows}) == len(rows)
    return grouped((row["sku"], row["orderid"]) for row in rows)


def notices(*logs):
    """product -> its orders."""
    return grouped((sku, order) for log in logs for order, sku in re.findall(r"notice (\w+) (SKU-\d+)\n", log.read_text()))


def by_product(*runs):
    return grouped((f"SKU-{number % SKUS}", f"o{number}") for numbers in runs for number in numbers)


def strand(gateway, repository):
    """The life before the edit; then the file is edited."""
    gateway.commands.write_text(lines(*(batch(f"b{sku}", f"SKU-{sku}", 1) for sku in range(SKUS))))
    send(gateway, range(ORDERS))
    gateway.write_config(repository.into(BEFORE))
    with running(gateway, 0) as log:
        until(lambda: repository.state().pending() == {"events": ORDERS, "mail": ORDERS}, 60, log.read_text)
    gateway.write_config(repository.into(AFTER))


def check_what_is_told(gateway, log):
    """A running gateway counts what it does not deliver, and a start has warned of it once."""
    warnings = logged(log.read_text(), CODE.DESTINATION_NOT_NAMED, f"{ORDERS} events")
    assert sorted(warning["component"] for warning in warnings) == ["events", "mail"]
    socket = sockets(gateway)[0]
    until(lambda: json.loads(ask(socket, "/api/v1/status")[1])["orphans"], 20, log.read_text)
    orphans = json.loads(ask(socket, "/api/v1/status")[1])["orphans"]
    assert {(name, row["pending"], row["holder"]) for name, row in orphans.items()} == \
        {("events", ORDERS, None), ("mail", ORDERS, None)}
    assert f"\ngangway_outbox_orphans {2 * ORDERS}\n" in ask(socket, "/metrics")[1]


def send_elsewhere(gateway, old, new):
    for arguments in (("outbox", gateway.config, "--bury", old),
                      ("dlq", "replay", "--source", old, "--to", new, "--config", gateway.config)):
        result = gateway.call(*arguments)
        assert result.status == STATUS_OK, result


def test_an_edit_with_a_restart_strands_nothing_silently(gateway, repository):
    strand(gateway, repository)
    later = range(ORDERS, ORDERS + 50)
    with running(gateway, 1) as log:
        send(gateway, later)
        until(lambda: published(gateway) == notices(log) == by_product(later), 30, log.read_text)
        check_what_is_told(gateway, log)
    assert outbox(gateway) == [("events", ORDERS, False), ("mail", ORDERS, False)]
    send_elsewhere(gateway, "events", "stock")
    send_elsewhere(gateway, "mail", "chat")
    assert outbox(gateway) == [("chat", ORDERS, True), ("stock", ORDERS, True)]
    with running(gateway, 2) as again:
        until(lambda: repository.state().pending() == {}, 30, again.read_text)
    assert logged(again.read_text(), CODE.DESTINATION_NOT_NAMED) == []
    assert published(gateway) == notices(log, again) == by_product(later, range(ORDERS))
    assert_nothing_waits(repository.state())

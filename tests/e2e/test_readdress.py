# SPDX-License-Identifier: Apache-2.0
"""Notices that wait for a recipient when the file names others: each goes to the new one once, and what nobody is left
for becomes a dead letter. There are more notices than the relay reads together."""

import collections
import json
import re

import pytest
from commands import lines
from gateway import STATUS_OK
from ledger import Ledger, assert_nothing_waits
from waiting import until

CONFIG = """\
service: readdress
plugins: {dir: plugins}
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: %s}
notifiers:
  mail: {plugin: answering_notifier, record: %s.jsonl, %s, text: 'No {sku} for {orderid}', answer: %s, backoff: 1m}
routes:
  OutOfStock: {notify: [mail]}
"""
EVENTS = 300


@pytest.fixture
def shop(gateway):
    """A gateway with the plugins of CONFIG."""
    gateway.copy_plugins()
    return gateway


def start_away(gateway, events, recipients):
    """A gateway that has opened so many events for these recipients, which wait, because the channel is away."""
    gateway.commands.write_text(lines(
        {"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 1},
        *({"type": "Allocate", "orderid": f"o{order}", "sku": "LAMP", "qty": 9} for order in range(events))))
    gateway.write_config(CONFIG % ("true", "away", f"to: [{', '.join(recipients)}]", "away"))
    assert gateway.call("migrate", gateway.config).status == STATUS_OK
    process = gateway.start("run", gateway.config)
    until(lambda: Ledger(gateway.database).pending() == {"mail": events * len(recipients)}, 30, process=process)
    return process


def let_wait(gateway, events, recipients):
    process = start_away(gateway, events, recipients)
    process.terminate()
    assert process.wait(30) == STATUS_OK


@pytest.fixture
def waiting(shop):
    let_wait(shop, EVENTS, ["ann@x", "ben@x"])
    return shop


def sent(gateway):
    """(recipient, key) -> how often it was sent."""
    path = gateway.folder / "sent.jsonl"
    notices = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return collections.Counter((notice["recipient"], notice["id"]) for notice in notices)


def run(gateway, recipients):
    gateway.write_config(CONFIG % ("false", "sent", recipients, "ok"))
    result = gateway.run()
    assert result.status == STATUS_OK, result
    assert_nothing_waits(Ledger(gateway.database))
    assert set(sent(gateway).values()) == {1}
    return collections.Counter(recipient for recipient, _ in sent(gateway))


@pytest.mark.parametrize("recipients, told, dead", [
    ("to: [ann@x, cy@x]", {"ann@x": EVENTS, "cy@x": EVENTS}, 0),
    ("to: [ann@x]", {"ann@x": EVENTS}, EVENTS),
    ("to: [cy@x, dee@x, eve@x]", {"cy@x": EVENTS, "dee@x": EVENTS, "eve@x": EVENTS}, EVENTS),
])
def test_what_waits_for_a_recipient_who_was_replaced_goes_to_the_new_ones_once(waiting, recipients, told, dead):
    assert run(waiting, recipients) == told
    assert len(Ledger(waiting.database).rows["dead"]) == dead


def test_what_waits_goes_to_another_kind_of_channel_with_the_same_id(waiting):
    """The new one has no recipients, so one of the two notices of each event is left over."""
    mail = next(line for line in CONFIG.splitlines() if "answering_notifier" in line)
    waiting.write_config((CONFIG.replace(mail, "  mail: {plugin: console_notifier, text: 'NOTICE {orderid}.'}")) % "false")
    result = waiting.run()
    assert result.status == STATUS_OK, result
    assert collections.Counter(re.findall(r"NOTICE (\w+)\.", result.out)) == {f"o{order}": 1 for order in range(EVENTS)}
    assert_nothing_waits(Ledger(waiting.database))
    assert len(Ledger(waiting.database).rows["dead"]) == EVENTS


def test_an_apply_adds_a_recipient_and_a_later_one_removes_another(shop):
    """The notices of the removed one go to the added one."""
    process = start_away(shop, EVENTS, ["ann@x", "ben@x"])
    for record, recipients, answer in [("away", "to: [ann@x, ben@x, cy@x]", "away"), ("sent", "to: [ann@x, cy@x]", "ok")]:
        shop.write_config(CONFIG % ("true", record, recipients, answer))
        assert shop.call("apply", shop.config).status == STATUS_OK
    until(lambda: not Ledger(shop.database).pending(), 30, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK
    assert set(sent(shop).values()) == {1}
    assert collections.Counter(recipient for recipient, _ in sent(shop)) == {"ann@x": EVENTS, "cy@x": EVENTS}


def test_one_event_with_more_recipients_than_are_read_together_is_told_once(shop):
    let_wait(shop, 1, [f"p{number}@x" for number in range(1100)])
    assert run(shop, "to: [cy@x]") == {"cy@x": 1}
    assert len(Ledger(shop.database).rows["dead"]) == 1099


@pytest.mark.long
def test_ten_thousand_that_wait_for_a_recipient_who_was_replaced_reach_the_new_one_once(shop):
    let_wait(shop, 10_000, ["ann@x"])
    assert run(shop, "to: [cy@x]") == {"cy@x": 10_000}
    assert Ledger(shop.database).rows["dead"] == []

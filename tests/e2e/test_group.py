# SPDX-License-Identifier: Apache-2.0
"""Events of a route that are told in one notice: which ones, when, and that none is lost or counted twice by a crash."""

import collections
import json

import pytest
from commands import lines
from gateway import STATUS_CONFIG, STATUS_OK, binary
from ledger import Ledger, assert_nothing_waits
from waiting import until

CONFIG = """\
service: group
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
notifiers:
  console: {plugin: console_notifier, text: 'NOTICE {sku} {orderid} {count} {lines}'}
routes:
  OutOfStock: {notify: [console], group: {by: [sku], wait: 1h, max: 3}}
"""

SKUS = ("LAMP", "SOFA")
ORDERS = 5


@pytest.fixture
def orders(gateway):
    """Each SKU is out of stock for several orders."""
    commands = [{"type": "CreateBatch", "ref": f"b-{sku}", "sku": sku, "qty": 1} for sku in SKUS]
    commands += [{"type": "Allocate", "orderid": f"o{order}", "sku": sku, "qty": 9}
                 for order in range(ORDERS) for sku in SKUS]
    gateway.commands.write_text(lines(*commands))
    return gateway


def notices(out):
    """(SKU, order of the first event) -> the numbers with which it was sent; and how many lines each listed."""
    counts, listed = collections.defaultdict(set), {}
    for text in out.split("NOTICE ")[1:]:
        sku, order, count = text.split()[:3]
        counts[sku, order].add(int(count))
        listed[sku, order] = text.count("Out of stock for")
    return counts, listed


def test_a_finite_run_ends_with_one_notice_per_group(orders):
    orders.write_config(CONFIG)
    result = orders.run()
    assert result.status == STATUS_OK, result
    counts, listed = notices(result.out)
    assert counts == {(sku, "o0"): {ORDERS} for sku in SKUS}
    assert set(listed.values()) == {3}
    assert_nothing_waits(Ledger(orders.database))


def test_more_events_than_are_opened_together_are_one_notice(gateway):
    commands = [{"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 1}]
    commands += [{"type": "Allocate", "orderid": f"o{order}", "sku": "LAMP", "qty": 9} for order in range(1700)]
    gateway.commands.write_text(lines(*commands))
    gateway.write_config(CONFIG)
    result = gateway.run()
    assert result.status == STATUS_OK, result
    assert notices(result.out)[0] == {("LAMP", "o0"): {1700}}


def test_a_group_is_repeated_only_after_its_time_and_nothing_is_suppressed(orders):
    text = (CONFIG.replace("path: commands.jsonl", "path: commands.jsonl, follow: true").replace("wait: 1h", "wait: 100ms")
            .replace("max: 3}}", "max: 3}, repeat: 4h}"))
    orders.write_config(text)
    out = orders.folder / "out"
    with out.open("wb") as file:
        process = orders.start("run", orders.config, stdout=file)
    until(lambda: len(notices(out.read_text())[0]) == 2, 20, process=process)
    late = [{"type": "Allocate", "orderid": f"late{order}", "sku": "LAMP", "qty": 9} for order in range(2)]
    late += [{"type": "CreateBatch", "ref": "b-VASE", "sku": "VASE", "qty": 1},
             {"type": "Allocate", "orderid": "late", "sku": "VASE", "qty": 9}]
    with orders.commands.open("a") as commands:
        commands.write(lines(*late))
    until(lambda: ("VASE", "late") in notices(out.read_text())[0], 20, process=process)
    until(lambda: Ledger(orders.database).pending() == {"console": 1}, 20, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK
    assert len(notices(out.read_text())[0]) == 3
    orders.write_config(text.replace(", repeat: 4h", ""))  # whose longest wait is shorter
    with out.open("wb") as file:
        process = orders.start("run", orders.config, stdout=file)
    until(lambda: notices(out.read_text())[0] == {("LAMP", "late0"): {2}}, 20, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK
    assert_nothing_waits(Ledger(orders.database))


def test_a_notice_waits_for_its_time_and_the_next_event_begins_another(orders):
    orders.write_config(CONFIG.replace("path: commands.jsonl", "path: commands.jsonl, follow: true")
                        .replace("wait: 1h", "wait: 300ms"))
    out = orders.folder / "out"
    with out.open("wb") as file:
        process = orders.start("run", orders.config, stdout=file)
    until(lambda: len(notices(out.read_text())[0]) == 2, 20, process=process)
    with orders.commands.open("a") as commands:
        commands.write(json.dumps({"type": "Allocate", "orderid": "late", "sku": "LAMP", "qty": 9}) + "\n")
    until(lambda: len(notices(out.read_text())[0]) == 3, 20, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK
    counts, _ = notices(out.read_text())
    assert sum(max(numbers) for numbers in counts.values()) == 2 * ORDERS + 1
    assert counts["LAMP", "late"] == {1}


@pytest.mark.once
@pytest.mark.skipif(b"GANGWAY_FAULT" not in binary().read_bytes(), reason="built without fault points")
@pytest.mark.parametrize("step", ["before-open", "after-open", "before-deliver", "after-deliver", "record"])
def test_killed_at_a_step_no_event_is_lost_or_counted_twice(orders, step):
    orders.write_config(CONFIG.replace("jsonl_reader, ", "jsonl_reader, turn: 2, "))
    killed = orders.run(env={"GANGWAY_FAULT": f"{step}:1:kill"})
    assert killed.status < 0
    counts, _ = notices(killed.out)
    result = orders.run()
    assert result.status == STATUS_OK, result
    for notice, numbers in notices(result.out)[0].items():
        counts[notice] |= numbers
    assert {len(numbers) for numbers in counts.values()} == {1}  # a repeat has the same events
    for sku in SKUS:
        assert sum(number for (of, _), (number,) in counts.items() if of == sku) == ORDERS
    assert_nothing_waits(Ledger(orders.database))


def test_a_dead_letter_shows_the_events_of_its_notice(orders):
    """Their number and the events that it lists, and no header that the core has added."""
    orders.copy_plugins()
    orders.write_config(CONFIG.replace("service: group", "service: group\nplugins: {dir: plugins}")
                        .replace("plugin: console_notifier", "plugin: answering_notifier, to: [ann@x], answer: never"))
    result = orders.run()
    assert result.status == STATUS_OK, result
    listed = orders.call("dlq", "list", "--config", orders.config, "--format", "json").table()
    assert len(listed) == len(SKUS)
    for row in listed:
        letter = orders.dead_letter(row["id"])
        assert (letter["count"], letter["headers"]) == (ORDERS, [])
        assert [json.loads(event["payload"])["orderid"] for event in letter["events"]] == ["o0", "o1", "o2"]
        shown = orders.call("dlq", "show", row["id"], "--config", orders.config).out
        assert "gangway-" not in shown and shown.count(letter["key"]) >= 3


@pytest.mark.parametrize("change, line", [
    (("by: [sku]", "by: [batchref]"), 8), (("{lines}", "{line}"), 6), (("max: 3", "max: 0"), 8),
    (("wait: 1h", "wait: soon"), 8), (("by: [sku], ", ""), 8),
])
def test_lint_refuses_a_group_that_cannot_be(gateway, change, line):
    gateway.write_config(CONFIG.replace(*change))
    result = gateway.call("lint", gateway.config)
    assert result.status == STATUS_CONFIG and f":{line}:" in result.err, result


def test_lint_refuses_a_group_on_a_repository_without_notices(gateway, tmp_path):
    gateway.write_config(CONFIG.replace("{plugin: sqlite_repository, path: gangway.db}",
                                        "{plugin: csv_repository, path: stock}"))
    result = gateway.call("lint", gateway.config)
    assert result.status == STATUS_CONFIG and "csv_repository" in result.err, result

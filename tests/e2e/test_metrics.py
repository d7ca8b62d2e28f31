# SPDX-License-Identifier: Apache-2.0
"""`/metrics` of a running gateway: every family is there with its help, and what becomes of the figures of a component
that is removed."""

import json
import re

import pytest
from admin_client import ask, sockets
from gateway import STATUS_OK
from kafka_mock import MockCluster
from test_reload import CONFIG, Running, folder  # noqa: F401  (a fixture)
from waiting import until

# Family -> type. The names of labels are those of its samples.
FAMILIES = {
    "gangway_messages_received_total": ("counter", {"entrypoint"}),
    "gangway_messages_settled_total": ("counter", {"entrypoint", "outcome"}),
    "gangway_turn_messages": ("histogram", {"entrypoint", "le"}),
    "gangway_apply_seconds": ("histogram", {"entrypoint", "le"}),
    "gangway_conflicts_total": ("counter", {"entrypoint"}),
    "gangway_sources_stopped": ("gauge", {"entrypoint"}),
    "gangway_lag_messages": ("gauge", {"entrypoint", "source"}),
    "gangway_connection_up": ("gauge", {"component"}),
    "gangway_outbox_orphans": ("gauge", set()),
    "gangway_outbox_pending": ("gauge", {"destination"}),
    "gangway_outbox_oldest_seconds": ("gauge", {"destination"}),
    "gangway_delivered_total": ("counter", {"destination", "outcome"}),
    "gangway_dead_letters": ("gauge", set()),
    "gangway_log_records_dropped_total": ("counter", set()),
    "gangway_config_info": ("gauge", {"hash"}),
    "gangway_config_last_apply_successful": ("gauge", set()),
    "gangway_plugin_info": ("gauge", {"name", "version", "abi"}),
}
OUTCOMES = {"applied", "skipped", "duplicate", "rejected", "dead", "returned"}
MORE = "  copy: {plugin: jsonl_writer, path: copy.jsonl}\nnotifiers:"
KAFKA = "  orders: {{plugin: kafka_consumer, brokers: ['{}'], group: g, topics: {{commands: auto}}}}\npublishers:"


def scrape(running):
    status, text = ask(sockets(running.gateway)[0], "/metrics")
    assert status == 200, text
    return text


def samples(text):
    """(name, labels) -> value."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:{(.*)})? (\S+)", line).groups()
            found[name, tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")))] = float(value)
    return found


def of(found, label, value):
    """The families that have a sample with this label."""
    return {name for name, labels in found if (label, value) in labels}


@pytest.fixture
def cluster():
    with MockCluster() as cluster:
        yield cluster


@pytest.fixture
def running(folder, cluster):  # noqa: F811
    config = CONFIG.replace("notifiers:", MORE).replace("publish: [events]", "publish: [events, copy]")
    running = Running(folder, config.replace("publishers:", KAFKA.format(cluster.url)))
    running.allocate("o1")
    running.until_orders("copy.jsonl", ["o1"])
    until(lambda: "gangway_lag_messages{" in scrape(running) and "gangway_dead_letters" in scrape(running), 30,
          running.log.read_text, running.process)
    return running


def assert_every_family(text):
    found = samples(text)
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    assert set(types) == set(helps) == set(FAMILIES)
    for family, (kind, labels) in FAMILIES.items():
        own = [{label for label, _ in pairs} for name, pairs in found
               if name in (family, family + "_bucket" if kind == "histogram" else family)]
        assert types[family] == kind and own and all(names == labels for names in own), family
    assert {dict(pairs)["outcome"] for name, pairs in found if name == "gangway_messages_settled_total"} == OUTCOMES


def remove_orders_and_copy(running):
    running.gateway.write_config(CONFIG)
    plan = json.loads(running.gateway.call("plan", running.gateway.config, "--format", "json").out)
    result = running.gateway.call("apply", running.gateway.config, "--plan", plan["hash"])
    assert result.status == STATUS_OK, result
    status = {}

    def has_left():
        status.update(json.loads(running.gateway.call("status", "--format", "json").out))
        return set(status["components"]) == {"repository", "commands", "events", "console"}

    until(has_left, 30, running.log.read_text, running.process)


def test_every_family_is_there_and_of_a_removed_component_only_counters_stay(running):
    assert_every_family(scrape(running))
    orders = json.loads(running.gateway.call("status", "--format", "json").out)["components"]["orders"]
    assert orders["sources"] and orders["lag"] == sum(source["lag"] for source in orders["sources"]), orders
    remove_orders_and_copy(running)
    found = samples(scrape(running))
    assert found["gangway_delivered_total", (("destination", "copy"), ("outcome", "sent"))] == 1
    assert of(found, "destination", "copy") == {"gangway_delivered_total"}
    assert of(found, "entrypoint", "orders") == {
        "gangway_messages_received_total", "gangway_messages_settled_total", "gangway_conflicts_total",
        *(f"gangway_{name}_{part}" for name in ("turn_messages", "apply_seconds") for part in ("bucket", "sum", "count"))}
    assert not of(found, "component", "orders") and not of(found, "name", "kafka_consumer")
    received = sum(value for (name, _), value in found.items() if name == "gangway_messages_received_total")
    assert received == sum(value for (name, _), value in found.items() if name == "gangway_messages_settled_total") == 2
    running.end()

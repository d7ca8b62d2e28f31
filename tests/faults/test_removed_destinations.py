# SPDX-License-Identifier: Apache-2.0
"""A destination is removed from a gateway's file while much waits for it, and another gateway on the same database, whose
file still names it, writes to it. All of it reaches its reader once, and each product's events in order, whoever delivers."""

import json
import re
import signal
from collections import Counter

import pytest
from commands import allocate, batch, lines
from gateway import STATUS_OK, Gateway
from ledger import grouped
from load import Life
from log_records import CODE
from repositories import Postgres
from waiting import until

MORE, SKUS = 2_000, 200
PATIENCE_SECONDS = 120

CONFIG = """\
service: removed
repository: %s
entrypoints:
  %s: {plugin: jsonl_reader, path: %s.jsonl, follow: true, turn: 10000}
publishers:
%s
notifiers:
%s
routes:
%s
"""
EVENTS = "  events: {plugin: jsonl_writer, path: out/events.jsonl, fsync: false, backoff: 100ms, backoff_max: 100ms}"
OTHER = "  other: {plugin: jsonl_writer, path: other.jsonl, fsync: false}"
PUBLISHED = "  OutOfStock: {publish: [%s]}"
AWAY = "  away: {plugin: console_notifier, paused: true}"  # so that what it is told waits
CONSOLE = "  console: {plugin: console_notifier, text: 'notice {orderid} {sku}'}"
NOTIFIED = "  OutOfStock: {notify: [%s]}"


class Pair:
    """Two gateways with one database, each with an input and a file of its own. What `left` is given first waits: the
    folder that the destination writes to does not exist until it is opened."""

    def __init__(self, folder, database):
        self.folder, self.database = folder, database
        self.gateways, self.lives, self.sent = {}, {}, []

    def close(self):
        for gateway in self.gateways.values():
            gateway.close()

    def config(self, name, destinations, notifiers="  {}", routes=PUBLISHED % "events"):
        repository = Postgres(self.database, f"{self.database.url}?application_name={name}")
        return CONFIG % (repository.block, name, name, destinations, notifiers, routes)

    def send(self, name, count):
        """Orders that no batch can serve: an event each, over all products in turn."""
        orders = [(f"{name}-{len(self.sent) + number}", f"SKU-{number % SKUS}") for number in range(count)]
        self.sent += orders
        with (self.folder / f"{name}.jsonl").open("a") as commands:
            commands.write(lines(*(allocate(order, sku, 5) for order, sku in orders)))

    def start(self, name, *what):
        (self.folder / f"{name}.jsonl").touch()
        if name not in self.gateways:
            self.gateways[name] = Gateway(self.folder, name=f"{name}.yaml")
        self.gateways[name].write_config(self.config(name, *what))
        self.lives[name] = Life(self.gateways[name], self.folder / f"{name}-{len(self.lives)}.log")
        until(self.lives[name].has_begun, 30, self.lives[name].said)

    def apply(self, name, *what):
        self.gateways[name].write_config(self.config(name, *what))
        done = self.gateways[name].call("apply", self.gateways[name].config)
        assert done.status == STATUS_OK, done

    def stop(self, name):
        assert self.lives.pop(name).end(signal.SIGTERM) == STATUS_OK

    def pending(self):
        return self.database.psql("SELECT coalesce(sum(count - first_pending), 0) FROM gangway.outbox_blocks")[0][0]

    def until_pending(self, count):
        until(lambda: self.pending() == count, PATIENCE_SECONDS, self.tell)

    def outbox(self, name):
        """What `outbox` says with this gateway's file: destination -> its row."""
        result = self.gateways[name].call("outbox", self.gateways[name].config, "--format", "json")
        return {row["destination"]: row for row in result.table()}

    def status(self, name):
        return json.loads(self.gateways[name].call("status", "--format", "json").out)

    def tell(self):
        return "\n".join([f"{self.pending()} wait", *(life.said()[-1500:] for life in self.lives.values())])

    def load(self, count, *what):
        """So much waits, and no gateway runs."""
        (self.folder / "left.jsonl").write_text(lines(*(batch(f"b-{sku}", f"SKU-{sku}", 1) for sku in range(SKUS))))
        self.send("left", count)
        self.start("left", *what)
        self.until_pending(count)
        self.stop("left")


@pytest.fixture
def pair(tmp_path, database):
    pair = Pair(tmp_path, database)
    yield pair
    pair.close()


def delivered(path):
    """(order, product) of each event, in the order of the file; an event has come once only."""
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({event["id"] for event in events}) == len(events)
    return [(event["orderid"], event["sku"]) for event in events]


def assert_all_in_order(found, sent):
    """Each order once; the products of each input in the order in which they were sent."""
    assert Counter(found) == Counter(sent)

    def by_product(orders):
        return grouped(((order.split("-")[0], sku), int(order.split("-")[1])) for order, sku in orders)

    assert by_product(found) == by_product(sent)


@pytest.mark.parametrize("holder, count", [("left", 100_000), ("right", 20_000)])
def test_what_waits_for_a_removed_publisher_and_what_another_gateway_writes_is_delivered(pair, holder, count):
    """left removes it; the holder is who delivers."""
    pair.load(count, EVENTS)
    names = ["left", "right"] if holder == "left" else ["right", "left"]
    pair.start(names[0], EVENTS)
    until(lambda: pair.outbox("left")["events"]["delivered_by"].startswith(holder), 30, pair.tell)
    pair.start(names[1], EVENTS)
    pair.apply("left", OTHER, "  {}", PUBLISHED % "other")
    until(lambda: (pair.status("left")["components"]["events"]["holder"] or "").startswith(holder), 30, pair.tell)
    status = pair.status("left")["components"]["events"]
    assert (status["state"], status["pending"], status["delivers"]) == ("draining", count, holder == "left"), status
    named = {name: pair.outbox(name)["events"]["named"] for name in names}
    assert named == {"left": False, "right": True}
    pair.send("right", MORE)
    (pair.folder / "out").mkdir()
    pair.send("right", MORE)
    pair.until_pending(0)
    until(lambda: "events" not in pair.status("left")["components"], 30, pair.tell)
    pair.send("right", MORE)
    found = pair.folder / "out" / "events.jsonl"
    until(lambda: len(delivered(found)) == len(pair.sent), PATIENCE_SECONDS, pair.tell)
    assert_all_in_order(delivered(found), pair.sent)
    for name in names:
        pair.stop(name)


def notices(pair):
    """(order, product) of each notice on the standard output of any gateway."""
    return [(order, sku) for log in pair.folder.glob("*.log")
            for order, sku in re.findall(r"notice (\w+-\d+) (SKU-\d+)\n", log.read_text())]


def test_what_waits_for_a_removed_notifier_and_what_another_gateway_writes_is_rerouted(pair):
    before, after = ("  {}", AWAY, NOTIFIED % "away"), ("  {}", CONSOLE, NOTIFIED % "console")
    pair.load(5_000, *before)
    pair.start("left", *before)
    pair.start("right", *before)
    assert pair.outbox("left")["away"]["delivered_by"] == "nobody"
    pair.send("right", MORE)
    pair.apply("left", *after)
    pair.send("left", MORE)
    pair.send("right", MORE)
    until(lambda: "away" not in pair.status("left")["components"], PATIENCE_SECONDS, pair.tell)
    pair.send("right", 1)
    until(lambda: pair.outbox("left").get("away", {}).get("named") is False, PATIENCE_SECONDS, pair.tell)
    assert pair.outbox("right")["away"]["named"]
    pair.apply("right", *after)
    until(lambda: len(notices(pair)) == len(pair.sent), PATIENCE_SECONDS, pair.tell)
    pair.until_pending(0)
    assert Counter(notices(pair)) == Counter(pair.sent)
    for name in ("left", "right"):
        pair.stop(name)


@pytest.mark.long
def test_a_running_gateway_warns_when_the_last_one_that_delivered_has_ended(pair):
    """The figures are read every 15 seconds, and two readings must agree."""
    (pair.folder / "right.jsonl").write_text(lines(*(batch(f"b-{sku}", f"SKU-{sku}", 1) for sku in range(SKUS))))
    pair.start("left", OTHER, "  {}", PUBLISHED % "other")
    pair.start("right", EVENTS)
    pair.send("right", MORE)
    until(lambda: pair.pending() > 0, 30, pair.tell)
    pair.stop("right")
    until(lambda: pair.lives["left"].logged(CODE.DESTINATION_NOT_NAMED), 60, pair.tell)
    (warning,) = pair.lives["left"].logged(CODE.DESTINATION_NOT_NAMED)
    assert warning["component"] == "events"
    pair.stop("left")

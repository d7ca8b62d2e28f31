# SPDX-License-Identifier: Apache-2.0
"""Kafka and RabbitMQ in one gateway: both feed the same products, every event goes to both, and a queue and an exchange
are swapped for topics while commands arrive."""

import json
import threading

import ledger
import pytest
import reference
from gateway import ROOT, STATUS_OK
from ledger import Ledger
from running import running
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")
pytest.importorskip("confluent_kafka", reason="needs the package python3-confluent-kafka")

import kafka_commands  # noqa: E402  (after the look whether their modules are there)
import rabbit_stream  # noqa: E402
from kafka_records import Watcher, events_of  # noqa: E402
from rabbit_stream import Exchange, channel_of, declare_queue, unique  # noqa: E402

pytestmark = pytest.mark.no_release

MIXED = {"changes": 20, "repeats": 5}


class Both:
    """A topic and a queue of commands, a topic and an exchange of events."""

    def __init__(self, kafka, rabbit, commands="stock_commands", events="stock_events"):
        self.kafka, self.rabbit, self.commands = kafka, rabbit, commands
        for topic in (commands, events):
            kafka.create_topic(topic, 3)
        declare_queue(rabbit, commands)
        self.exchange = Exchange(rabbit, events)
        self.watcher = Watcher(kafka.url, events)
        self.sent = 0

    def close(self):
        self.watcher.close()

    def to_topic(self, lines):
        kafka_commands.produce(self.kafka.url, self.commands, kafka_commands.keyed(lines))

    def to_queue(self, lines):
        rabbit_stream.send(self.rabbit, self.commands, lines, self.sent)
        self.sent += len(lines)


def is_odd(line):
    """Whether the SKU of a command is one of half of all SKUs."""
    return sum(kafka_commands.sku_of(line).encode()) % 2 == 1


def split(lines):
    """Those of one half of the products, those of the other, each in its order."""
    return [line for line in lines if not is_odd(line)], [line for line in lines if is_odd(line)]


# ---- both at once, as config/both.yaml stands ----


@pytest.fixture
def both(kafka, rabbit):
    with channel_of(rabbit) as channel:
        for queue in ("stock_commands", "stock_events"):
            channel.queue_delete(queue)
    kafka.delete_topics("stock_commands", "stock_events")
    both = Both(kafka, rabbit)
    yield both
    both.close()


def test_both_feed_the_same_products_and_get_every_event(both, database, gateway, superstore_commands):
    """Of each product the first half of the commands comes through one broker and the second half through the other."""
    gateway.write_config((ROOT / "config/both.yaml").read_bytes())
    env = {"GANGWAY_KAFKA": both.kafka.url, "GANGWAY_RABBITMQ": both.rabbit.url, "GANGWAY_DATABASE_URL": database.url}
    lines = superstore_commands(2000, **MIXED).read_bytes().splitlines()
    model = reference.Model()
    assert gateway.call("check", gateway.config, env=env).status == STATUS_OK
    with running(gateway, env=env) as one:
        for half, (to_even, to_odd) in ((lines[:1000], (both.to_topic, both.to_queue)),
                                        (lines[1000:], (both.to_queue, both.to_topic))):
            even, odd = split(half)
            to_even(even)
            to_odd(odd)
            model.feed(half)
            await_versions(database, model, one)
        events = both.exchange.await_events(len(model.events), one.text, one.process)
        until(lambda: both.watcher.written() >= len(model.events), 30, one.text, one.process)
    ledger.assert_same_events_by_sku(events, model)
    ledger.assert_same_events_by_sku(events_of(both.watcher.records()), model)
    assert {event.id for event in events} == {event.id for event in events_of(both.watcher.records())}
    state = Ledger(database.url)
    ledger.assert_same_state(state, model)
    ledger.assert_nothing_waits(state)


def await_versions(database, model, one):
    """Until every product has the version that the model says."""
    until(lambda: Ledger(database.url).versions() == model.versions(), 60, one.text, one.process)


# ---- a swap ----

SWAP = """\
service: stock
repository: {{plugin: postgres_repository, url: "{database}"}}
entrypoints:
  orders: {orders}
publishers:
  events: {events}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


@pytest.fixture
def swap(kafka, rabbit):
    both = Both(kafka, rabbit, unique("commands"), unique("events"))
    yield both
    both.close()


def on_rabbit(both, database):
    return SWAP.format(
        database=database.url,
        orders=json.dumps({"plugin": "amqp_consumer", "url": both.rabbit.url, "queues": {both.commands: "auto"}}),
        events=json.dumps({"plugin": "amqp_publisher", "url": both.rabbit.url, "exchange": both.exchange.name}))


def on_kafka(both, database):
    return SWAP.format(
        database=database.url,
        orders=json.dumps({"plugin": "kafka_consumer", "brokers": [both.kafka.url], "group": both.commands,
                           "topics": {both.commands: "auto"}, "start": "earliest"}),
        events=json.dumps({"plugin": "kafka_publisher", "brokers": [both.kafka.url], "topic": both.watcher.topic}))


class Sender(threading.Thread):
    """Sends commands to the queue, a few at a time, until it is told to stop."""

    def __init__(self, both, lines):
        super().__init__()
        self.both, self.lines, self.is_stopping = both, lines, threading.Event()
        self.start()

    def run(self):
        while self.both.sent < len(self.lines) and not self.is_stopping.is_set():
            self.both.to_queue(self.lines[self.both.sent:self.both.sent + 50])

    def stop(self):
        self.is_stopping.set()
        self.join()


def apply(gateway, text):
    """As an operator does who has read the plan."""
    gateway.write_config(text)
    plan = json.loads(gateway.call("plan", gateway.config, "--format", "json").out)
    return gateway.call("apply", gateway.config, "--plan", plan["hash"])


def test_a_queue_and_an_exchange_are_swapped_for_topics_under_load(swap, database, gateway, superstore_commands):
    """What the consumer had not applied is in the queue then, in its order, and nothing else: moved to the topic, it makes
    the whole."""
    lines = superstore_commands(20_000).read_bytes().splitlines()
    gateway.write_config(on_rabbit(swap, database))
    with running(gateway) as one:
        sender = Sender(swap, lines)
        until(lambda: swap.exchange.written() > 200, 60, one.text, one.process)
        assert apply(gateway, on_kafka(swap, database)).status == STATUS_OK
        sender.stop()
        until(lambda: rabbit_stream.consumers(swap.rabbit, swap.commands) == 0, 30, one.text, one.process)
        sent = lines[:swap.sent]
        rest = [body for _, _, body in rabbit_stream.take(swap.rabbit, swap.commands)]
        assert rest == sent[len(sent) - len(rest):]
        swap.to_topic(rest)
        model = reference.Model().feed(sent)
        await_versions(database, model, one)
        until(lambda: Ledger(database.url).pending() == {}, 60, one.text, one.process)
    old, new = swap.exchange.events(), events_of(swap.watcher.records())
    ledger.assert_same_events_by_sku(old + [event for event in new if event.id not in {seen.id for seen in old}], model)
    ledger.assert_same_state(Ledger(database.url), model)
    assert old and new and 0 < len(rest) < len(sent)

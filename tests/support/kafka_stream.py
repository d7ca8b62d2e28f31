# SPDX-License-Identifier: Apache-2.0
"""Gateways between two topics: commands come from one, events go to the other, the state is in a PostgreSQL database.

Each test has its own topics and group, so that many tests share one broker. No test waits for a fixed time: it reads the
progress from the database, independently of the gateway.
"""

import contextlib
import json
import re
import time
import uuid

import kafka_commands
import psycopg2
from confluent_kafka import KafkaException
from gateway import Gateway
from kafka_records import Watcher, event_of
from ledger import Ledger, assert_same_events_by_sku, grouped, sku_of
from running import Running, running  # noqa: F401  (for the tests of streams)
from waiting import until

CONFIG = """\
service: stock
repository: {plugin: postgres_repository, url: "%(database)s"}
entrypoints:
  orders:
    plugin: kafka_consumer
    brokers: [%(brokers)s]
    group: %(group)s
    topics: %(topics)s
%(consumer)spublishers:
  events:
    plugin: kafka_publisher
    brokers: [%(brokers)s]
    topic: %(events)s
%(publisher)sroutes:
  Allocated:   {publish: [events]}
  Deallocated: {publish: [events]}
  OutOfStock:  {publish: [events]}
"""

TYPE = re.compile(r"gangway\.allocation\.(\w+)\.v1")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
HEADERS = {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_sequence", "content-type"}
PASSED_ON = {"traceparent", "tracestate"}


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


def block(options):
    """Options of a component as lines of its block."""
    return "".join(f"    {name}: {json.dumps(value)}\n" for name, value in options.items())


class Stream:
    """The topics, the group, the database; and how a bootstrap file names them. topics: topic -> command, where it is
    not one topic whose messages say it themselves."""

    def __init__(self, kafka, database, partitions=6, topics=None, **of_the_topic):
        self.kafka, self.database = kafka, database
        self.group, self.commands = unique("allocation"), unique("commands")
        self.topics = topics or {self.commands: "auto"}
        for topic in self.topics:
            kafka.create_topic(topic, partitions, **of_the_topic)
        self.events = kafka.create_topic(unique("events"), 6)
        self.gateways, self.watchers = [], {}

    def close(self):
        for watcher in self.watchers.values():
            watcher.close()
        for gateway in self.gateways:
            gateway.close()

    def config(self, brokers=None, consumer=None, publisher=None):
        """A bootstrap file; consumer, publisher: further options of theirs. They read the records that exist
        already."""
        return CONFIG % {
            "database": self.database.url, "brokers": brokers or self.kafka.url, "group": self.group,
            "topics": json.dumps(self.topics), "events": self.events,
            "consumer": block({"start": "earliest"} | (consumer or {})), "publisher": block(publisher or {}),
        }

    def gateway(self, folder, **options):
        """One with a folder of its own, until close()."""
        folder.mkdir(exist_ok=True)
        self.gateways.append(Gateway(folder, self.config(**options)))
        return self.gateways[-1]

    # ---- in and out ----

    def produce(self, messages, topic=None):
        return kafka_commands.produce(self.kafka.url, topic or self.commands, messages)

    def watch(self, topic):
        if topic not in self.watchers:
            self.watchers[topic] = Watcher(self.kafka.url, topic)
        return self.watchers[topic]

    def records(self):
        """Everything in the topic of events; of each partition in order."""
        return [record for of_one in self.watch(self.events).records().values() for record in of_one]

    def await_events(self, count, seconds=60):
        """The events, as soon as there are so many."""
        written, deadline = 0, time.monotonic() + seconds
        while written < count:
            assert time.monotonic() < deadline, f"{written} events came within {seconds} s"
            time.sleep(0.02)  # between two looks
            with contextlib.suppress(KafkaException):  # a topic just made, a broker just started
                written = self.watch(self.events).written()
        return self.all_events()

    def all_events(self):
        return [checked_event(record) for record in self.records()]

    # ---- how far they are ----

    def positions(self):
        """(topic, partition) -> the offset at which a gateway continues."""
        rows = Ledger(self.database.url).rows["positions"]
        return {place_of(source): offset for source, offset in rows}

    def ends(self):
        """(topic, partition) -> where the next command will be."""
        return {(topic, number): end for topic in self.topics
                for number, (_, end) in self.watch(topic).ends().items()}

    def await_taken(self, seconds=120):
        """Until all commands that are there now were decided, and all events delivered."""
        wanted, deadline = self.ends(), time.monotonic() + seconds
        with contextlib.closing(self.database.connect()) as connection, connection.cursor() as cursor:
            while True:
                found, pending = look(cursor)
                if pending == 0 and all(found.get(place, 0) >= end for place, end in wanted.items()):
                    return
                assert time.monotonic() < deadline, f"{found} of {wanted}, {pending} events wait"
                time.sleep(0.02)  # between two looks

    def await_members(self, count, seconds=30):
        """Until the partitions are shared among so many."""
        def rows():
            return self.kafka.describe_group(self.group)

        until(lambda: len({row["consumer-id"] for row in rows()} - {None}) == count, seconds, rows)


def look(cursor):
    """The positions and the number of events that wait; nothing before there is a schema."""
    try:
        cursor.execute("SELECT source, next FROM gangway.positions")
        positions = {place_of(source): offset for source, offset in cursor.fetchall()}
        cursor.execute("SELECT count(*) FROM gangway.outbox_events")
        return positions, cursor.fetchone()[0]
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName):
        return {}, 0


def place_of(source):
    """(topic, partition) of a source's name, which is CLUSTER/GROUP/TOPIC/PARTITION."""
    _, _, topic, partition = source.rsplit("/", 3)
    return topic, int(partition)


# ---- events ---------------------------------------------------------------------------------------------------------


def checked_event(record):
    """A record as ledger.Event. Its headers are those of CloudEvents' binary mode, all of them."""
    event = event_of(record)
    assert record.headers.keys() - PASSED_ON == HEADERS, record
    assert TYPE.fullmatch(record.header("ce_type")) and TIME.fullmatch(record.header("ce_time")), record
    assert (record.header("ce_specversion"), record.header("content-type")) == ("1.0", "application/json"), record
    assert event.id and record.header("ce_source") and re.fullmatch("[0-9]{20}", record.header("ce_sequence")), record
    assert record.key.decode() == record.header("ce_subject") == sku_of(event), record
    return event


def assert_same_events_per_product(records, model):
    """Each event once, those of each product in the order in which the model raised them, in one partition, and their
    sequence rises."""
    assert_same_events_by_sku([checked_event(record) for record in records], model)
    for sku, own in grouped((record.key, record) for record in records).items():
        assert len({record.partition for record in own}) == 1, f"{sku} is in several partitions"
        sequences = [int(record.header("ce_sequence")) for record in own]
        assert sequences == sorted(set(sequences)), f"ce_sequence of {sku} does not rise: {sequences}"

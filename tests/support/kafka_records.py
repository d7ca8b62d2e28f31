# SPDX-License-Identifier: Apache-2.0
"""Reads all records of a topic with another client, in order, and checks the events among them: key, headers, one
partition per product, rising sequences."""

import concurrent.futures
import contextlib
import json
import threading
import time
import uuid
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from ledger import Event

TYPE = "gangway.allocation.{}.v1"
READ_SECONDS = 60
CLOSE_SECONDS = 10


class Record(NamedTuple):
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict
    timestamp: int = 0  # milliseconds

    def header(self, name):
        return self.headers.get(name, b"").decode()


class Watcher:
    """Reads one topic on request, without a consumer group. Raises KafkaException when the cluster is unreachable.

    Each call is made on a thread that is left behind when it does not come back: librdkafka before 2.3.0 can wait for ever
    for the offsets of a partition whose broker died, and for the end of a client whose topic was deleted."""

    def __init__(self, url, topic):
        self.topic = topic
        self.settings = {
            "bootstrap.servers": url, "enable.auto.commit": False, "auto.offset.reset": "error",
            "enable.partition.eof": False, "log_level": 0,
        }
        self.client = self.make()

    def make(self):
        return Consumer(self.settings | {"group.id": f"watcher-{uuid.uuid4()}"})

    def close(self):
        with contextlib.suppress(TimeoutError):
            call(self.client.close, CLOSE_SECONDS)

    def ends(self, timeout=5):
        """partition -> (first offset, offset behind the last record)"""
        client = self.client
        try:
            return call(lambda: ends_of(client, self.topic, timeout), 2 * timeout)
        except TimeoutError:
            self.client = self.make()
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from None

    def written(self):
        """How many records there ever were."""
        return sum(end for _, end in self.ends().values())

    def records(self):
        """partition -> its records, as they are there now."""
        ends = self.ends()
        found = {number: [] for number in ends}
        missing = {number: end for number, (first, end) in ends.items() if first < end}
        self.client.assign([TopicPartition(self.topic, number, ends[number][0]) for number in missing])
        deadline = time.monotonic() + READ_SECONDS
        while missing:
            assert time.monotonic() < deadline, f"{self.topic}: not all could be read: {missing}"
            for message in self.client.consume(10_000, 0.2):
                if message.error() is not None:
                    continue  # passing, or the deadline tells
                number = message.partition()
                found[number].append(record_of(message))
                if message.offset() + 1 >= missing.get(number, 0):
                    missing.pop(number, None)
        self.client.unassign()
        return found


def ends_of(client, topic, timeout):
    found = client.list_topics(topic, timeout=timeout).topics[topic]
    if found.error is not None:
        raise KafkaException(found.error)
    return {number: range_of(client, TopicPartition(topic, number), timeout) for number in sorted(found.partitions)}


def range_of(client, partition, timeout):
    """A new partition is not yet led by the one who the others say leads it; nor is one whose leader moves."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return client.get_watermark_offsets(partition, timeout=timeout)
        except KafkaException as failure:
            if failure.args[0].code() != KafkaError.NOT_LEADER_FOR_PARTITION or time.monotonic() > deadline:
                raise
        time.sleep(0.02)  # between two looks


def call(what, seconds):
    """What a call returns, or raises; TimeoutError when it does not come back, and is left behind."""
    done = concurrent.futures.Future()

    def run():
        try:
            done.set_result(what())
        except BaseException as raised:
            done.set_exception(raised)

    threading.Thread(target=run, daemon=True).start()
    try:
        return done.result(seconds)
    except concurrent.futures.TimeoutError:
        raise TimeoutError from None


def record_of(message):
    return Record(message.partition(), message.offset(), message.key() or b"", message.value() or b"",
                  dict(message.headers() or []), message.timestamp()[1])


# ---- events ---------------------------------------------------------------------------------------------------------


def event_of(record):
    """An event as the ledger knows it."""
    kind = record.header("ce_type").removeprefix(TYPE.split("{", maxsplit=1)[0]).removesuffix(".v1")
    return Event(record.header("ce_id"), [("type", kind), *json.loads(record.value, object_pairs_hook=list)])


def events_of(records):
    """The events of a topic. Those of one product are in the order in which they came."""
    return [event_of(record) for of_one in records.values() for record in of_one]


def event_faults(records):
    """The faults of the events, other than in their contents and in their order by number, as sentences."""
    faults, places, newest, seen = [], {}, {}, set()
    for record in (record for of_one in records.values() for record in of_one):
        sku, identity = record.header("ce_subject"), record.header("ce_id")
        where = f"offset {record.offset} of partition {record.partition}"
        if record.key.decode() != sku or json.loads(record.value)["sku"] != sku:
            faults.append(f"{where}: key {record.key} and subject {sku} of {record.value}")
        if places.setdefault(sku, record.partition) != record.partition:
            faults.append(f"{where}: {sku} was in partition {places[sku]} before")
        for name, value in (("ce_specversion", "1.0"), ("content-type", "application/json")):
            if record.header(name) != value:
                faults.append(f"{where}: {name} is {record.header(name)!r}")
        if identity not in seen:
            seen.add(identity)
            sequence = int(record.header("ce_sequence") or -1)
            if sequence <= newest.get(sku, -1):
                faults.append(f"{where}: sequence {sequence} of {sku} follows {newest[sku]}")
            newest[sku] = sequence
    return faults

# SPDX-License-Identifier: Apache-2.0
"""A topic is read completely and in order without a group, and faults in events are found."""

import json
import time

import pytest
from confluent_kafka import KafkaException, Producer
from kafka_records import Record, Watcher, event_faults, event_of, events_of


@pytest.fixture
def topic(kafka):
    name = kafka.topic(partitions=3)
    watcher = Watcher(kafka.url, name)
    producer = Producer({"bootstrap.servers": kafka.url, "acks": "all", "log_level": 0})

    def produce(numbers):
        for number in numbers:
            producer.produce(name, b"%d" % number, b"key", partition=number % 3, headers={"n": b"%d" % number})
        producer.flush(30)

    yield watcher, produce
    watcher.close()


def test_all_records_are_read_in_order_as_often_as_one_asks(topic):
    watcher, produce = topic
    assert watcher.records() == {0: [], 1: [], 2: []}
    for count in (300, 330):
        produce(range(count - 300 if count == 300 else 300, count))
        found = watcher.records()
        assert watcher.written() == count
        assert {number: [int(record.value) for record in records] for number, records in found.items()} == {
            number: list(range(number, count, 3)) for number in range(3)}
    assert found[1][7][:5] == Record(1, 7, b"key", b"22", {"n": b"22"})[:5]
    assert abs(found[1][7].timestamp / 1000 - time.time()) < 600


def test_an_unreachable_broker_is_an_exception(kafka):
    watcher = Watcher(kafka.url, kafka.topic())
    try:
        assert watcher.ends() == {0: (0, 0)}
        kafka.kill()
        with pytest.raises(KafkaException):
            watcher.ends(timeout=1)
    finally:
        watcher.close()


# ---- events ----


def event(offset, sku="S", sequence=1, **changed):
    headers = {"ce_specversion": "1.0", "ce_id": f"f-{offset}-1", "ce_type": "gangway.allocation.OutOfStock.v1",
               "ce_subject": sku, "ce_sequence": str(sequence), "content-type": "application/json"} | changed
    value = json.dumps({"sku": sku, "orderid": "o", "qty": 1}).encode()
    return Record(0, offset, sku.encode(), value, {name: text.encode() for name, text in headers.items()})


def test_an_event_is_what_the_ledger_knows():
    found = event_of(event(0))
    assert found.id == "f-0-1"
    assert found.members == [("type", "OutOfStock"), ("sku", "S"), ("orderid", "o"), ("qty", 1)]
    assert events_of({0: [event(0)], 1: [event(1)]}) == [event_of(event(0)), event_of(event(1))]


def test_good_events_have_no_faults():
    assert event_faults({0: [event(0), event(1, "T", 7), event(2, sequence=2), event(0)]}) == []


@pytest.mark.parametrize("records, fault", [
    ([event(0)._replace(key=b"T")], "key b'T' and subject S"),
    ([event(0, ce_subject="T")], "subject T of"),
    ([event(0, ce_specversion="0.3")], "ce_specversion is '0.3'"),
    ([event(0, sequence=2), event(1, sequence=1)], "sequence 1 of S follows 2"),
    ([event(0, sequence=2), event(1, sequence=2)], "sequence 2 of S follows 2"),
    ([event(0), event(1, sequence=2)._replace(partition=1)], "S was in partition 0 before"),
])
def test_a_fault_of_an_event_is_found(records, fault):
    assert any(fault in found for found in event_faults({0: records}))

# SPDX-License-Identifier: Apache-2.0
"""Topics that transactional producers write to: what ends a transaction, and records that were aborted, are no messages.
They are neither lag nor, when retention deletes them, a loss."""

import contextlib

import pytest

pytest.importorskip("confluent_kafka", reason="another client: needs the package python3-confluent-kafka")

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402  (after the look whether its module is there)
from kafka_commands import allocate, batch  # noqa: E402
from kafka_stream import running, unique  # noqa: E402
from log_records import CODE  # noqa: E402
from waiting import until

pytestmark = pytest.mark.no_release


@pytest.fixture
def transactional(kafka, new_stream):
    kafka.needs_real("the mock has no control records")
    stream = new_stream(partitions=1)
    producer = Producer({"bootstrap.servers": kafka.url, "transactional.id": unique("tx"), "log_level": 0})
    producer.init_transactions(60)

    def produce(messages, is_aborted=False):
        producer.begin_transaction()
        for key, payload, *_ in messages:
            producer.produce(stream.commands, payload, key)
        producer.flush(60)
        if is_aborted:
            producer.abort_transaction(60)
        else:
            producer.commit_transaction(60)

    return stream, produce


def await_position(stream, offset, seconds=30):
    """Until the one partition has this position."""
    until(lambda: stream.positions() == {(stream.commands, 0): offset}, seconds, stream.positions)


def await_committed(stream, offset, seconds=30):
    """Waits until the group's offset is committed at the broker too."""
    place = [TopicPartition(stream.commands, 0)]
    with contextlib.closing(Consumer({"bootstrap.servers": stream.kafka.url, "group.id": stream.group})) as asking:
        until(lambda: asking.committed(place, 10)[0].offset == offset, seconds)


@pytest.mark.parametrize("is_aborted", [False, True], ids=["committed", "aborted"])
def test_retention_of_what_is_no_message_stops_nothing(transactional, tmp_path, is_aborted):
    """Committed: a batch, an order and the marker. Aborted: behind those two orders and their marker."""
    stream, produce = transactional
    produce([batch("b1", "LAMP", 10), allocate("o1", "LAMP", 1)])
    if is_aborted:
        produce([allocate("never", "LAMP", 1), allocate("neither", "LAMP", 1)], is_aborted=True)
    end = 6 if is_aborted else 3
    gateway = stream.gateway(tmp_path)
    with running(gateway) as one:
        await_position(stream, end)
        await_committed(stream, end)
        assert "0 messages not read yet" in one.stop().out
    for deleted in (end - 1, end):  # all but the last marker, and that one too
        stream.kafka.delete_records(stream.commands, 0, deleted)
        with running(gateway) as one:
            one.await_code(CODE.SOURCE_STARTED, f"offset {end}")
    produce([allocate("o2", "LAMP", 1)])
    with running(gateway) as one:
        await_position(stream, end + 2)
        assert one.stop().summary()["received"] == 1, one.result
    assert [dict(event.members)["orderid"] for event in stream.all_events()] == ["o1", "o2"]


def test_a_position_behind_a_marker_still_detects_a_recreated_topic(transactional, tmp_path):
    """The record before the marker is looked at."""
    stream, produce = transactional
    produce([batch("b1", "LAMP", 10), allocate("o1", "LAMP", 1)])
    gateway = stream.gateway(tmp_path)
    with running(gateway):
        await_position(stream, 3)
    with running(gateway) as one:
        one.await_code(CODE.SOURCE_STARTED, "offset 3")
    stream.kafka.delete_topic(stream.commands)
    stream.kafka.create_topic(stream.commands)
    stream.produce([batch(f"c{number}", "LAMP", 10) for number in range(5)])
    with running(gateway) as one:
        one.await_code(CODE.SOURCE_STOPPED, f"{stream.commands}/0", "positions", "--set")
    assert stream.positions() == {(stream.commands, 0): 3}

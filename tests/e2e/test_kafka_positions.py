# SPDX-License-Identifier: Apache-2.0
"""The position in a topic from which a gateway continues is stored with the stock. An operator can list and move it,
the consumer group's committed offsets do not affect it, and a recreated topic stops until an operator decides."""

import pytest
from gateway import STATUS_FAILED, STATUS_OK

pytest.importorskip("confluent_kafka")

from confluent_kafka import Consumer, TopicPartition  # noqa: E402  (after the look whether it is there)
from kafka_commands import allocate, batch  # noqa: E402
from kafka_stream import running  # noqa: E402
from log_records import CODE  # noqa: E402

pytestmark = pytest.mark.no_release


@pytest.fixture
def one_partition(new_stream):
    return new_stream(partitions=1)


def orders(stream):
    return [dict(event.members)["orderid"] for event in stream.all_events()]


def positions(gateway):
    """source -> offset, as `gangway positions` prints it."""
    result = gateway.call("positions", gateway.config, "--format", "json")
    assert result.status == STATUS_OK, result
    return {row["source"]: row["offset"] for row in result.table()}


def move(gateway, where):
    """Moves the only source, and returns the command's output."""
    (source,) = positions(gateway)
    result = gateway.call("positions", gateway.config, "--set", source, where)
    assert result.status == STATUS_OK, result
    return result.out


def taken(stream, gateway):
    """Runs it until everything was decided; the summary."""
    with running(gateway) as one:
        one.await_code(CODE.SOURCE_STARTED)
        stream.await_taken()
        return one.stop().summary()


def test_each_partition_is_a_source_that_names_cluster_group_topic_and_number(stream, tmp_path):
    stream.produce([batch(f"b{number}", f"SKU-{number}", 1) for number in range(50)])
    gateway = stream.gateway(tmp_path)
    taken(stream, gateway)
    found = positions(gateway)
    assert {tuple(source.split("/")[1:3]) for source in found} == {(stream.group, stream.commands)}
    assert {(stream.commands, int(source.split("/")[3])): offset for source, offset in found.items()} == stream.ends()


def test_a_moved_source_continues_there(one_partition, tmp_path):
    """Commands that were applied before are skipped when they are read again, because the line is allocated already."""
    stream = one_partition
    stream.produce([batch("b1", "LAMP", 10), *(allocate(f"o{number}", "LAMP", 1) for number in range(3))])
    gateway = stream.gateway(tmp_path)
    assert taken(stream, gateway)["applied"] == 4
    for where, received in (("earliest", 4), (1, 3), ("latest", 0)):
        said = move(gateway, where)
        assert "was 4" in said
        summary = taken(stream, gateway)
        assert (summary["received"], summary["skipped"]) == (received, received)
    assert orders(stream) == ["o0", "o1", "o2"]
    stream.produce([allocate("o3", "LAMP", 1), allocate("o4", "LAMP", 1)])
    move(gateway, 5)
    assert taken(stream, gateway)["received"] == 1
    assert orders(stream) == ["o0", "o1", "o2", "o4"]


def test_an_unknown_source_is_refused_with_the_nearest_name(one_partition, tmp_path):
    stream = one_partition
    stream.produce([batch("b1", "LAMP", 10)])
    gateway = stream.gateway(tmp_path)
    taken(stream, gateway)
    (source,) = positions(gateway)
    for wrong in (source[:-1] + "7", source.replace(stream.commands, "nothing")):
        for where in ("earliest", "latest", "0"):
            result = gateway.call("positions", gateway.config, "--set", wrong, where)
            assert result.status == STATUS_FAILED and source in result.err, result
    assert positions(gateway) == {source: 1}


def test_the_offsets_of_the_group_move_nothing(one_partition, tmp_path):
    one_partition.kafka.needs_real("the mock takes no offsets from who is no member")
    stream = one_partition
    stream.produce([batch("b1", "LAMP", 10), allocate("o0", "LAMP", 1)])
    gateway = stream.gateway(tmp_path)
    taken(stream, gateway)
    consumer = Consumer({"bootstrap.servers": stream.kafka.url, "group.id": stream.group})
    consumer.commit(offsets=[TopicPartition(stream.commands, 0, 0)], asynchronous=False)
    consumer.close()
    assert taken(stream, gateway)["received"] == 0
    (row,) = stream.kafka.describe_group(stream.group)
    assert row["current-offset"] == 2


def test_a_new_group_begins_where_start_says(new_stream, tmp_path):
    stream = new_stream(partitions=1)
    stream.produce([batch("b1", "LAMP", 10), allocate("o0", "LAMP", 1)])
    late = stream.gateway(tmp_path / "late", consumer={"start": "latest"})
    with running(late) as one:
        one.await_code(CODE.SOURCE_STARTED, "offset 2")
        stream.produce([batch("b2", "LAMP", 10), allocate("o1", "LAMP", 1)])
        stream.await_taken()
        assert one.stop().summary()["received"] == 2
    assert orders(stream) == ["o1"]


def test_a_new_group_can_wait_for_an_operator(new_stream, tmp_path):
    stream = new_stream(partitions=1)
    stream.produce([batch("b1", "LAMP", 10), allocate("o0", "LAMP", 1)])
    gateway = stream.gateway(tmp_path, consumer={"start": "error"})
    with running(gateway) as one:
        record = one.await_code(CODE.SOURCE_STOPPED, "positions")
        source = next(word for word in record["message"].split() if word.endswith(f"{stream.commands}/0"))
        result = gateway.call("positions", gateway.config, "--set", source, "earliest")
        assert result.status == STATUS_OK, result
        assert len(stream.await_events(1)) == 1


def test_a_recreated_topic_stops_until_an_operator_decides(one_partition, tmp_path):
    """In a running gateway that also reads other topics, which continue."""
    stream = one_partition
    stream.produce([batch("b1", "LAMP", 10), *(allocate(f"o{number}", "LAMP", 1) for number in range(3))])
    gateway = stream.gateway(tmp_path)
    taken(stream, gateway)
    stream.kafka.delete_topic(stream.commands)
    stream.kafka.create_topic(stream.commands, 1)
    stream.produce([allocate(f"new{number}", "LAMP", 1) for number in range(6)])
    with running(gateway) as one:
        one.await_code(CODE.SOURCE_STOPPED, stream.commands, "positions", "--set")
        (source,) = positions(gateway)
        assert positions(gateway)[source] == 4
        move(gateway, "earliest")
        assert len(stream.await_events(9)) == 9
    assert orders(stream) == ["o0", "o1", "o2", *(f"new{number}" for number in range(6))]

# SPDX-License-Identifier: Apache-2.0
"""Every record of a topic that is not a valid command becomes one dead letter with its topic, partition, offset, key
and headers, and the partition continues. When an operator has removed the cause, the dead letter can be replayed."""

from datetime import datetime

import pytest
from bad_commands import (BAD, LIMIT, assert_each_is_dead, assert_is_rejected, assert_is_the_beginning,
                          assert_is_whole)
from gateway import STATUS_OK

pytest.importorskip("confluent_kafka", reason="needs the package python3-confluent-kafka")

from kafka_commands import allocate, batch  # noqa: E402  (after the look whether its module is there)
from kafka_stream import Stream, running  # noqa: E402

ODD_HEADERS = [("shop", b"berlin"), ("shop", b"again"), ("empty", b""), ("null", None), ("bytes", b"\xff\0\x01"),
               ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]


class Taken:
    """A topic with a good command before, between and after all bad ones, and the result of a gateway's run over it."""

    def __init__(self, stream, folder):
        self.stream = stream
        messages, self.index_of = [batch("b1", "LAMP", 1000)], {}
        for number, (name, (payload, _)) in enumerate(BAD.items()):
            self.index_of[name] = len(messages)
            messages += [("LAMP", payload, ODD_HEADERS), allocate(f"good-{number}", "LAMP", 1)]
        self.places = stream.produce(messages)
        self.records = stream.watch(stream.commands).records()
        self.gateway = stream.gateway(folder, consumer={"max_message": f"{LIMIT >> 10}KiB"})
        with running(self.gateway) as one:
            stream.await_taken()
            self.result = one.stop()
        self.letters = self.dlq("list").table()

    def dlq(self, *words):
        result = self.gateway.call("dlq", *words, "--config", self.gateway.config, "--format", "json")
        assert result.status == STATUS_OK, result
        return result

    def letter(self, name):
        _, offset = self.places[self.index_of[name]]
        (letter,) = [letter for letter in self.letters if letter["offset"] == offset]
        return letter


@pytest.fixture(scope="module")
def taken(kafka_of_one, postgres, tmp_path_factory):
    database = postgres.database()
    stream = Stream(kafka_of_one, database, partitions=1)
    yield Taken(stream, tmp_path_factory.mktemp("bad-input"))
    stream.close()
    database.drop()


@pytest.mark.parametrize("name", BAD)
def test_an_invalid_command_is_a_dead_letter_with_its_reason(taken, name):
    assert_is_rejected(taken.letter(name), name)


@pytest.mark.parametrize("name", ["malformed JSON", "a SKU that nobody has", "a tombstone"])
def test_a_dead_letter_says_where_it_came_from_and_what_came_with_it(taken, name):
    letter = taken.gateway.dead_letter(taken.letter(name)["id"])
    partition, offset = taken.places[taken.index_of[name]]
    assert letter["source"].split("/")[1:] == [taken.stream.group, taken.stream.commands, str(partition)], letter
    assert (letter["offset"], letter["key"]) == (offset, "LAMP")
    found = [tuple(pair) for pair in letter["headers"]]
    for expected in [("shop", "berlin"), ("shop", "again"), ("traceparent", ODD_HEADERS[-1][1].decode())]:
        assert expected in found, letter
    assert [name for name, _ in found] == [name for name, _ in ODD_HEADERS]
    (record,) = [record for record in taken.records[partition] if record.offset == offset]
    assert datetime.fromisoformat(letter["arrived_at"]).timestamp() == record.timestamp / 1000
    assert letter["deliveries"] is None
    assert_is_whole(letter, name)


def test_the_beginning_of_an_oversized_message_is_stored(taken):
    name = "a payload that is too large"
    assert_is_the_beginning(taken.gateway.dead_letter(taken.letter(name)["id"]), name)


def test_the_partition_continues(taken):
    assert_each_is_dead(taken.result.summary())
    orders = [dict(event.members)["orderid"] for event in taken.stream.all_events()]
    assert orders == [f"good-{number}" for number in range(len(BAD))]


def test_a_repaired_letter_is_replayed(stream, tmp_path):
    """Beside a running gateway, which delivers the event."""
    stream.produce([batch("b1", "LAMP", 5), allocate("o1", "SOFA", 2), ("LAMP", b"hopeless")])
    gateway = stream.gateway(tmp_path)
    with running(gateway):
        stream.await_taken()
        rows = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()
        (letter,) = [row for row in rows if row["reason"] == "Invalid sku SOFA"]
        assert replayed(gateway, letter) == ["rejected"]
        stream.produce([batch("s1", "SOFA", 5)])
        stream.await_taken()
        assert replayed(gateway, letter) == ["applied"]
        (event,) = stream.await_events(1)
        assert dict(event.members)["orderid"] == "o1"
    rows = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()
    assert [row["id"] for row in rows] == [row["id"] for row in rows if row["id"] != letter["id"]] and len(rows) == 1


def replayed(gateway, letter):
    result = gateway.call("dlq", "replay", letter["id"], "--config", gateway.config, "--format", "json")
    return [row["result"] for row in result.table()]

# SPDX-License-Identifier: Apache-2.0
"""Record batches that were damaged on a broker's disk, and a transaction that stays open. The gateway continues with
the other partitions, logs once which source is stuck and at which offset, and an operator moves it past the damage
without a restart."""

import re

import pytest
from gateway import STATUS_OK

pytest.importorskip("confluent_kafka", reason="another client: needs the package python3-confluent-kafka")

from confluent_kafka import Producer  # noqa: E402  (after the look whether its module is there)
from kafka_commands import batch  # noqa: E402
from kafka_damage import damage, flip_bit, overrun, unknown_codec, unknown_magic  # noqa: E402
from kafka_stream import running, unique  # noqa: E402
from log_records import CODE, records  # noqa: E402
from waiting import until

pytestmark = pytest.mark.no_release

UNREADABLE = {"overrun": overrun, "codec": unknown_codec, "magic": unknown_magic}
LOG_LINES = 3  # of a source that is damaged, in its first minute: that it starts, what is wrong, that it does not move


class Damaged:
    """A topic for each kind of damage, three batches in each, the second one damaged; one that is well; and one whose
    only record belongs to a transaction that stays open."""

    def __init__(self, kafka, new_stream):
        self.kinds = {kind: unique(kind) for kind in [*UNREADABLE, *(f"first-{kind}" for kind in UNREADABLE), "flipped", "well", "open"]}
        self.stream = new_stream(partitions=1, topics={topic: "auto" for topic in self.kinds.values()})
        for kind, topic in self.kinds.items():
            if kind == "open":
                continue  # its record comes in a transaction
            for number in range(3):  # each call makes a batch of its own
                self.stream.produce([batch(f"{kind}-{number}", f"SKU-{kind}", 1000)], topic)
        for kind, change in UNREADABLE.items():
            damage(kafka, self.kinds[kind], 1, change)
        damage(kafka, self.kinds["flipped"], 1, lambda found: flip_bit(found, b"1000}"))
        for kind, change in UNREADABLE.items():
            topic = self.kinds[f"first-{kind}"]
            damage(kafka, topic, 0, change)
        self.producer = Producer({"bootstrap.servers": kafka.url, "transactional.id": unique("tx"), "log_level": 0})
        self.producer.init_transactions(60)
        self.producer.begin_transaction()
        self.producer.produce(self.kinds["open"], batch("open-0", "SKU-open", 1000)[1])
        self.producer.flush(60)

    def position(self, kind):
        return self.stream.positions().get((self.kinds[kind], 0))

    def await_positions(self, wanted, seconds=60):
        """kind -> offset"""
        until(lambda: {kind: self.position(kind) for kind in wanted} == wanted, seconds,
              lambda: {kind: self.position(kind) for kind in self.kinds})


def records_about(one, topic):
    """What the log says of a topic, warnings and worse."""
    return [line["message"] for line in records(one.text()) if f"/{topic}/0" in line["message"]]


def test_an_unreadable_source_is_reported_and_skipped(kafka, new_stream, tmp_path):
    kafka.needs_real("the mock keeps no files")
    damaged = Damaged(kafka, new_stream)
    gateway = damaged.stream.gateway(tmp_path)
    with running(gateway) as one:
        damaged.await_positions({"well": 3, "overrun": 1, "codec": 1, "magic": 1}, seconds=8)
        for kind in UNREADABLE:
            message = one.await_code(CODE.SOURCE_STALLED, f"/{damaged.kinds[kind]}/0")["message"]
            assert re.search(r"offset 1 .*--set \S+ 2\b", message), message
            one.await_code(CODE.SOURCE_STALLED, f"/{damaged.kinds['first-' + kind]}/0", "offset 0 ")
        for kind in UNREADABLE:
            assert 2 <= len(records_about(one, damaged.kinds[kind])) <= LOG_LINES, one.text()
        (source,) = {word for word in one.text().split() if word.endswith(f"/{damaged.kinds['codec']}/0")}
        for kind in UNREADABLE:
            result = gateway.call("positions", gateway.config, "--set",
                                  source.replace(damaged.kinds["codec"], damaged.kinds[kind]), "2")
            assert result.status == STATUS_OK, result
        damaged.await_positions({kind: 3 for kind in UNREADABLE})
        one.await_code(CODE.SOURCE_UNSTALLED, f"/{damaged.kinds['codec']}/0")
        for kind in UNREADABLE:  # what was read last cannot be read any more, as for all that is known
            damage(kafka, damaged.kinds[kind], 2, UNREADABLE[kind])
        # librdkafka does not survive to find the wrong checksum, so that is not looked at.
        assert damaged.position("flipped") == 3
        assert not one.logged(CODE.SOURCE_STALLED, f"/{damaged.kinds['open']}/0")
        damaged.producer.commit_transaction(60)
        damaged.await_positions({"open": 2})  # the record, and the marker that ends its transaction
    for kind in UNREADABLE:
        damaged.stream.produce([batch(f"{kind}-3", f"SKU-{kind}", 1000)], damaged.kinds[kind])
    with running(gateway):
        damaged.await_positions({kind: 4 for kind in UNREADABLE})

# SPDX-License-Identifier: Apache-2.0
"""Only the position in PostgreSQL decides where a gateway continues. The broker's committed offset may be rejected,
reset or lost without any effect. A source whose offset no longer exists at the broker, or whose topic was recreated,
stops and says so until an operator moves it; the others continue. A command that a sender sends twice is applied twice,
unless it has an id by which the gateway recognizes it."""

import signal

import kafka_admin
import pytest
from kafka_load import PARTITIONS
from load import RECOVERY_SECONDS
from log_records import CODE
from waiting import until


def work_a_while(load, seconds=3):
    """A load that flows, and the gateway that it flows through."""
    feeder = load.send(seconds)
    life = load.start()
    until(load.has_delivered, 60, load.tell)
    return feeder, life


def drained(load, life):
    """Ends a gateway that has done all that there is."""
    load.wait_until_drained()
    assert life.end(signal.SIGTERM) == 0, life.said()


def finish(load, counts, **what):
    verdict = load.end()
    counts(**what, transactions=verdict.transactions, repeats=verdict.repeats)
    return verdict


# ---- the broker's committed offset ----


def committed(load):
    return kafka_admin.committed(load.cluster, load.group, load.ends())

@pytest.mark.parametrize("done", [kafka_admin.reset_offsets, kafka_admin.delete_group])
def test_nothing_moves_after(kafka_load, counts, done):
    kafka_load.send(0, 3_000)
    drained(kafka_load, kafka_load.start())
    assert committed(kafka_load) == kafka_load.ends()
    done(kafka_load.cluster, kafka_load.group)
    assert set(committed(kafka_load).values()) <= {0}
    kafka_load.send(0, 3_000)
    kafka_load.start()
    assert finish(kafka_load, counts).repeats == 0


def test_offsets_committed_by_another_program_move_nothing(kafka_load, counts):
    kafka_load.send(0, 3_000)
    drained(kafka_load, kafka_load.start())
    kafka_admin.commit(kafka_load.cluster, kafka_load.group,
                       {source: end // 2 for source, end in kafka_load.ends().items()})
    kafka_load.send(0, 3_000)
    kafka_load.start()
    assert finish(kafka_load, counts).repeats == 0


# ---- offsets that are gone, topics that are others ----


def test_a_deleted_offset_stops_only_its_source(kafka_load, counts):
    feeder, life = work_a_while(kafka_load)
    assert life.end(signal.SIGTERM) == 0
    feeder.join()
    kafka_load.send(0, 1_000).join()  # so that some wait
    kafka_load.keep(kafka_load.topic)
    source = max(kafka_load.behind().items(), key=lambda item: item[1])[0]
    kafka_load.cluster.delete_records(*source, kafka_load.ends()[source] - 1)
    life = kafka_load.start()
    until(lambda: kafka_load.behind().keys() == {source}, RECOVERY_SECONDS, kafka_load.tell)
    until(lambda: life.logged(CODE.SOURCE_STOPPED, "/{}/{}".format(*source)), 10, kafka_load.tell)
    kafka_load.set_position(source, "earliest")
    finish(kafka_load, counts, deleted_in=source[1])


@pytest.mark.parametrize("when", ["stopped", "running"])
def test_a_recreated_topic_stops_only_its_sources(kafka_load, counts, when):
    """The recreated topic has more records than the old one had, so that the offsets alone would not reveal it. While
    the gateway runs, the topic is missing for long enough to be noticed."""
    load, other = kafka_load, kafka_load.add_topic()
    load.send(0, 4_000).join()
    load.send(0, 1_000, other, b"X").join()
    life = load.start()
    load.wait_until_drained()
    if when == "stopped":
        assert life.end(signal.SIGTERM) == 0
    load.keep(load.topic)
    load.cluster.delete_topic(load.topic)
    if when == "running":
        until(lambda: life.logged(CODE.SOURCE_STOPPED, load.topic) or life.logged(CODE.SOURCE_NOT_STARTED, load.topic), RECOVERY_SECONDS, load.tell)
        until(lambda: life.logged(CODE.KAFKA_PARTITIONS_LOST), RECOVERY_SECONDS, load.tell)
    kafka_admin.create_again(load.cluster, load.topic, PARTITIONS)
    load.send(0, 5_000, load.topic, b"Y").join()
    load.send(0, 1_000, other, b"X").join()
    if when == "stopped":
        life = load.start()
    stopped = {source for source in load.positions() if source[0] == load.topic}
    until(lambda: load.behind().keys() <= stopped, RECOVERY_SECONDS, load.tell)
    until(lambda: len(life.logged(CODE.SOURCE_STOPPED, "created again")) >= len(stopped), RECOVERY_SECONDS, load.tell)
    for source in stopped:
        load.set_position(source, "earliest")
    load.wait_until_drained()
    finish(load, counts)  # a gateway whose topic was deleted ends as any other does


# ---- what comes twice ----


@pytest.mark.parametrize("dedupe", ["position", "id"])
def test_what_is_sent_twice(kafka_load, counts, dedupe):
    """Without an id it is two messages, both of which are applied as the rules have it; with one it is the same."""
    kafka_load.uses_ids = dedupe == "id"
    kafka_load.send(3, 6_000, again=20)
    for _ in range(2):
        kafka_load.start(dedupe=dedupe)
    verdict = finish(kafka_load, counts)
    assert verdict.repeats == 0
    assert (verdict.model.outcomes["duplicate"] > 0) == kafka_load.uses_ids

# SPDX-License-Identifier: Apache-2.0
"""Brokers fail and return under load: the only one, one of three, the leader of all partitions, the coordinator of
the group; or one becomes slow. Sender and gateways wait, and continue within half a minute of the return."""

import time

import kafka_admin
import pytest
from kafka_load import KafkaLoad
from waiting import until

DOWN_SECONDS = 3
SLOW_SECONDS = 6


@pytest.fixture
def load_on_three(tmp_path, database, rng, superstore_csv, kafka_cluster):
    load = KafkaLoad(tmp_path, database, rng, kafka_cluster)
    yield load
    kafka_cluster.heal()
    load.close()


def working(load, gateways=2, seconds=15):
    """A load that flows."""
    feeder = load.send(seconds)
    for _ in range(gateways):
        load.start()
    until(load.has_delivered, 60, load.tell)
    return feeder


def finish(load, counts, **what):
    """The fault is over: all that was sent until now has to arrive."""
    for sender in load.senders:
        sender.stop()
    verdict = load.end()
    counts(**what, transactions=verdict.transactions, repeats=verdict.repeats)
    return verdict


def test_the_only_broker_stops_and_restarts(kafka_load, rng, counts):
    working(kafka_load)
    kafka_load.cluster.kill()
    taken = kafka_load.taken()
    time.sleep(rng.uniform(0, DOWN_SECONDS))
    kafka_load.cluster.start()
    until(lambda: kafka_load.taken() > taken, 30, kafka_load.tell)
    finish(kafka_load, counts)


def test_the_gateway_waits_for_an_unreachable_server_at_the_start(kafka_load, counts):
    sender = kafka_load.send(0, 2_000)
    sender.join()
    kafka_load.prepare()
    kafka_load.cluster.kill()
    life = kafka_load.start()
    until(lambda: "refused" in life.said(), 30, life.said)
    kafka_load.cluster.start()
    finish(kafka_load, counts)


def test_one_of_three_is_killed_under_load(load_on_three, rng, counts):
    """The partitions that it leads, and the groups that it coordinates, move to other brokers."""
    load, three = load_on_three, load_on_three.cluster
    feeder = working(load)
    kills = 0
    while feeder.is_alive():
        number = rng.randrange(3)
        three.kill(number)
        time.sleep(rng.uniform(0, DOWN_SECONDS))
        three.start(number)
        kills += 1
    finish(load, counts, kills=kills)


def test_the_coordinator_of_the_group_is_killed(load_on_three, counts):
    load, three = load_on_three, load_on_three.cluster
    feeder = working(load)
    number = kafka_admin.coordinator(three, load.group)
    three.kill(number)
    taken = load.taken()
    until(lambda: load.taken() > taken + 500 or not feeder.is_alive(), 30, load.tell)
    three.start(number)
    finish(load, counts, coordinator=number)


def test_leaders_move_under_load(load_on_three, rng, counts):
    """Each in turn hands over all that it leads, as in an upgrade."""
    load, three = load_on_three, load_on_three.cluster
    working(load, seconds=20)
    for number in rng.sample(range(3), 3):
        three.stop(number)
        three.start(number)
    finish(load, counts)


def test_a_broker_that_stops_answering_for_a_while(load_on_three, rng, counts):
    """No reset, no goodbye: the others have to find out."""
    load, three = load_on_three, load_on_three.cluster
    working(load)
    number = rng.randrange(3)
    three.hold(number)
    time.sleep(rng.uniform(1, SLOW_SECONDS))
    taken = load.taken()
    three.release(number)
    three.wait_until_ready()
    until(lambda: load.taken() > taken, 30, load.tell)
    finish(load, counts)

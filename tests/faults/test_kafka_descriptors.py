# SPDX-License-Identifier: Apache-2.0
"""A gateway between two topics without a free descriptor: librdkafka needs pipes and sockets for each client. The gateway
runs on, refuses a changed file with the cause, and recovers by itself. Nothing is lost or doubled."""

from changes import replacing
from descriptors import apply_with_few_descriptors, apply_without_descriptors
from waiting import until

SPARES = range(0, 24, 3)


def different(number):
    """A change of the file that none before has made: both clients of Kafka are replaced."""
    return replacing(("turn: 100", f"turn: {60 + number}"), ("batch: 50", f"batch: {10 + number}, librdkafka: {{linger.ms: {number}}}"))


def test_no_descriptor_is_left_when_the_broker_restarts_and_a_file_is_applied(kafka_load, counts):
    feeder = kafka_load.send(5, count=3_000)
    life = kafka_load.start()
    until(lambda: kafka_load.delivered() > 0, 30, kafka_load.tell)
    busy = apply_without_descriptors(life, kafka_load.cluster.restart, different(1))
    feeder.join()
    verdict = kafka_load.end()
    counts(busy=f"{busy:.0%}", repeats=verdict.repeats)
    assert busy < 0.5


def test_a_file_is_applied_between_two_topics_with_few_free_descriptors(kafka_load, counts):
    feeder = kafka_load.send(20, count=6_000)
    life = kafka_load.start()
    until(lambda: kafka_load.delivered() > 0, 30, kafka_load.tell)
    applied, refused = apply_with_few_descriptors(life, SPARES, different)
    feeder.stop()
    verdict = kafka_load.end()
    counts(applied=applied, refused=refused, transactions=verdict.transactions, repeats=verdict.repeats)
    assert refused >= 2 and applied >= 3 and verdict.repeats == 0

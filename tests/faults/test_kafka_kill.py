# SPDX-License-Identifier: Apache-2.0
"""Gateways between Kafka and PostgreSQL are killed, at random and at each numbered step of a turn, or asked to end,
under load, repeatedly. A kill may repeat the deliveries in progress; an orderly end must not repeat any."""

import signal
import time

import gateway as harness
import pytest
from load import BATCH
from test_kill_steps import STEPS
from waiting import until

KILLS = 4


def run_and_end(load, rng, number, feeder):
    """One run that starts to work, and gets a signal some time later."""
    life = load.start()
    until(life.has_begun, 30, load.tell)
    taken = load.taken()
    until(lambda: load.taken() > taken or not feeder.is_alive(), 30, load.tell)
    time.sleep(rng.uniform(0, 1))
    status = life.end(number)
    assert status == (0 if number == signal.SIGTERM else -number), life.said()


def test_one_gateway_killed_at_random_repeatedly(kafka_load, rng, counts):
    feeder = kafka_load.send(5 * KILLS)
    for _ in range(KILLS):
        run_and_end(kafka_load, rng, signal.SIGKILL, feeder)
    feeder.stop()
    kafka_load.start()
    verdict = kafka_load.end()
    counts(kills=kafka_load.kills(), transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats <= kafka_load.kills() * BATCH


def test_one_of_three_gateways_is_killed_at_random_repeatedly(kafka_load, rng, counts):
    feeder = kafka_load.send(12)
    lives = [kafka_load.start() for _ in range(3)]
    until(lambda: kafka_load.taken() > 0, 30, kafka_load.tell)
    while feeder.is_alive():
        time.sleep(rng.uniform(0, 3))  # also while the group still counts on one that is dead
        index = rng.randrange(3)
        lives[index].end(signal.SIGKILL)
        lives[index] = kafka_load.start()
    verdict = kafka_load.end()
    counts(kills=kafka_load.kills(), transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats <= kafka_load.kills() * BATCH


def test_killed_at_every_step_of_a_turn(kafka_load, rng, counts):
    """Each life begins where the last one died; those at the relay's steps may die before the worker has done a turn."""
    if b"GANGWAY_FAULT" not in harness.binary().read_bytes():
        pytest.skip("this gateway was built without fault points: configure with -DGANGWAY_FAULT_POINTS=ON")
    feeder = kafka_load.send(300, count=80_000)  # longer than all lives on a busy machine
    steps = rng.sample(STEPS, len(STEPS))
    for step in steps:
        life = kafka_load.start(env={"GANGWAY_FAULT": f"{step}:{rng.randint(1, 3)}:kill"})
        assert life.join() == -signal.SIGKILL, life.said()
    assert feeder.is_alive(), "the load was over before the last step"
    feeder.stop()
    kafka_load.start()
    verdict = kafka_load.end()
    counts(kills=kafka_load.kills(), transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats <= kafka_load.kills() * BATCH


def test_terminated_under_load_repeatedly_it_drains_and_repeats_nothing(kafka_load, rng, counts):
    feeder = kafka_load.send(10)
    lives = 0
    while feeder.is_alive():
        run_and_end(kafka_load, rng, signal.SIGTERM, feeder)
        lives += 1
    kafka_load.start()
    verdict = kafka_load.end()
    counts(lives=lives, transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0


def test_terminated_while_members_join(kafka_load, rng, counts):
    """At any moment between the first word to the group and the first message."""
    kafka_load.send(0, 1_000).join()
    lives = 8
    for _ in range(lives):
        life = kafka_load.start(workers=2)
        until(life.has_begun, 30, kafka_load.tell)
        time.sleep(rng.uniform(0, 0.3))
        assert life.end(signal.SIGTERM) == 0, life.said()
    kafka_load.start()
    verdict = kafka_load.end()
    counts(lives=lives, repeats=verdict.repeats)
    assert verdict.repeats == 0

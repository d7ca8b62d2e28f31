# SPDX-License-Identifier: Apache-2.0
"""Partitions move between gateways: one is suspended until its group evicts it, gateways join and leave, a partition is
revoked or lost during a turn. The position in the database decides whose work counts, so that the assignment of
partitions concerns only the broker."""

import contextlib
import signal
import time

from kafka_load import SESSION_SECONDS
from log_records import CODE
from waiting import until

TAKEOVER_SECONDS = SESSION_SECONDS + 15
LIFE_SECONDS = 2
POLL_SECONDS = 4  # more than a session


@contextlib.contextmanager
def locked(load, table="products"):
    """Holds a lock on a table. The block begins once a gateway waits for the lock."""
    other = load.database.connect()
    try:
        other.autocommit = False
        other.cursor().execute(f"LOCK TABLE gangway.{table} IN ACCESS EXCLUSIVE MODE")
        until(lambda: waiting(load) > 0, 30, load.tell)
        yield
    finally:
        other.rollback()
        other.close()


def waiting(load):
    """How many sessions wait for a lock."""
    return load.database.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                              "AND datname = current_database()")[0][0]


def goes_on(load, limit):
    """Something more is taken, and something delivered, from now on."""
    taken, delivered = load.taken(), load.delivered()
    return until(lambda: load.taken() > taken and load.has_delivered(delivered + 1), limit, load.tell)


def test_a_member_suspended_within_a_turn_applies_nothing_twice_after_it_resumes(kafka_load, rng, counts):
    """It stops between the decision and the commit. The others take its partitions over, and its commit is refused."""
    feeder = kafka_load.send(15)
    zombie = kafka_load.start(env={"GANGWAY_FAULT": f"before-apply:{rng.randint(3, 20)}:stop"})
    until(lambda: kafka_load.taken() > 0, 30, kafka_load.tell)
    until(zombie.is_stopped, 60, kafka_load.tell)
    kafka_load.start()
    stood = kafka_load.positions()
    seconds = until(lambda: all(kafka_load.positions()[source] > offset for source, offset in stood.items()),
                    TAKEOVER_SECONDS, kafka_load.tell)
    before = len(zombie.logged(CODE.SOURCE_STARTED))
    zombie.signal(signal.SIGCONT)
    until(lambda: len(zombie.logged(CODE.SOURCE_STARTED)) > before, 30, kafka_load.tell)  # it is a member again
    assert feeder.is_alive(), "the load was over too early"
    feeder.stop()
    verdict = kafka_load.end()
    counts(takeover_seconds=f"{seconds:.2f}", repeats=verdict.repeats)


def test_members_suspended_at_random_are_replaced_and_join_again(kafka_load, rng, counts):
    feeder = kafka_load.send(12)
    lives = [kafka_load.start(), kafka_load.start()]
    until(lambda: kafka_load.taken() > 0, 30, kafka_load.tell)
    stops = 0
    while feeder.is_alive():
        life = rng.choice(lives)
        life.signal(signal.SIGSTOP)
        time.sleep(rng.uniform(0, 2 * SESSION_SECONDS))  # some are missed by the group, others not
        life.signal(signal.SIGCONT)
        stops += 1
        time.sleep(rng.uniform(0, 1))
    verdict = kafka_load.end()
    counts(stops=stops, transactions=verdict.transactions, repeats=verdict.repeats)


def test_gateways_join_and_leave_every_two_seconds(kafka_load, rng, counts):
    feeder = kafka_load.send(6 * LIFE_SECONDS)
    lives = [kafka_load.start(workers=2), kafka_load.start()]
    until(lambda: kafka_load.taken() > 0, 30, kafka_load.tell)
    joined = left = 0
    while feeder.is_alive():
        time.sleep(LIFE_SECONDS)
        if len(lives) < 2 or (len(lives) < 4 and rng.random() < 0.5):
            lives.append(kafka_load.start(workers=rng.choice((1, 2))))
            joined += 1
        else:
            life = lives.pop(rng.randrange(len(lives)))
            assert life.end(signal.SIGTERM) == 0, life.said()
            left += 1
    verdict = kafka_load.end()
    counts(joined=joined, left=left, transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0


def test_partitions_are_revoked_while_their_turn_waits_for_a_lock(kafka_load, counts):
    feeder = kafka_load.send(12)
    kafka_load.start()
    until(kafka_load.has_delivered, 30, kafka_load.tell)
    with locked(kafka_load):
        second = kafka_load.start()
        until(second.has_begun, 30, kafka_load.tell)
        time.sleep(SESSION_SECONDS)  # long enough to be evicted, unless heartbeats keep the membership alive
    goes_on(kafka_load, 30)
    until(lambda: second.logged(CODE.SOURCE_STARTED), 30, kafka_load.tell)
    feeder.stop()
    verdict = kafka_load.end()
    counts(transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0


def test_partitions_are_lost_while_their_turn_waits_for_a_lock(kafka_load, counts):
    """The gateway is suspended for longer than its session timeout, during a statement that the database finishes
    without it."""
    feeder = kafka_load.send(15)
    first = kafka_load.start()
    until(kafka_load.has_delivered, 30, kafka_load.tell)
    with locked(kafka_load):
        first.signal(signal.SIGSTOP)
        second = kafka_load.start()
        until(second.has_begun, 30, kafka_load.tell)
        time.sleep(SESSION_SECONDS + 1)  # what the fault is
    seconds = goes_on(kafka_load, TAKEOVER_SECONDS)
    before = len(first.logged(CODE.SOURCE_STARTED))
    first.signal(signal.SIGCONT)
    until(lambda: len(first.logged(CODE.SOURCE_STARTED)) > before, 30, kafka_load.tell)  # it is a member again
    feeder.stop()
    verdict = kafka_load.end()
    assert first.status == second.status == 0
    counts(takeover_seconds=f"{seconds:.2f}", transactions=verdict.transactions, repeats=verdict.repeats)


def test_a_turn_longer_than_max_poll_interval_loses_its_partitions(kafka_load, counts):
    """It is heard of all the time, and yet given up; what it then commits, or repeats, the database compares."""
    feeder = kafka_load.send(15)
    first = kafka_load.start(tuning=f"max.poll.interval.ms: {1000 * POLL_SECONDS}")
    until(kafka_load.has_delivered, 30, kafka_load.tell)
    with locked(kafka_load):
        second = kafka_load.start()
        until(second.has_begun, 30, kafka_load.tell)
        time.sleep(POLL_SECONDS + 2)  # what the fault is
    seconds = goes_on(kafka_load, TAKEOVER_SECONDS)
    until(lambda: first.logged(CODE.KAFKA_TURN_TOO_LONG), 30, kafka_load.tell)
    feeder.stop()
    verdict = kafka_load.end()
    counts(takeover_seconds=f"{seconds:.2f}", transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0

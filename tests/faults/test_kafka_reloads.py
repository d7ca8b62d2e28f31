# SPDX-License-Identifier: Apache-2.0
"""The file of gateways between two topics is changed and applied under load: entrypoints and publishers are replaced, and
half of the files are refused. Members join and leave meanwhile, also static ones. Nothing is lost, doubled or reordered."""

import random
import signal
import time

import pytest
from changes import (EVERY_SECONDS, STEPS, Changes, as_it_was, held, kill_at_step, replacing, resident_bytes,
                     while_sending)
from kafka_load import KafkaLoad
from log_records import CODE
from waiting import until

LONG_SECONDS, LONG_RATE = 600, 200  # of load, and commands per second
GROWTH = 12 << 20  # bytes of memory: the first applies need some
MORE = "publishers:\n  more: "

VALID = {
    "a publisher is replaced": replacing(("batch: 50", "batch: 20, librdkafka: {linger.ms: 2}")),
    "only a setting of the core is replaced": replacing(("batch: 50", "batch: 30")),
    "an entrypoint is replaced": replacing(("turn: 100", "turn: 60")),
    "a plugin's option of an entrypoint is replaced": replacing(("cache: 8MiB", "cache: 8MiB\n    prefetch: 1MiB")),
    "a worker is added": replacing(("workers: 1", "workers: 2")),
    "both are replaced": replacing(("turn: 100", "turn: 80"), ("batch: 50", "batch: 40, compression: lz4")),
    "a publisher is added": replacing(("publishers:", MORE + "{plugin: jsonl_writer, path: more.jsonl}")),
    "as at the beginning": as_it_was,
}
INVALID = {
    "no YAML": lambda text: text + "}",
    "an unknown plugin": replacing(("plugin: kafka_publisher", "plugin: kafka_publihser")),
    "an unknown option": replacing(("batch: 50", "bacth: 50")),
    "a check that fails": replacing(("publishers:", MORE + "{plugin: jsonl_writer, path: nowhere/more.jsonl}")),
    "a topic that does not exist": replacing((", batch: 50", "_is_missing, batch: 50")),
    "another group": replacing(("group: group_", "group: other_")),
    "what needs a restart": replacing(("service: faults", "service: other")),
    "a secret that is missing": replacing(("batch: 50", "batch: 50, password: {env: NOT_THERE}")),
}


def reload_under_load(load, rng, counts, seconds, count):
    """What row 33 of the fault table asks for. How many files were applied and refused, and the growth of memory."""
    feeder = load.send(seconds, count)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    changes, before, resident = Changes(life), held(life), resident_bytes(life)
    for _ in while_sending(feeder, lambda: min(changes.outcomes()) >= 2):
        changes.apply(rng.choice(list(rng.choice((VALID, INVALID)).values())))
    applied, refused = changes.outcomes()
    changes.apply(as_it_was)
    until(lambda: held(life) == before, 30, lambda: f"{held(life)} instead of {before}\n{life.said()[-3000:]}")
    growth = resident_bytes(life) - resident
    counts(descriptors=len(before[0]), threads=before[1], resident=f"{resident >> 20} MiB and {growth >> 20}")
    verdict = load.end()
    counts(applied=applied, refused=refused, transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0
    return applied, refused, growth


def test_files_are_applied_over_and_over_between_two_topics(kafka_load, rng, counts):
    applied, refused, _ = reload_under_load(kafka_load, rng, counts, seconds=4, count=4_000)
    assert applied >= 2 and refused >= 2


@pytest.mark.long
@pytest.mark.once  # a sanitizer's allocator keeps what was freed
def test_files_are_applied_for_ten_minutes_between_two_topics(tmp_path, database, kafka, superstore_csv, counts):
    seed = random.SystemRandom().randrange(1 << 32)
    counts(seed=seed)
    load = KafkaLoad(tmp_path, database, random.Random(seed), kafka)
    try:
        applied, refused, growth = reload_under_load(load, random.Random(seed), counts, LONG_SECONDS,
                                                     LONG_SECONDS * LONG_RATE)
        assert applied >= 100 and refused >= 100
        assert growth <= GROWTH
    finally:
        load.close()


@pytest.mark.long
def test_a_kill_at_each_step_of_an_apply_loses_nothing_between_two_topics(kafka_load, counts):
    """Each life begins where the last one died."""
    feeder = kafka_load.send(300, count=60_000)  # longer than all lives
    for step in STEPS:
        kill_at_step(kafka_load, step, VALID["both are replaced"])
    feeder.stop()
    kafka_load.start()
    verdict = kafka_load.end()
    counts(kills=kafka_load.kills(), transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats <= len(STEPS) * 2 * 50


STATIC = {
    "it is replaced": replacing(("turn: 100", "turn: 60")),
    "it is replaced again": replacing(("turn: 100", "turn: 70")),
    "it has two workers": replacing(("workers: 1", "workers: 2")),
    "it has another id": replacing(("instance_id: left", "instance_id: middle")),
    "as at the beginning": as_it_was,
}


def test_a_replaced_static_member_stops_before_the_new_one_starts(kafka_load, rng, counts):
    """The old and the new entrypoint have one instance_id: both at a time would fence each other."""
    feeder = kafka_load.send(3, 2_500)
    lives = [kafka_load.start(static="left"), kafka_load.start(static="right")]
    until(lambda: kafka_load.delivered() > 0, 30, kafka_load.tell)
    for life in lives:
        until(life.has_begun, 30, kafka_load.tell)
    changes = Changes(lives[0])
    for _ in while_sending(feeder, lambda: changes.outcomes()[0] >= 2):
        changes.apply(rng.choice(list(STATIC.values())))
    verdict = kafka_load.end()
    counts(applied=changes.outcomes()[0], transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0 and changes.outcomes()[0] >= 2
    assert [life.logged(CODE.INPUT_REFUSED) for life in lives] == [[], []]


def test_two_gateways_with_one_instance_id_fence_each_other_and_nothing_is_doubled(kafka_load, counts):
    """Each waits longer before it joins again, so that the other one works meanwhile."""
    feeder = kafka_load.send(4, 3_000)
    lives = [kafka_load.start(static="shelf") for _ in range(2)]

    def fenced():
        return [len(life.logged(CODE.INPUT_REFUSED, "shelf-0")) for life in lives]

    until(lambda: kafka_load.delivered() > 0, 30, kafka_load.tell)
    until(lambda: min(fenced()) > 0, 30, kafka_load.tell)
    feeder.join()
    times = fenced()
    verdict = kafka_load.end()
    counts(fenced=times, transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0 and sum(times) <= 7  # at 0, 1, 2, 4, 6 s, and one or two more on a slow machine


def test_members_join_and_leave_while_files_are_applied(kafka_load, rng, counts):
    feeder = kafka_load.send(4, 3_000)
    lives = [kafka_load.start(), kafka_load.start(static="right")]
    until(lambda: kafka_load.delivered() > 0, 30, kafka_load.tell)
    changes, joined, left = [Changes(life) for life in lives], 0, 0
    while feeder.is_alive():
        for life in lives:
            until(life.has_begun, 30, kafka_load.tell)
        for _ in range(rng.randint(3, 8)):
            rng.choice(changes).apply(rng.choice(list(rng.choice((VALID, INVALID)).values())))
            time.sleep(EVERY_SECONDS)
        if len(changes) == 2:
            lives.append(kafka_load.start())
            changes.append(Changes(lives[-1]))
            joined += 1
        else:
            life = changes.pop(rng.choice((0, 2))).life
            lives.remove(life)
            assert life.end(signal.SIGTERM) == 0, life.said()
            left += 1
    verdict = kafka_load.end()
    counts(joined=joined, left=left, transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0


def test_two_entrypoints_exchange_their_instance_ids(kafka_load, counts):
    """Each has to wait until the other one has stopped."""
    feeder = kafka_load.send(2, 1_500)
    life = kafka_load.start(static="left")
    until(lambda: kafka_load.delivered() > 0, 30, kafka_load.tell)
    changes = Changes(life)
    block = changes.text[changes.text.index("  orders:"):changes.text.index("publishers:")]
    pair = block + block.replace("  orders:", "  more:").replace("instance_id: left", "instance_id: right")
    exchanged = pair.replace("left", "middle").replace("right", "left").replace("middle", "right")
    for number, entrypoints in enumerate((pair, exchanged, pair), 1):
        changes.apply(replacing((block, entrypoints)))
        until(lambda: sum(changes.outcomes()) == number, 30, life.said)
    feeder.join()
    verdict = kafka_load.end()
    counts(transactions=verdict.transactions, repeats=verdict.repeats)
    assert len(life.logged(CODE.CONFIGURATION_APPLIED)) == 3, life.said()
    assert life.logged(CODE.INPUT_REFUSED) == [] and verdict.repeats == 0


def test_members_that_leave_while_the_group_rebalances_are_gone_afterwards(kafka_load, counts):
    """A suspended member holds the rebalance up until its session has timed out, and nothing is assigned to the members
    that come and go meanwhile."""
    feeder = kafka_load.send(4, 3_000)
    life, other = kafka_load.start(), kafka_load.start(tuning="session.timeout.ms: 4500")
    until(lambda: kafka_load.delivered() > 0, 30, kafka_load.tell)
    until(other.has_begun, 30, kafka_load.tell)
    until(lambda: other.logged(CODE.SOURCE_STARTED) and life.logged(CODE.SOURCE_STARTED), 30, kafka_load.tell)
    changes, before = Changes(life), held(life)
    other.signal(signal.SIGSTOP)
    for number in range(1, 4):
        changes.apply(replacing(("turn: 100", f"turn: {100 + number}")))
        until(lambda: changes.outcomes()[0] == number, 30, life.said)
    other.signal(signal.SIGCONT)
    changes.apply(as_it_was)
    until(lambda: held(life) == before, 40, lambda: f"{held(life)} instead of {before}\n{life.said()[-3000:]}")
    feeder.join()
    verdict = kafka_load.end()
    counts(left_later=len(life.logged(CODE.KAFKA_LEAVE_UNANSWERED)), repeats=verdict.repeats)
    assert verdict.repeats <= 2 * 50

# SPDX-License-Identifier: Apache-2.0
"""The file of a running gateway on SQLite is changed and applied again and again under load. Nothing is lost, doubled or
delivered out of order, also when the gateway is killed in the middle of an apply."""

import random
from collections import Counter

import pytest
from changes import STEPS, Changes, as_it_was, held, kill_at_step, resident_bytes, while_sending
from sqlite_load import SqliteLoad
from test_reloads import INVALID, VALID
from waiting import until

SECONDS, LONG_SECONDS = 5, 600  # of load
LONG_RATE = 200  # commands per second
GROWTH = 20 << 20  # bytes of memory: the caches of products (8 MiB) and of the database (4 MiB a session) fill


@pytest.fixture
def sqlite_load(tmp_path, rng, superstore_csv):
    load = SqliteLoad(tmp_path, rng)
    yield load
    load.close()


SESSIONS = 12  # at most so many at a time: of two generations, the housekeeper and the gateway


def grown(life, before):
    """What the process holds more than before. SQLite keeps the descriptor of a closed session for the next one, because
    closing it would end the locks of all others; so of the database it has as many as there ever were sessions at a time."""
    descriptors, threads = held(life)
    more = Counter(descriptors) - Counter(before[0])
    database = Counter(name for name in descriptors if name.endswith("gangway.db"))
    return more if sum(database.values()) > SESSIONS else more - database, threads - before[1]


def reload_under_load(load, rng, counts, seconds, count):
    """What row 33 of the fault table asks for. How many files were applied and refused, and the growth of memory."""
    feeder = load.feed(seconds, count=count)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    changes, before, resident = Changes(life), held(life), resident_bytes(life)
    for _ in while_sending(feeder, lambda: min(changes.outcomes()) >= 2):
        changes.apply(rng.choice(list(rng.choice((VALID, INVALID)).values())))
    applied, refused = changes.outcomes()
    changes.apply(as_it_was)
    until(lambda: grown(life, before) == (Counter(), 0), 30, lambda: f"{grown(life, before)}\n{life.said()[-3000:]}")
    growth = resident_bytes(life) - resident
    verdict = load.end()
    counts(applied=applied, refused=refused, repeats=verdict.repeats, resident=f"{resident >> 20} MiB and {growth >> 20}")
    assert verdict.repeats == 0
    return applied, refused, growth


def test_files_are_applied_over_and_over_on_sqlite(sqlite_load, rng, counts):
    applied, refused, _ = reload_under_load(sqlite_load, rng, counts, SECONDS, 6_000)
    assert applied >= 2 and refused >= 2


@pytest.mark.long
@pytest.mark.once  # a sanitizer's allocator keeps what was freed
def test_files_are_applied_for_ten_minutes_on_sqlite(tmp_path, superstore_csv, counts):
    seed = random.SystemRandom().randrange(1 << 32)
    counts(seed=seed)
    rng = random.Random(seed)
    load = SqliteLoad(tmp_path, rng)
    try:
        applied, refused, growth = reload_under_load(load, rng, counts, LONG_SECONDS, LONG_SECONDS * LONG_RATE)
        assert applied >= 100 and refused >= 100
        assert growth <= GROWTH
    finally:
        load.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_each_step_of_an_apply_loses_nothing_on_sqlite(sqlite_load, step, counts):
    sqlite_load.feed(2, count=2_000)
    kill_at_step(sqlite_load, step, VALID["both are replaced"])
    sqlite_load.stop_feeding()
    sqlite_load.start()
    verdict = sqlite_load.end()
    counts(repeats=verdict.repeats)
    assert verdict.repeats <= 2 * 50

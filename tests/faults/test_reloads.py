# SPDX-License-Identifier: Apache-2.0
"""The file of a running gateway is changed and applied again and again under load, by SIGHUP. Nothing is lost, doubled or
delivered out of order, and what the process holds is afterwards what it held before."""

import json
import signal
import time

import pytest
from changes import EVERY_SECONDS, STEPS, Changes, held, kill_at_step, resident_bytes
from log_records import CODE
from waiting import until

SECONDS, LONG_SECONDS = 12, 60  # of load; the long run has twenty seeds

VALID = {
    "a publisher is replaced": lambda text: text.replace("batch: 50", "batch: 20"),
    "an entrypoint is replaced": lambda text: text.replace("turn: 100", "turn: 60"),
    "both are replaced": lambda text: text.replace("batch: 50", "batch: 30").replace("turn: 100", "turn: 80"),
    "a publisher is added": lambda text: text.replace("publishers:", "publishers:\n  more: {plugin: jsonl_writer, path: more.jsonl}"),
    "as at the beginning": lambda text: text,
}
INVALID = {
    "no YAML": lambda text: text + "}",
    "an unknown plugin": lambda text: text.replace("plugin: jsonl_writer", "plugin: jsonl_wirter"),
    "an unknown option": lambda text: text.replace("batch: 50", "bacth: 50"),
    "a check that fails": lambda text: text.replace("publishers:", "publishers:\n  more: {plugin: jsonl_writer, path: nowhere/more.jsonl}"),
    "what needs a restart": lambda text: text.replace("service: faults", "service: other"),
    "a secret that is missing": lambda text: text.replace("publishers:", "publishers:\n  more: {plugin: jsonl_writer, path: {env: NOT_THERE}}"),
}


def settle(changes, life, before):
    """The first file is applied once more, and what left has ended."""
    changes.apply(VALID["as at the beginning"])
    until(lambda: held(life) == before, 30, lambda: f"{held(life)} instead of {before}\n{life.said()[-3000:]}")


def test_files_are_applied_over_and_over_under_load(load, rng, counts, request):
    feeder = load.feed(LONG_SECONDS if request.config.getoption("long") else SECONDS)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    changes = Changes(life)
    while feeder.is_alive():
        changes.apply(rng.choice(list(rng.choice((VALID, INVALID)).values())))
        time.sleep(EVERY_SECONDS)
    applied, refused = changes.outcomes()
    verdict = load.end()
    counts(applied=applied, refused=refused, repeats=verdict.repeats)
    assert verdict.repeats == 0
    assert applied >= 3 and refused >= 3


def test_many_files_leave_descriptors_threads_and_memory_where_they_were(load, counts):
    load.feed(1, count=500)
    life = load.start()
    load.wait_until_drained()  # a reader that waits at the end of its file holds one descriptor more
    changes, before = Changes(life), held(life)
    sizes = []
    for number in range(60):
        changes.apply(VALID["both are replaced" if number % 2 == 0 else "a publisher is added"])
        until(lambda: changes.outcomes()[0] > number, 30, load.tell)
        changes.apply(list(INVALID.values())[number % len(INVALID)])
        until(lambda: changes.outcomes()[1] > number, 30, load.tell)
        sizes.append(resident_bytes(life))
    settle(changes, life, before)
    load.end()
    counts(resident=f"{sizes[10] >> 20} to {sizes[-1] >> 20} MiB")
    assert sizes[-1] - sizes[10] < 4 << 20


def test_a_kill_in_the_middle_of_changes_loses_nothing(load, rng, counts):
    feeder = load.feed(8)
    kills = 0
    while feeder.is_alive():
        life = load.start()
        until(life.has_begun, 30, load.tell)
        changes = Changes(life)
        for _ in range(rng.randrange(1, 8)):
            changes.apply(rng.choice(list(VALID.values())))
            time.sleep(rng.uniform(0, EVERY_SECONDS))
        life.end(signal.SIGKILL)
        kills += 1
    load.start()
    verdict = load.end()
    counts(kills=kills, repeats=verdict.repeats)
    assert verdict.repeats <= 2 * 50 * kills


def test_two_gateways_of_one_database_apply_files_of_their_own(load, rng, counts):
    feeder = load.feed(8)
    lives = [load.start(), load.start()]
    for life in lives:
        until(life.has_begun, 30, load.tell)
    both = [Changes(life) for life in lives]
    while feeder.is_alive():
        rng.choice(both).apply(rng.choice(list(VALID.values())))
        time.sleep(EVERY_SECONDS)
    verdict = load.end()
    counts(applied=[changes.outcomes()[0] for changes in both], repeats=verdict.repeats)


def status(life):
    return json.loads(life.gateway.call("status", "--format", "json").out)


def generations(life):
    """The number of the one in force, and how many are alive."""
    found = status(life)
    return found["generation"], found["generations_alive"]


def is_connected(life):
    """Whether every session of the repository is; None: not known."""
    return status(life)["components"]["repository"]["connected"]


def test_files_are_applied_while_the_database_is_away(load, postgres, counts):
    """What is new cannot come up yet; it does when the database is back."""
    load.feed(6)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    changes = Changes(life)
    until(lambda: is_connected(life), 30, life.said)
    postgres.halt("immediate")
    try:
        changes.apply(VALID["both are replaced"])
        until(lambda: generations(life)[0] == 2, 30, life.said)
        until(lambda: is_connected(life) is False, 30, life.said)
        changes.apply(VALID["a publisher is added"])
        until(lambda: life.logged(CODE.CONFIGURATION_NOT_UP), 30, life.said)
    finally:
        postgres.start()
    load.stop_feeding()
    load.wait_until_drained()
    until(lambda: is_connected(life), 30, life.said)
    changes.apply(VALID["as at the beginning"])
    until(lambda: life.logged(CODE.CONFIGURATION_APPLIED, "more removed"), 30, life.said)
    verdict = load.end()
    counts(repeats=verdict.repeats)


def test_three_files_are_applied_while_a_turn_waits_for_the_database(load, postgres, counts):
    """Each gets its verdict at once. The turn keeps the configuration that it began with until it has ended, and nobody
    keeps those in between."""
    feeder = load.feed(4, count=4_000)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    changes = Changes(life)
    postgres.halt("immediate")
    try:
        until(lambda: life.logged(CODE.REPOSITORY_FAILED, "commands"), 30, life.said)
        for number in range(1, 4):
            changes.apply(lambda text, number=number: text.replace("batch: 50", f"batch: {10 + number}"))
            until(lambda number=number: generations(life) == (number + 1, 2), 20, life.said)
        assert len(life.logged(CODE.CONFIGURATION_NOT_UP, "events")) == 2
    finally:
        postgres.start()
    until(lambda: generations(life) == (4, 1), 30, life.said)
    until(lambda: sum(changes.outcomes()) == 3, 30, life.said)
    feeder.join()
    verdict = load.end()
    counts(repeats=verdict.repeats)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_each_step_of_an_apply_loses_nothing(load, rng, step):
    load.feed(3, count=3_000)
    kill_at_step(load, step, VALID["both are replaced"])
    load.stop_feeding()
    load.start()
    verdict = load.end()
    assert verdict.repeats <= 2 * 50

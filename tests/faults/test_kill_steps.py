# SPDX-License-Identifier: Apache-2.0
"""kill -9 at each numbered step of a turn, with each repository. The gateway is built with GANGWAY_FAULT_POINTS and
kills itself as GANGWAY_FAULT=STEP:N:kill says: when it reaches that step for the N-th time."""

import gateway as harness
import ledger
import pytest
import reference
from crash import CrashTest

# The steps of a turn, in order; deliver is the one with an inside.
STEPS = (
    "poll", "decode", "load", "handle", "before-apply", "after-apply", "settle", "before-deliver", "after-deliver",
    "record",
)
# Those of a notifier where the repository keeps notices.
OPENING = ("before-open", "after-open")

WITHOUT_NOTICES = harness.SMALL_STEPS.replace("notifiers:\n  console: {plugin: console_notifier}\n", "").replace(
    ", notify: [console]", ""
)

MIXED = {"changes": 20, "faulty": 3, "repeats": 3}


@pytest.fixture(scope="module", autouse=True)
def fault_points():
    if b"GANGWAY_FAULT" not in harness.binary().read_bytes():
        pytest.skip("this gateway was built without fault points: configure with -DGANGWAY_FAULT_POINTS=ON")


@pytest.fixture
def crash(tmp_path, repository, superstore_commands):
    superstore_commands(8_000, **MIXED)
    test = CrashTest(tmp_path, repository)
    yield test
    test.close()


def die_at(crash, step, times):
    """One life that ends at this step, or by itself when it does not come there so often. Whether it died."""
    killed = crash.ended(crash.gateway.run(env={"GANGWAY_FAULT": f"{step}:{times}:kill"}))
    crash.assert_snapshot_is_sound()
    return killed


def model_of(crash):
    return reference.run(crash.gateway.commands)


def run_to_the_end(crash):
    assert not crash.ended(crash.gateway.run())


def killed_at(crash, step, times):
    model = model_of(crash)
    assert die_at(crash, step, times), f"it never came to {step} {times} times"
    run_to_the_end(crash)
    crash.assert_whole(model)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_it_continues_and_ends_in_the_same_state(crash, step, times):
    killed_at(crash, step, times)


@pytest.mark.parametrize("repository", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("step", OPENING)
def test_killed_while_events_are_opened_it_continues_and_ends_in_the_same_state(crash, step, times):
    killed_at(crash, step, times)


@pytest.mark.parametrize("step", ["after-apply", "after-deliver"])
def test_the_events_keep_their_ids_over_a_crash(crash, step):
    run_to_the_end(crash)
    undisturbed = crash.events()
    crash.start_over()
    assert die_at(crash, step, 2)
    run_to_the_end(crash)
    ledger.assert_equal_lists("events", ledger.first_occurrences(crash.events()), undisturbed)


def test_an_event_is_repeated_when_the_crash_comes_between_delivery_and_its_record(crash):
    crash.configure(WITHOUT_NOTICES)  # whose delivery could be the one that the crash comes after
    assert die_at(crash, "after-deliver", 1)
    run_to_the_end(crash)
    model = model_of(crash)
    assert ledger.assert_events_at_least_once(crash.events(), model) > 0


def test_killed_at_the_same_step_in_every_run_it_still_finishes(crash):
    """Each run gets a little further, until one finishes before it reaches the step at which it would be killed."""
    model = model_of(crash)
    for step in ("after-apply", "record"):
        lives = 0
        while die_at(crash, step, 2) and lives < 5:
            lives += 1
    run_to_the_end(crash)
    crash.assert_whole(model)


def test_killed_at_all_steps_one_after_the_other(crash, rng, counts):
    order = rng.sample(STEPS * 2, 2 * len(STEPS))
    model = model_of(crash)
    killed = sum(die_at(crash, step, 1) for step in order)
    counts(kills=killed)
    assert killed >= 5
    run_to_the_end(crash)
    crash.assert_whole(model)

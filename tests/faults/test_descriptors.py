# SPDX-License-Identifier: Apache-2.0
"""A gateway without a free descriptor runs on, refuses a changed file with the cause, and recovers by itself once it may
open descriptors again. Nothing is lost or doubled."""

from descriptors import apply_with_few_descriptors, apply_without_descriptors
from test_reloads import VALID
from waiting import until


def test_no_descriptor_is_left_when_the_database_restarts_and_a_file_is_applied(load, postgres, counts):
    feeder = load.feed(5, count=5_000)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)

    def restart():
        postgres.halt("immediate")
        postgres.start()

    busy = apply_without_descriptors(life, restart, VALID["both are replaced"])
    feeder.join()
    verdict = load.end()
    counts(repeats=verdict.repeats, busy=f"{busy:.0%}")
    assert busy < 0.5


def different(number):
    """A change of the file that none before has made."""
    return lambda text: VALID["a publisher is added"](text).replace("batch: 50", f"batch: {10 + number}").replace(
        "turn: 100", f"turn: {60 + number}")


def test_a_file_is_applied_with_any_number_of_free_descriptors(load, counts):
    load.feed(8, count=10_000)
    life = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    applied, refused = apply_with_few_descriptors(life, range(20), different)
    verdict = load.end()
    counts(refused=refused, applied=applied, repeats=verdict.repeats)
    assert refused >= 3 and applied >= 3 and verdict.repeats == 0

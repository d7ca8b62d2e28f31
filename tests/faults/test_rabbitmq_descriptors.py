# SPDX-License-Identifier: Apache-2.0
"""A gateway between a queue and an exchange without a free descriptor runs on, refuses a changed file with the cause, and
recovers by itself once it may open descriptors again. Nothing is lost or doubled."""

import pytest
from changes import replacing
from descriptors import apply_with_few_descriptors, apply_without_descriptors
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

SPARES = range(0, 16, 2)


def different(number):
    """A change of the file that none before has made."""
    return replacing(("turn: 100", f"turn: {60 + number}"), ("batch: 50", f"batch: {10 + number}"))


def test_no_descriptor_is_left_when_all_connections_are_closed_and_a_file_is_applied(bridge_load, counts):
    sender = bridge_load.send(5, 3_000)
    life = bridge_load.start()
    until(lambda: bridge_load.delivered() > 0, 30, bridge_load.tell)

    def restart():
        for proxy in bridge_load.proxies:
            proxy.reset()

    busy = apply_without_descriptors(life, restart, different(1))
    sender.join()
    verdict = bridge_load.end()
    counts(busy=f"{busy:.0%}", repeats=verdict.repeats)
    assert busy < 0.5


def test_a_file_is_applied_between_a_queue_and_an_exchange_with_few_free_descriptors(bridge_load, counts):
    sender = bridge_load.send(20, 6_000)
    life = bridge_load.start()
    until(lambda: bridge_load.delivered() > 0, 30, bridge_load.tell)
    applied, refused = apply_with_few_descriptors(life, SPARES, different)
    sender.stop()
    verdict = bridge_load.end()
    counts(applied=applied, refused=refused, repeats=verdict.repeats)
    assert refused >= 2 and applied >= 3 and verdict.repeats == 0

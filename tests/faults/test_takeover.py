# SPDX-License-Identifier: Apache-2.0
"""Two gateways read the same file on one PostgreSQL database, and one of them is killed, or stopped and resumed
late. The other one continues at the stored position and delivers within a bound; the late one does no harm. The
position is compared and set in the database, so it does not matter which of the two commits a turn."""

import signal
import time

import pytest
from load import BATCH
from proxy import Proxy
from waiting import until

KILLED_SECONDS, STOPPED_SECONDS = 5, 15
ASLEEP_SECONDS = 3  # after the other has taken over


def two(load, seconds):
    """A gateway that delivers, and one that waits to."""
    load.feed(seconds)
    first = load.start()
    until(lambda: load.delivered() > 0, 30, load.tell)
    return first, load.start()


def wait_for_the_second(load, second):
    until(second.has_begun, 30, load.tell)


def takeover_seconds(load, limit):
    """How long nothing is delivered from now on."""
    before = load.delivered()
    return until(lambda: load.delivered() > before, limit, load.tell)


def test_the_other_gateway_takes_over_when_the_holder_is_killed(load, counts):
    first, second = two(load, 8)
    wait_for_the_second(load, second)
    first.end(signal.SIGKILL)
    seconds = takeover_seconds(load, KILLED_SECONDS)
    load.stop_feeding()
    verdict = load.end()
    counts(takeover_seconds=f"{seconds:.2f}", repeats=verdict.repeats)
    assert verdict.repeats <= BATCH


def test_the_other_gateway_takes_over_from_a_suspended_holder_and_resuming_it_does_no_harm(load, counts):
    first, second = two(load, 16)
    wait_for_the_second(load, second)
    first.freeze(load.events)
    seconds = takeover_seconds(load, STOPPED_SECONDS)
    taken = load.taken()
    until(lambda: load.taken() > taken, 10, load.tell)  # the worker continues as well
    time.sleep(load.rng.uniform(0, ASLEEP_SECONDS))  # how long it sleeps is the fault's own measure
    first.signal(signal.SIGCONT)
    taken = load.taken()
    until(lambda: load.taken() > taken or load.is_drained(), 10, load.tell)  # both work
    load.stop_feeding()
    verdict = load.end()
    counts(takeover_seconds=f"{seconds:.2f}", repeats=verdict.repeats)
    assert verdict.repeats <= BATCH


def test_the_other_gateway_takes_over_when_the_holders_network_fails(load, postgres, counts):
    """The connection is neither reset nor closed, as when a machine dies or a cable is cut: only a timeout detects it,
    at both ends."""
    with Proxy(postgres.port) as proxy:
        load.feed(16)
        load.start(url=proxy.url(load.database.url), options=", statement_timeout: 3s, connect_timeout: 3s")
        until(lambda: load.delivered() > 0, 30, load.tell)
        wait_for_the_second(load, load.start())
        proxy.swallow()
        until(lambda: load.pending() > 0, 10, load.tell)  # from now on only the second can take rows out
        oldest = load.database.psql("SELECT min(number + first_pending) FROM gangway.outbox_blocks")
        seconds = until(lambda: load.database.psql("SELECT min(number + first_pending) FROM gangway.outbox_blocks") != oldest, STOPPED_SECONDS,
                        load.tell)
        proxy.heal()
        proxy.reset()
        load.stop_feeding()
        verdict = load.end()
    counts(takeover_seconds=f"{seconds:.2f}", repeats=verdict.repeats)
    assert verdict.repeats <= BATCH


def test_gateways_suspended_resumed_killed_and_restarted_at_random(load, rng, counts):
    feeder = load.feed(12, count=20_000)
    lives = [load.start(), load.start()]
    done = dict.fromkeys(("stopped", "killed", "ended"), 0)
    while feeder.is_alive():
        index = rng.randrange(2)
        life, what = lives[index], rng.choice(list(done))
        done[what] += 1
        if what == "stopped":
            life.signal(signal.SIGSTOP)
            time.sleep(rng.uniform(0, 2))
            life.signal(signal.SIGCONT)
        else:
            life.end(signal.SIGKILL if what == "killed" else signal.SIGTERM)
            lives[index] = load.start()
        time.sleep(rng.uniform(0, 1))
    verdict = load.end()
    counts(**done, repeats=verdict.repeats)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_terminated_at_random_under_load_repeatedly(load, rng, counts, number):
    """SIGTERM drains, so that nothing is delivered twice. A kill may repeat the deliveries in progress."""
    feeder = load.feed(7)
    lives = 0
    while feeder.is_alive():
        life = load.start()
        until(life.has_begun, 30, load.tell)
        time.sleep(rng.uniform(0, 1))
        status = life.end(number)
        assert status == (0 if number == signal.SIGTERM else -number), life.said()
        lives += 1
    load.start()
    verdict = load.end()
    counts(lives=lives, repeats=verdict.repeats)
    assert verdict.repeats == 0 if number == signal.SIGTERM else verdict.repeats <= lives * BATCH

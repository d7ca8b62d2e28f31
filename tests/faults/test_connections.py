# SPDX-License-Identifier: Apache-2.0
"""The connection between a gateway and PostgreSQL: cut between a commit and its answer, slow, cut anywhere, or
without a server behind it."""

import signal

import pytest
from proxy import AFTER_REQUEST, BEFORE_ANSWER, BEFORE_READY, BEFORE_REQUEST, Proxy
from waiting import until


@pytest.fixture
def proxy(postgres):
    with Proxy(postgres.port) as proxy:
        yield proxy


def start(load, proxy, **options):
    return load.start(url=proxy.url(load.database.url), **options)


@pytest.mark.parametrize("place", [BEFORE_REQUEST, AFTER_REQUEST, BEFORE_ANSWER, BEFORE_READY])
def test_cut_at_every_third_apply(load, proxy, counts, place):
    """The gateway cannot know whether the turn was committed: it must find out, and continue with the next."""
    load.write(count=5_000)
    proxy.cut("apply", place, when=lambda number: number % 3 == 0)
    life = start(load, proxy, follow=False)
    assert life.join(120) == 0, life.said()
    verdict = load.judge()
    counts(cuts=proxy.cuts, applies=proxy.matches, repeats=verdict.repeats)
    assert proxy.cuts >= 5


def test_cut_during_a_slow_commit(load, proxy, counts):
    """A deferred trigger runs inside the commit. The client is disconnected, reconnects, and sends the same turn again
    while the first one is still running."""
    load.write(count=2_000)
    life = start(load, proxy, follow=False)
    life.end(signal.SIGKILL)  # the tables are there
    load.database.psql("""CREATE FUNCTION audit.dawdle() RETURNS trigger LANGUAGE plpgsql AS
                          $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$""")
    load.database.psql("""CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON gangway.positions DEFERRABLE INITIALLY DEFERRED
                          FOR EACH ROW EXECUTE FUNCTION audit.dawdle()""")
    proxy.cut("apply", AFTER_REQUEST, when=lambda number: number % 3 == 0)
    life = start(load, proxy, follow=False)
    assert life.join(120) == 0, life.said()
    verdict = load.judge()
    counts(cuts=proxy.cuts, applies=proxy.matches, repeats=verdict.repeats)
    assert proxy.cuts >= 3


def test_an_answer_that_is_late_and_then_lost(load, proxy, counts):
    load.write(count=2_000)
    proxy.cut("apply", BEFORE_ANSWER, when=lambda number: number % 4 == 0, hold_s=0.5)
    life = start(load, proxy, follow=False)
    assert life.join(120) == 0, life.said()
    verdict = load.judge()
    counts(cuts=proxy.cuts, repeats=verdict.repeats)


def test_reset_after_any_number_of_bytes(load, proxy, rng, counts):
    """Also in the middle of a login, of a message, of an answer."""
    load.write(count=5_000)
    proxy.reset_within(300_000, rng)
    life = start(load, proxy)
    until(lambda: proxy.cuts >= 10 or load.is_drained(), 60, load.tell)
    proxy.heal()
    verdict = load.end()
    counts(cuts=proxy.cuts, repeats=verdict.repeats)
    assert proxy.cuts >= 3 and life.status == 0


def test_a_slow_network_only_slows_it_down(load, proxy, counts):
    load.write(count=2_000)
    proxy.slow(0.05)
    life = start(load, proxy, follow=False)
    assert life.join(120) == 0, life.said()
    counts(repeats=load.judge().repeats)


def test_a_connection_without_answers_is_given_up(load, proxy, counts):
    """The connection is neither reset nor closed: only a timeout detects it. The gateway recovers within half a minute
    after the network does."""
    load.feed(6)
    life = start(load, proxy, options=", statement_timeout: 2s, connect_timeout: 2s")
    until(lambda: load.delivered() > 0, 30, load.tell)
    proxy.swallow()
    before = life.said()
    until(lambda: len(life.said()) > len(before), 40, load.tell)  # it logs that
    proxy.heal()
    taken = load.taken()
    until(lambda: load.taken() > taken or load.is_drained(), 30, load.tell)
    load.stop_feeding()
    verdict = load.end()
    counts(repeats=verdict.repeats)

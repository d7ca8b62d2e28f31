# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL stops, starts again, or another session locks a table, while a gateway works with it."""

import signal
import time

from load import BATCH
from waiting import until


def test_restarted_at_once_at_random(load, postgres, rng, counts):
    """-m immediate: no goodbye, and the server recovers from its log."""
    feeder = load.feed(10, count=20_000)
    load.start()
    restarts = 0
    while feeder.is_alive() or restarts < 4:
        time.sleep(rng.uniform(0.2, 2))
        postgres.restart("immediate")
        restarts += 1
    verdict = load.end()
    counts(restarts=restarts, repeats=verdict.repeats)
    assert verdict.repeats <= 2 * restarts * BATCH


def test_the_gateway_waits_for_an_unreachable_server_at_the_start(load, postgres):
    load.write(count=2_000)
    load.start(follow=False).end(signal.SIGKILL)  # whose start has made the tables
    postgres.halt()
    try:
        life = load.start(follow=False)
        until(lambda: "refused" in life.said() or "No such file" in life.said(), 20, life.said)
    finally:
        postgres.start()
    assert life.join() == 0, life.said()
    load.judge()


def test_the_gateway_waits_for_a_locked_table(load, counts):
    load.feed(6)
    life = load.start(options=", lock_timeout: 500ms")
    until(lambda: load.taken() > 0, 30, load.tell)
    other = load.database.connect()
    other.autocommit = False
    other.cursor().execute("LOCK TABLE gangway.products IN ACCESS EXCLUSIVE MODE")
    taken = load.taken()
    until(lambda: "lock timeout" in life.said(), 15, load.tell)
    assert load.taken() <= taken + 100_000  # what was in progress
    stood = load.taken()
    time.sleep(1)  # the lock is held all the time
    assert load.taken() == stood and life.is_running()
    other.rollback()
    other.close()
    seconds = until(lambda: load.taken() > stood, 30, load.tell)
    load.stop_feeding()
    verdict = load.end()
    counts(recovered_after_seconds=f"{seconds:.2f}", repeats=verdict.repeats)
    assert verdict.repeats == 0

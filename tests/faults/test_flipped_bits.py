# SPDX-License-Identifier: Apache-2.0
"""Bits flip between a gateway and its servers, without TLS. Nothing crashes or hangs, and the gateway recovers by
itself when the line is correct again.

PostgreSQL's protocol has no checksum, so a flipped bit in a value that remains valid cannot be detected. These tests
flip bits in the frame of a message, its type or its length, which must never be read as an answer.
"""

import pytest
from load import RECOVERY_SECONDS
from proxy import Proxy
from waiting import until

FLIPS = 5


@pytest.fixture
def proxy(postgres):
    with Proxy(postgres.port) as proxy:
        yield proxy


def test_flipped_frames_of_postgresql_are_detected(load, proxy, rng, counts):
    feeder = load.feed(4, count=8_000)
    life = load.start(url=proxy.url(load.database.url), options=", statement_timeout: 1s, connect_timeout: 2s")
    until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
    proxy.flip_frames(200, rng)
    until(lambda: proxy.flips >= FLIPS or not life.is_running(), 60, load.tell)
    assert life.is_running(), life.said()
    proxy.heal()
    feeder.join()
    verdict = load.end()
    counts(flips=proxy.flips, repeats=verdict.repeats)

# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL is away for longer than RabbitMQ waits for an acknowledgement (consumer_timeout), again and again: the broker
closes the channel each time, the messages come again, and none exceeds the delivery limit of a quorum queue. Nothing is
dropped."""

import random

import pytest
from proxy import Proxy
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

TIMEOUT_MS = 2000
MESSAGES_PER_ROUND = 150


@pytest.fixture
def rng():
    """Nothing here is chosen at random, so that the long form runs once, not with each seed."""
    return random.Random(1)


@pytest.fixture
def impatient(rabbit):
    """The node with a short consumer_timeout, looked at once a second."""
    rabbit.control("eval", f"application:set_env(rabbit, consumer_timeout, {TIMEOUT_MS}), "
                           "application:set_env(rabbit, channel_tick_interval, 1000).")
    yield rabbit
    rabbit.control("eval", "application:set_env(rabbit, consumer_timeout, 1800000), "
                           "application:set_env(rabbit, channel_tick_interval, 60000).")


def go_away(load, postgres, rounds):
    with Proxy(postgres.port) as proxy:
        life = load.start(url=proxy.url(load.database.url))
        load.send(0, MESSAGES_PER_ROUND).join()
        until(lambda: load.taken() == load.confirmed(), 30, load.tell)
        for number in range(1, rounds + 1):
            proxy.lead_to(None)
            proxy.reset()
            load.send(0, MESSAGES_PER_ROUND).join()
            until(lambda: len(life.logged("GW-W612")) >= number, 30, load.tell)  # the broker has lost its patience
            proxy.lead_to(postgres.port)
            until(lambda: load.taken() == load.confirmed(), 30, load.tell)
        return load.end()


def test_the_repository_is_away_for_longer_than_the_consumer_timeout(impatient, rabbit_load, postgres, counts):
    counts(transactions=go_away(rabbit_load, postgres, 2).transactions)


@pytest.mark.long
def test_the_repository_is_away_25_times(impatient, rabbit_load, postgres, counts):
    counts(transactions=go_away(rabbit_load, postgres, 25).transactions)

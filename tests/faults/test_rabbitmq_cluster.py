# SPDX-License-Identifier: Apache-2.0
"""The leader of a quorum queue is killed under load, again and again: of the queue that a gateway reads, and of the queue
that its events go to. All continue on the other nodes."""

import pytest
from rabbitmq import RabbitCluster, RabbitUnavailable
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

from exchange_load import ExchangeLoad  # noqa: E402
from rabbit_load import RabbitLoad  # noqa: E402  (after the look whether its module is there)

KILLS = 3


@pytest.fixture(scope="module")
def cluster():
    try:
        nodes = RabbitCluster()
    except RabbitUnavailable as missing:
        pytest.skip(str(missing))
    with nodes:
        yield nodes


@pytest.fixture
def load(tmp_path, database, rng, superstore_csv, cluster):
    load = RabbitLoad(tmp_path, database, rng, cluster)
    load.declare()
    yield load
    load.close()


@pytest.fixture
def exchange_load(tmp_path, database, rng, superstore_csv, cluster):
    load = ExchangeLoad(tmp_path, database, rng, cluster)
    yield load
    load.close()


def hosts_of(cluster):
    return f"hosts: [{', '.join(cluster.hosts)}]"


def kill_leaders(cluster, queue, sender, count, tell):
    """KILLS times, whenever 500 more messages have passed. count(): how many have."""
    for number in range(1, KILLS + 1):
        until(lambda: count() >= number * 500, 60, tell)
        leader = cluster.leader(queue)
        leader.kill()
        before = count()
        until(lambda: count() > before + 100 or not sender.is_alive(), 60, tell)
        leader.start()


@pytest.mark.long
def test_the_leader_of_a_queue_that_is_read_is_killed(load, cluster, counts):
    sender = load.send(20, 4_000)
    load.start(options=hosts_of(cluster))
    kill_leaders(cluster, load.queue, sender, load.taken, load.tell)
    verdict = load.end()
    counts(kills=KILLS, transactions=verdict.transactions, repeats=verdict.repeats)


@pytest.mark.long
def test_the_leader_of_a_queue_that_events_go_to_is_killed(exchange_load, cluster, counts):
    """A publisher on another node waits for the confirm of the new leader; one on that node connects elsewhere."""
    load = exchange_load
    load.publisher = hosts_of(cluster)
    feeder = load.feed(20, count=6_000)
    load.start()
    kill_leaders(cluster, load.exchange.queue, feeder, load.delivered, load.tell)
    verdict = load.end()
    counts(kills=KILLS, transactions=verdict.transactions, repeats=verdict.repeats)

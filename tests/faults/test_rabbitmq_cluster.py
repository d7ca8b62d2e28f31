# SPDX-License-Identifier: Apache-2.0
"""The leader of a quorum queue is killed under load, again and again. Sender and gateway continue on the other nodes."""

import pytest
from rabbitmq import RabbitCluster, RabbitUnavailable
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

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


@pytest.mark.long
def test_the_leader_of_a_quorum_queue_is_killed(load, cluster, counts):
    sender = load.send(20, 4_000)
    load.start(options=f"hosts: [{', '.join(cluster.hosts)}]")
    for number in range(1, KILLS + 1):
        until(lambda: load.taken() >= number * 500, 60, load.tell)
        leader = cluster.leader(load.queue)
        leader.kill()
        before = load.taken()
        until(lambda: load.taken() > before + 100 or not sender.is_alive(), 60, load.tell)
        leader.start()
    verdict = load.end()
    counts(kills=KILLS, transactions=verdict.transactions, repeats=verdict.repeats)

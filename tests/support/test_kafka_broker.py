# SPDX-License-Identifier: Apache-2.0
"""The tests' own Kafka is the real one, keeps what it confirmed when a node is killed, and leaves nothing behind."""

import os
import subprocess
import time
import uuid

import kafka_broker
import pytest
from confluent_kafka import Consumer, KafkaError, Producer


def start(nodes):
    try:
        return kafka_broker.Cluster(nodes)
    except kafka_broker.KafkaUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture(scope="module")
def single():
    with start(1) as cluster:
        yield cluster


def produce(cluster, topic, values, seconds=30):
    """Returns the values that were confirmed, in order."""
    confirmed = []
    producer = Producer({"bootstrap.servers": cluster.url, "acks": "all", "enable.idempotence": True, "log_level": 0,
                         "message.timeout.ms": seconds * 1000})
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, message: error or confirmed.append(message.value()))
    producer.flush(seconds + 10)
    return confirmed


def consume(cluster, topic, wanted, seconds=90):
    """Everything from the beginning of the topic, until all that is wanted was there."""
    consumer = Consumer({"bootstrap.servers": cluster.url, "group.id": str(uuid.uuid4()), "log_level": 0,
                         "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    values, deadline = [], time.monotonic() + seconds
    while not set(wanted) <= set(values) and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            values.append(message.value())
        elif message is not None:
            assert message.error().retriable() or message.error().code() == KafkaError._ALL_BROKERS_DOWN
    consumer.close()
    return values


def numbered(first, count):
    return [b"%d" % number for number in range(first, first + count)]


def test_it_listens_below_the_ephemeral_ports_and_runs_as_nobody_special(single):
    node = single.nodes[0]
    assert node.port < 32768 and node.controller_port < 32768
    assert os.stat(f"/proc/{node.process.pid}").st_uid != 0


def test_what_is_produced_is_consumed(single):
    topic = single.create_topic("orders", partitions=1)
    assert produce(single, topic, numbered(0, 50)) == numbered(0, 50)
    assert consume(single, topic, numbered(0, 50)) == numbered(0, 50)
    listed = subprocess.run(["kcat", "-L", "-b", single.url], capture_output=True, text=True, timeout=60, check=True)
    assert '"orders" with 1 partitions' in listed.stdout


def test_a_killed_node_keeps_what_it_confirmed(single):
    topic = single.create_topic("kept")
    assert produce(single, topic, numbered(0, 20)) == numbered(0, 20)
    single.restart()
    assert produce(single, topic, numbered(20, 5)) == numbered(20, 5)
    assert consume(single, topic, numbered(0, 25)) == numbered(0, 25)


def test_jars_that_cannot_be_fetched_are_no_failure_of_the_broker(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kafka_broker.KafkaUnavailable):
        kafka_broker.fetch_jars()


def test_three_nodes_serve_while_one_is_dead_and_refuse_while_two_are():
    with start(3) as cluster:
        topic = cluster.create_topic("orders", partitions=3)
        assert len(produce(cluster, topic, numbered(0, 30))) == 30
        cluster.kill(1)
        assert len(produce(cluster, topic, numbered(30, 30), seconds=60)) == 30
        cluster.kill(2)
        assert produce(cluster, topic, numbered(60, 1), seconds=5) == []
        cluster.start()
        assert len(produce(cluster, topic, numbered(100, 30), seconds=60)) == 30
        cluster.stop(0)
        assert len(produce(cluster, topic, numbered(130, 5), seconds=60)) == 5
        cluster.start(0)
        confirmed = numbered(0, 60) + numbered(100, 35)  # number 60 may be there or not
        assert set(consume(cluster, topic, confirmed)) - {b"60"} == set(confirmed)
        pids = [node.process.pid for node in cluster.nodes]
    assert not cluster.folder.exists()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)

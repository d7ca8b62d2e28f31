# SPDX-License-Identifier: Apache-2.0
"""The tests' Kafka is the real one, keeps confirmed records when a node is killed, and leaves nothing behind."""

import os
import subprocess
import time
import uuid
from pathlib import Path

import kafka_choice
import kafka_jars
import pytest
from confluent_kafka import Consumer, KafkaError, Producer

WITH_KAFKA = Path(__file__).parent / "with_kafka"


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


def test_it_listens_below_the_ephemeral_ports_and_runs_as_nobody_special(kafka):
    kafka.needs_real("the mock runs as whoever runs the tests")
    node = kafka.nodes[0]
    assert node.port < 32768 and node.controller_port < 32768
    assert os.stat(f"/proc/{node.process.pid}").st_uid != 0


def test_what_is_produced_is_consumed(kafka):
    topic = kafka.create_topic("orders", partitions=1)
    assert produce(kafka, topic, numbered(0, 50)) == numbered(0, 50)
    assert consume(kafka, topic, numbered(0, 50)) == numbered(0, 50)
    listed = subprocess.run(["kcat", "-L", "-b", kafka.url], capture_output=True, text=True, timeout=60, check=True)
    assert '"orders" with 1 partitions' in listed.stdout


def test_a_killed_node_keeps_what_it_confirmed(kafka):
    topic = kafka.create_topic("kept")
    assert produce(kafka, topic, numbered(0, 20)) == numbered(0, 20)
    kafka.restart()
    assert produce(kafka, topic, numbered(20, 5)) == numbered(20, 5)
    assert consume(kafka, topic, numbered(0, 25)) == numbered(0, 25)


def test_a_broker_that_is_held_answers_nobody_and_loses_nothing(kafka):
    topic = kafka.topic()
    assert produce(kafka, topic, numbered(0, 3)) == numbered(0, 3)
    kafka.hold()
    assert produce(kafka, topic, numbered(3, 1), seconds=1) == []
    kafka.release()
    assert produce(kafka, topic, numbered(4, 2)) == numbered(4, 2)
    assert set(consume(kafka, topic, numbered(0, 3) + numbered(4, 2))) - {b"3"} == {b"0", b"1", b"2", b"4", b"5"}


def test_whatever_was_done_to_a_cluster_it_can_be_healed(kafka):
    kafka.hold()
    kafka.heal()
    assert len(produce(kafka, kafka.topic(), numbered(0, 1))) == 1
    kafka.kill()
    kafka.heal()
    assert len(produce(kafka, kafka.topic(), numbered(0, 1))) == 1


def test_a_program_is_run_beside_a_broker(kafka):
    same = 'test "$GANGWAY_TEST_KAFKA_BROKERS" = {brokers} && kill -0 $GANGWAY_TEST_KAFKA_PID'
    program = "kcat -L -b {brokers} && " + same + " && exit 3"
    done = subprocess.run([WITH_KAFKA, "sh", "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "1 brokers" in done.stdout


def test_jars_that_cannot_be_fetched_are_no_failure_of_the_broker(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kafka_jars.KafkaUnavailable):
        kafka_jars.fetch_jars()


def test_an_unreachable_maven_repository_is_reported_in_one_line(monkeypatch, tmp_path):
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\nprintf '\\033[1;31m[ERROR]\\033[m No plugin found -> [Help 1]\\n[ERROR] Run again\\n'\n"
                     "exit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(kafka_jars.KafkaUnavailable) as raised:
        kafka_jars.fetch_jars()
    assert str(raised.value) == "Maven reaches no repository (No plugin found)"


def test_a_client_that_no_new_broker_lets_in_is_tried_on_an_old_one():
    assert [kafka_jars.version_for_scram(client) for client in ("2.0.2", "2.6.0", "2.6.1", "2.12.1")] == [
        "3.9.1", "3.9.1", "4.1.1", "4.1.1"]


def test_three_nodes_serve_while_one_is_dead_and_refuse_while_two_are():
    with kafka_choice.start(3) as cluster:
        cluster.needs_real("the mock confirms what two nodes of three do not have")
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

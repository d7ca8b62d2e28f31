# SPDX-License-Identifier: Apache-2.0
"""Without the real Kafka the tests run on the mock as far as possible, and report that they do."""

import subprocess
import sys
import unittest
import uuid
from pathlib import Path

import kafka_choice
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

SUPPORT = Path(__file__).parent


@pytest.fixture
def mock(monkeypatch):
    monkeypatch.setenv("GANGWAY_KAFKA", "mock")
    with kafka_choice.start(3) as cluster:
        yield cluster


def produce(cluster, topic, count, seconds=10):
    confirmed = []
    producer = Producer({"bootstrap.servers": cluster.url, "log_level": 0, "message.timeout.ms": 1000 * seconds})
    for _ in range(count):
        producer.produce(topic, b"x", on_delivery=lambda error, _: error or confirmed.append(1))
    producer.flush(seconds + 5)
    return len(confirmed)


def test_what_is_produced_is_there(mock):
    topic = mock.topic(partitions=2)
    assert produce(mock, topic, 50) == 50
    consumer = Consumer({"bootstrap.servers": mock.url, "group.id": str(uuid.uuid4()), "log_level": 0})
    assert len(consumer.list_topics(topic).topics[topic].partitions) == 2
    assert sum(consumer.get_watermark_offsets(TopicPartition(topic, number))[1] for number in (0, 1)) == 50


def test_its_nodes_end_and_come_back(mock):
    topic = mock.topic()
    mock.kill()
    assert produce(mock, topic, 1, seconds=1) == 0
    mock.heal()
    assert produce(mock, topic, 1) == 1


def test_what_it_has_not_is_skipped_and_not_passed(mock):
    for use in (lambda: mock.describe_group("orders"), lambda: mock.secure_url("TLS"), lambda: mock.nodes,
                lambda: mock.topic(retention_ms=1), lambda: mock.needs_real("a test"),
                lambda: kafka_choice.start(1, is_secure=True)):
        with pytest.raises(unittest.SkipTest, match="^needs a real Kafka"):
            use()


def run_with_kafka(*arguments):
    return subprocess.run([SUPPORT / "with_kafka", *arguments], capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "GANGWAY_KAFKA": "mock"} | build_folder())


def test_a_program_is_run_beside_it_and_gets_its_address():
    done = run_with_kafka("kcat", "-L", "-b", "{brokers}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{kafka_choice.describe(kafka_choice.ASKED)}\nMetadata for all topics")


def test_a_program_that_needs_a_real_one_is_skipped_with_the_reason():
    done = run_with_kafka("--real", "it asks for the impossible", "echo", "ran")
    assert (done.returncode, done.stdout) == (77, "skipped: needs a real Kafka: it asks for the impossible\n")


def test_who_chooses_says_why(tmp_path):
    choice = [sys.executable, SUPPORT / "kafka_choice.py"]
    done = subprocess.run(choice, capture_output=True, text=True, timeout=60, env={"PATH": str(tmp_path)})
    told = (3, "Kafka: librdkafka's mock cluster, because java is not installed\n")
    assert (done.returncode, done.stdout) == told
    again = {"GANGWAY_KAFKA": "mock", "GANGWAY_KAFKA_REASON": "java is not installed"}
    done = subprocess.run(choice, capture_output=True, text=True, timeout=60, env=again)
    assert (done.returncode, done.stdout) == told


def build_folder():
    import gateway
    return {"GANGWAY_BUILD_DIR": str(gateway.build_folder())}

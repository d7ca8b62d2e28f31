# SPDX-License-Identifier: Apache-2.0
"""Operations on the tests' Kafka: describing groups, deleting records and topics, moving leaders, and a proxy
between broker and clients."""

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition


def produce(url, topic, count, partition=0, seconds=30):
    """How many messages were confirmed."""
    confirmed = []
    producer = Producer({"bootstrap.servers": url, "log_level": 0, "message.timeout.ms": 1000 * seconds})
    for _ in range(count):
        producer.produce(topic, b"x", partition=partition,
                         on_delivery=lambda error, message: error or confirmed.append(message.offset()))
    producer.flush(seconds + 10)
    return len(confirmed)


def consumer_of(cluster, group):
    return Consumer({"bootstrap.servers": cluster.url, "group.id": group, "log_level": 0, "enable.auto.commit": False})


def test_a_group_is_described_as_operators_see_it(kafka):
    topic = kafka.topic(partitions=2)
    produce(kafka.url, topic, 5, partition=1)
    consumer = consumer_of(kafka, topic)
    consumer.commit(offsets=[TopicPartition(topic, 1, 3)], asynchronous=False)
    consumer.close()
    assert kafka.committed(topic) == {(topic, 1): 3}
    (row,) = kafka.describe_group(topic)
    assert (row["log-end-offset"], row["lag"], row["consumer-id"]) == (5, 2, None)


def test_records_are_deleted_below_an_offset(kafka):
    topic = kafka.topic()
    produce(kafka.url, topic, 5)
    kafka.delete_records(topic, 0, 4)
    assert consumer_of(kafka, topic).get_watermark_offsets(TopicPartition(topic, 0)) == (4, 5)


def test_a_deleted_topic_is_gone_and_can_be_created_again(kafka):
    topic = kafka.topic()
    produce(kafka.url, topic, 5)
    kafka.delete_topic(topic)
    assert topic not in kafka.admin().list_topics(timeout=10).topics
    kafka.create_topic(topic)
    assert consumer_of(kafka, topic).get_watermark_offsets(TopicPartition(topic, 0)) == (0, 0)


def test_a_leader_moves_and_its_partition_serves_on(kafka_cluster):
    topic = kafka_cluster.topic()
    number = (kafka_cluster.leader(topic, 0) + 1) % 3
    kafka_cluster.move_leader(topic, 0, number)
    assert kafka_cluster.leader(topic, 0) == number
    assert produce(kafka_cluster.url, topic, 5) == 5


def test_a_client_that_comes_through_a_proxy_stays_there(kafka):
    topic, proxy = kafka.topic(), kafka.nodes[0].proxy
    assert produce(kafka.proxied_url, topic, 5) == 5
    proxy.swallow()
    assert produce(kafka.proxied_url, topic, 1, seconds=1) == 0
    assert produce(kafka.url, topic, 1) == 1
    proxy.heal()
    assert produce(kafka.proxied_url, topic, 1) == 1


def test_a_tool_that_fails_says_why(kafka):
    with pytest.raises(RuntimeError, match="invalid topic"):
        kafka.delete_records("no topic's name", 0, 1)
    with pytest.raises(RuntimeError, match="operations"):
        kafka.allow("guest", "Fly", topic="orders")

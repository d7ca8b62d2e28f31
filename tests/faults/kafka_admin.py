# SPDX-License-Identifier: Apache-2.0
"""What administrators and other programs do to a group and to topics while gateways run, in addition to the
cluster's own operations (tests/support/kafka_tools.py)."""

import time

from confluent_kafka import Consumer, KafkaException, TopicPartition
from kafka_tools import GROUPS


def reset_offsets(cluster, group):
    """The committed offsets of a group without members go back to the beginning."""
    cluster.tool(GROUPS, "--group", group, "--reset-offsets", "--to-earliest", "--all-topics", "--execute")


def delete_group(cluster, group):
    cluster.tool(GROUPS, "--group", group, "--delete")


def create_again(cluster, name, partitions):
    """Another topic with the name of one that was deleted."""
    deadline = time.monotonic() + 30
    while True:
        try:
            cluster.create_topic(name, partitions)
            return
        except KafkaException:  # some node has still to remove the old one
            assert time.monotonic() < deadline, f"{name} cannot be made"


def committed(cluster, group, sources):
    """source -> the offset that the broker has for a group, of those that have one"""
    wanted = [TopicPartition(*source) for source in sources]
    deadline = time.monotonic() + 30
    while True:
        try:
            found = with_client(cluster, group, lambda client: client.committed(wanted, timeout=10))
            return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}
        except KafkaException:  # its coordinator moves
            if time.monotonic() > deadline:
                raise


def commit(cluster, group, offsets):
    """A stranger commits offsets in the name of a group that has no members. offsets: source -> offset"""
    with_client(cluster, group, lambda client: client.commit(
        offsets=[TopicPartition(*source, offset) for source, offset in offsets.items()], asynchronous=False))


def with_client(cluster, group, use):
    client = Consumer({"bootstrap.servers": cluster.url, "group.id": group, "enable.auto.commit": False, "log_level": 0})
    try:
        return use(client)
    finally:
        client.close()


def coordinator(cluster, group):
    """The number of the broker that coordinates a group: the leader of the partition that its name hashes to."""
    return cluster.leader("__consumer_offsets", java_hash(group) % 4)  # offsets.topic.num.partitions


def java_hash(text):
    """Java's String.hashCode, without its sign."""
    number = 0
    for character in text:
        number = (31 * number + ord(character)) & 0xFFFFFFFF
    return number & 0x7FFFFFFF

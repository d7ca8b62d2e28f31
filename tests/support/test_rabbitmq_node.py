# SPDX-License-Identifier: Apache-2.0
"""The tests' own RabbitMQ nodes."""

import os

import pika
import pytest
from rabbitmq import Rabbit, RabbitUnavailable


def test_a_node_keeps_durable_messages_over_a_restart_and_leaves_nothing():
    try:
        node = Rabbit()
    except RabbitUnavailable as missing:
        pytest.skip(str(missing))
    with node:
        publish(node, "kept", b"one")
        node.sync()
        first = node.pid
        node.kill()
        node.start()
        assert node.pid != first and count(node, "kept") == 1
        pids, folder = [node.pid, node.mapper.pid], node.folder
    assert not folder.exists()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def publish(node, queue, body):
    connection = pika.BlockingConnection(pika.URLParameters(node.url))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare(queue, durable=True)
    channel.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2))
    connection.close()


def count(node, queue):
    connection = pika.BlockingConnection(pika.URLParameters(node.url))
    found = connection.channel().queue_declare(queue, passive=True).method.message_count
    connection.close()
    return found

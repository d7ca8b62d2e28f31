#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes messages to a RabbitMQ queue, for the contract suites, with an independent client.

amqp_client.py feed URL QUEUE   publishes the messages on standard input; makes the queue, and an exchange of its name
                                that gives it everything, whatever the routing key

entrypoint/feed.h describes what the suites expect. A message's key is its routing key, its id its message_id.
"""

import base64
import json
import sys

import pika


def payload_of(message):
    if "payload_base64" in message:
        return base64.b64decode(message["payload_base64"])
    return message["payload"].encode()


def feed(url, queue):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.queue_declare(queue, durable=True)
    channel.exchange_declare(queue, "fanout", durable=True)
    channel.queue_bind(queue, queue)
    channel.tx_select()  # pika waits for each confirm
    for line in sys.stdin.buffer:
        message = json.loads(line)
        properties = pika.BasicProperties(delivery_mode=2, message_id=message.get("id"), type=message.get("type"),
                                          headers=dict(message["headers"]) or None)
        channel.basic_publish(queue, message.get("key", ""), payload_of(message), properties, mandatory=True)
    channel.tx_commit()
    connection.close()


{"feed": feed}[sys.argv[1]](*sys.argv[2:])

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes messages to a RabbitMQ queue, and reads events from one, for the contract suites, with an independent client.

amqp_client.py feed URL QUEUE     publishes the messages on standard input; makes the queue
amqp_client.py create URL QUEUE   makes the queue, and an exchange of its name that gives it everything
amqp_client.py fetch URL QUEUE    prints the events that amqp_publisher sent, and leaves them in the queue
amqp_client.py hold URL           suspends the node of tests/support/with_rabbitmq
amqp_client.py release URL        resumes it

entrypoint/feed.h and publisher/ describe what the suites expect. A message's key is its routing key, its id its
message_id. An event whose properties and headers are not CloudEvents' fails the fetch.
"""

import base64
import json
import os
import re
import sys
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from suspended_process import resume, suspend  # noqa: E402  (found on the path that the line above adds)

TYPE = re.compile(r"gangway\.allocation\.(\w+)\.v1")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SEQUENCE = re.compile(r"[0-9]{20}")
SECONDS = 30


def payload_of(message):
    if "payload_base64" in message:
        return base64.b64decode(message["payload_base64"])
    return message["payload"].encode()


# ---- messages in ----


def declare(channel, queue):
    channel.queue_declare(queue, durable=True)
    channel.exchange_declare(queue, "fanout", durable=True)
    channel.queue_bind(queue, queue)


def create(url, queue):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    declare(connection.channel(), queue)
    connection.close()


def feed(url, queue):
    """The messages are not persistent, because no test here restarts the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    declare(channel, queue)
    channel.tx_select()  # pika waits for each confirm
    for line in sys.stdin.buffer:
        message = json.loads(line)
        properties = pika.BasicProperties(delivery_mode=1, message_id=message.get("id"), type=message.get("type"),
                                          headers=dict(message["headers"]) or None)
        channel.basic_publish(queue, message.get("key", ""), payload_of(message), properties, mandatory=True)
    channel.tx_commit()
    connection.close()


# ---- events out ----


def fetch(url, queue):
    """Everything that is there. It goes back at its place, and the queue is asked last, so that it is back by then."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    count = channel.queue_declare(queue, passive=True).method.message_count
    while count > 0:
        method, properties, body = next(channel.consume(queue, inactivity_timeout=SECONDS))
        if method is None:
            raise SystemExit(f"{queue} could not be read to its end")
        print(json.dumps(event_of(method, properties, body)))
        count -= 1
    channel.cancel()
    channel.basic_nack(0, multiple=True, requeue=True)
    channel.queue_declare(queue, passive=True)
    connection.close()


def event_of(method, properties, body):
    headers = properties.headers or {}
    sku = headers.get("cloudEvents:subject")
    kind = TYPE.fullmatch(headers.get("cloudEvents:type", ""))
    if not (kind and properties.type == kind[1] and properties.message_id == headers.get("cloudEvents:id")
            and headers.get("cloudEvents:specversion") == "1.0" and headers.get("cloudEvents:source")
            and method.routing_key == sku and TIME.fullmatch(headers.get("cloudEvents:time", ""))
            and SEQUENCE.fullmatch(headers.get("cloudEvents:sequence", "")) and properties.delivery_mode == 2
            and properties.content_type == "application/json" and properties.timestamp):
        raise SystemExit(f"not an event of {sku}: {properties}")
    return {"id": properties.message_id, "type": kind[1], "sku": sku, "payload": body.decode(),
            "headers": list(headers.items())}


# ---- a node that does not answer ----


def hold(_):
    suspend(int(os.environ["GANGWAY_TEST_RABBITMQ_PID"]))


def release(url):
    resume(int(os.environ["GANGWAY_TEST_RABBITMQ_PID"]))
    pika.BlockingConnection(pika.URLParameters(url)).close()


COMMANDS = {"feed": feed, "create": create, "fetch": fetch, "hold": hold, "release": release}
COMMANDS[sys.argv[1]](*sys.argv[2:])

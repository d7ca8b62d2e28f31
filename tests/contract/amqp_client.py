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


class Feed:
    """Publishes the messages on standard input, and waits until the broker has confirmed all of them. With pika's blocking
    connection it would take three times as long. The messages are not persistent, because no test here restarts the
    broker."""

    def __init__(self, url, queue):
        self.queue, self.failure = queue, None
        self.unconfirmed, self.lowest = set(), 1  # delivery tags
        self.connection = pika.SelectConnection(pika.URLParameters(url), on_open_callback=self.opened,
                                                on_open_error_callback=self.failed, on_close_callback=self.closed)

    def run(self):
        self.connection.ioloop.start()
        if self.failure is not None:
            raise self.failure

    def opened(self, connection):
        connection.channel(on_open_callback=self.declare)

    def declare(self, channel):
        channel.add_on_close_callback(self.failed)
        channel.queue_declare(self.queue, durable=True)
        channel.exchange_declare(self.queue, "fanout", durable=True)
        channel.queue_bind(self.queue, self.queue)
        channel.add_on_return_callback(lambda *returned: self.failed(channel, RuntimeError(returned)))
        channel.confirm_delivery(self.confirmed, lambda _: self.publish(channel))

    def publish(self, channel):
        for line in sys.stdin.buffer:
            self.unconfirmed.add(len(self.unconfirmed) + 1)
            message = json.loads(line)
            properties = pika.BasicProperties(delivery_mode=1, message_id=message.get("id"), type=message.get("type"),
                                              headers=dict(message["headers"]) or None)
            channel.basic_publish(self.queue, message.get("key", ""), payload_of(message), properties, mandatory=True)
        if not self.unconfirmed:
            self.connection.close()

    def confirmed(self, frame):
        """With `multiple` all up to this tag."""
        tag = frame.method.delivery_tag
        if not isinstance(frame.method, pika.spec.Basic.Ack):
            self.failed(None, RuntimeError(frame))
        self.unconfirmed -= set(range(self.lowest, tag + 1)) if frame.method.multiple else {tag}
        self.lowest = tag + 1 if frame.method.multiple else self.lowest
        if not self.unconfirmed:
            self.connection.close()

    def failed(self, _, reason):
        if not self.connection.is_closing and not self.connection.is_closed:
            self.connection.close()
        if self.failure is None and getattr(reason, "reply_code", 0) != 200:
            self.failure = reason

    def closed(self, connection, reason):
        self.failed(connection, reason)
        connection.ioloop.stop()


def feed(url, queue):
    Feed(url, queue).run()


{"feed": feed}[sys.argv[1]](*sys.argv[2:])

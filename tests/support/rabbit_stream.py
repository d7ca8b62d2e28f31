# SPDX-License-Identifier: Apache-2.0
"""Commands into the queues of a RabbitMQ node, and events out of an exchange, with another client (pika). Each test has
queues and an exchange of its own, so that many tests share one node."""

import contextlib
import json
import re
import uuid
from datetime import datetime

import pika
from ledger import Event, sku_of
from waiting import until

TYPE = re.compile(r"gangway\.allocation\.(\w+)\.v1")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
HEADERS = {f"cloudEvents:{name}" for name in ("specversion", "id", "source", "type", "time", "subject", "sequence")}
OTHERS = {"traceparent", "tracestate", "x-delivery-count"}  # of the command, and of a quorum queue
SECONDS = 60
ACK_EACH = 1000  # a quorum queue delivers no more than 2,000 that are not acknowledged


def unique(word):
    return f"{word}_{uuid.uuid4().hex[:8]}"


@contextlib.contextmanager
def channel_of(node):
    connection = pika.BlockingConnection(pika.URLParameters(node.url))
    try:
        yield connection.channel()
    finally:
        with contextlib.suppress(pika.exceptions.AMQPError):
            connection.close()


def declare_queue(node, name, kind="quorum"):
    with channel_of(node) as channel:
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": kind})
    return name


def send(node, queue, payloads, first=0):
    """Persistent messages, each with an id of its own, in one transaction: they are in the queue then."""
    with channel_of(node) as channel:
        channel.tx_select()
        for number, payload in enumerate(payloads, first):
            properties = pika.BasicProperties(delivery_mode=2, message_id=f"{queue}-{number}")
            channel.basic_publish("", queue, payload.rstrip(b"\n"), properties)
        channel.tx_commit()


def waiting(node, queue):
    """Messages that wait in a queue."""
    with channel_of(node) as channel:
        return channel.queue_declare(queue, passive=True).method.message_count


def consumers(node, queue):
    """How many read a queue."""
    with channel_of(node) as channel:
        return channel.queue_declare(queue, passive=True).method.consumer_count


def take(node, queue):
    """All messages that wait in a queue, in order, as (method, properties, body). They are gone then."""
    found = []
    with channel_of(node) as channel:
        count = channel.queue_declare(queue, passive=True).method.message_count
        while len(found) < count:
            method, properties, body = next(channel.consume(queue, inactivity_timeout=SECONDS))
            assert method is not None, f"{len(found)} of {count} messages came from {queue}"
            found.append((method, properties, body))
            if len(found) % ACK_EACH == 0 or len(found) == count:
                channel.basic_ack(method.delivery_tag, multiple=True)
    return found


class Exchange:
    """A topic exchange with one queue that gets every event."""

    def __init__(self, node, name=None, queue=None, kind="quorum"):
        self.node, self.name = node, name or unique("events")
        self.queue = declare_queue(node, queue or self.name, kind)
        self.messages = []
        with channel_of(node) as channel:
            channel.exchange_declare(self.name, "topic", durable=True)
            channel.queue_bind(self.queue, self.name, "#")

    def written(self):
        return len(self.messages) + waiting(self.node, self.queue)

    def await_events(self, count, tell=lambda: "", process=None):
        """The events, as soon as there are so many."""
        until(lambda: self.written() >= count, SECONDS, tell, process)
        return self.events()

    def events(self):
        """Everything that was published so far, checked."""
        self.messages += take(self.node, self.queue)
        return [checked_event(*message) for message in self.messages]


def checked_event(method, properties, body):
    """A message as ledger.Event. Properties and headers are those of CloudEvents' binary mode, all of them."""
    headers = {name: value for name, value in properties.headers.items() if name not in OTHERS}
    kind = TYPE.fullmatch(headers["cloudEvents:type"])[1]
    event = Event(properties.message_id, [("type", kind), *json.loads(body, object_pairs_hook=list)])
    assert headers.keys() == HEADERS, properties
    assert headers["cloudEvents:specversion"] == "1.0" and TIME.fullmatch(headers["cloudEvents:time"]), properties
    assert re.fullmatch("[0-9]{20}", headers["cloudEvents:sequence"]) and headers["cloudEvents:source"], properties
    assert (headers["cloudEvents:id"], properties.type) == (properties.message_id, kind), properties
    assert headers["cloudEvents:subject"] == sku_of(event) and sku_of(event) in method.routing_key, properties
    assert (properties.delivery_mode, properties.content_type) == (2, "application/json"), properties
    assert abs(properties.timestamp - seconds_of(headers["cloudEvents:time"])) <= 1, properties
    return event


def seconds_of(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

# SPDX-License-Identifier: Apache-2.0
"""Sends commands to Kafka topics with another client, for tests of the whole gateway. The superstore's commands are
keyed by SKU, so all commands of one product keep their order. kafka_records.py reads the results."""

import json

import commands
from confluent_kafka import Producer

SECONDS = 60


def batch(ref, sku, qty):
    """A command, keyed, as produce takes it."""
    return sku, json.dumps(commands.batch(ref, sku, qty)).encode()


def allocate(orderid, sku, qty, headers=()):
    payload = json.dumps(commands.allocate(orderid, sku, qty)).encode()
    return sku, payload, list(headers)


def sku_of(command):
    """The SKU of the product that a command of the superstore concerns, or that it is rejected for; None when it names
    none. A reference is its SKU and a number; what does not exist is called NO- and a name."""
    try:
        fields = json.loads(command)
        named = fields.get("ref") or fields.get("batchref") or fields["sku"]
    except (ValueError, KeyError, AttributeError):
        return None
    return named.split("/")[0].removeprefix("NO-")


def keyed(lines):
    """Lines of JSONL -> (key, payload) of each, in order."""
    payloads = [line.rstrip(b"\n") for line in lines]
    return [(sku_of(payload), payload) for payload in payloads]


def produce(url, topic, messages):
    """messages: (key, payload) or (key, payload, headers) each. Returns where each is, as (partition, offset), in order:
    all are confirmed then."""
    places, failures = [None] * len(messages), []

    def confirmed(index):
        def note(error, record):
            if error:
                failures.append(error)
            else:
                places[index] = record.partition(), record.offset()
        return note

    producer = Producer({"bootstrap.servers": url, "enable.idempotence": True, "log_level": 0})
    for index, (key, payload, *headers) in enumerate(messages):
        while True:
            try:
                producer.produce(topic, payload, key, headers=headers[0] if headers else None,
                                 on_delivery=confirmed(index))
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    assert producer.flush(SECONDS) == 0 and not failures, failures[:3]
    return places

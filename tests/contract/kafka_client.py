#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes messages to a Kafka topic, and reads events from one, for the contract suites, with an independent client.

kafka_client.py feed BROKERS TOPIC [PARTITIONS]    produces the messages on standard input; makes the topic
kafka_client.py create BROKERS TOPIC [PARTITIONS]  makes the topic
kafka_client.py fetch BROKERS TOPIC                prints the events that kafka_publisher sent
kafka_client.py hold BROKERS                       suspends the broker of tests/support/with_kafka
kafka_client.py release BROKERS                    resumes it

entrypoint/feed.h and publisher/ describe what the suites expect of each. A message's type and id travel as
CloudEvents has them. An event whose headers are not CloudEvents' fails the fetch.
"""

import base64
import json
import os
import re
import sys
import time
import uuid
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from suspended_process import resume, suspend  # noqa: E402  (found on the path that the line above adds)

SECONDS = 30
TYPE = re.compile(r"gangway\.allocation\.(\w+)\.v1")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SEQUENCE = re.compile(r"[0-9]{20}")


def settings(brokers, **more):
    return {"bootstrap.servers": brokers, "log_level": 0} | {key.replace("_", "."): value for key, value in more.items()}


# ---- topics ----


def partitions_of(client, topic):
    """The numbers of its partitions; none when there is no such topic, or one of them has no leader yet."""
    found = client.list_topics(topic, timeout=SECONDS).topics[topic]
    partitions = found.partitions.values() if found.error is None else []
    return [partition.id for partition in partitions] if all(p.leader >= 0 for p in partitions) else []


def create(brokers, topic, partitions="1"):
    admin = AdminClient(settings(brokers))
    deadline = time.monotonic() + SECONDS
    if partitions_of(admin, topic):
        return
    try:
        admin.create_topics([NewTopic(topic, int(partitions), 1)])[topic].result(SECONDS)
    except KafkaException as failure:
        if failure.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
    while not partitions_of(admin, topic):
        if time.monotonic() > deadline:
            raise SystemExit(f"the topic {topic} has no leader")
        time.sleep(0.02)  # between two looks


# ---- messages in ----


def payload_of(message):
    if "payload_base64" in message:
        return base64.b64decode(message["payload_base64"])
    return message["payload"].encode()


def headers_of(message):
    headers = [(name, value.encode()) for name, value in message["headers"]]
    if "id" in message or "type" in message:
        headers.append(("ce_specversion", b"1.0"))
    headers += [(f"ce_{name}", message[name].encode()) for name in ("id", "type") if name in message]
    return headers


def produce(producer, *arguments, **named):
    while True:
        try:
            producer.produce(*arguments, **named)
            return
        except BufferError:
            producer.poll(1)


def feed(brokers, topic, partitions="1"):
    failures = []
    create(brokers, topic, partitions)
    producer = Producer(settings(brokers, enable_idempotence=True, linger_ms=0, message_timeout_ms=1000 * SECONDS))
    for line in sys.stdin.buffer:
        message = json.loads(line)
        produce(producer, topic, payload_of(message), message.get("key"), partition=message["source"],
                headers=headers_of(message), on_delivery=lambda error, _: error and failures.append(error))
        producer.poll(0)
    if producer.flush(SECONDS) or failures:
        raise SystemExit(f"not all was produced to {topic}: {failures[:1]}")


# ---- events out ----


def fetch(brokers, topic):
    """Everything below the ends of the partitions as they are now."""
    consumer = Consumer(settings(brokers, group_id=str(uuid.uuid4()), enable_auto_commit=False, enable_partition_eof=True,
                                 fetch_wait_max_ms=10))
    unread = set(partitions_of(consumer, topic))
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in unread])
    while unread:
        message = consumer.poll(SECONDS)
        if message is None:
            raise SystemExit(f"{topic} could not be read to its end")
        if message.error() is None:
            print(json.dumps(event_of(message)))
        elif message.error().code() == KafkaError._PARTITION_EOF:
            unread.discard(message.partition())
        else:
            raise SystemExit(f"{topic}: {message.error()}")
    consumer.close()


def event_of(message):
    headers = [(name, (value or b"").decode()) for name, value in message.headers() or []]
    single = dict(headers)
    sku = message.key().decode()
    kind = TYPE.fullmatch(single.get("ce_type", ""))
    if not (kind and single.get("ce_id") and single.get("ce_specversion") == "1.0" and single.get("ce_source")
            and single.get("ce_subject") == sku and TIME.fullmatch(single.get("ce_time", ""))
            and SEQUENCE.fullmatch(single.get("ce_sequence", "")) and single.get("content-type") == "application/json"):
        raise SystemExit(f"not the headers of an event of {sku}: {headers}")
    return {"id": single["ce_id"], "type": kind[1], "sku": sku, "payload": message.value().decode(), "headers": headers}


# ---- a broker that does not answer ----


def hold(_):
    suspend(int(os.environ["GANGWAY_TEST_KAFKA_PID"]))


def release(brokers):
    resume(int(os.environ["GANGWAY_TEST_KAFKA_PID"]))
    AdminClient(settings(brokers)).list_topics(timeout=SECONDS)


COMMANDS = {"feed": feed, "create": create, "fetch": fetch, "hold": hold, "release": release}
COMMANDS[sys.argv[1]](*sys.argv[2:])

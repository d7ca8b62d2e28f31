# SPDX-License-Identifier: Apache-2.0
"""Other people's clients of RabbitMQ and their conventions: amqplib, kombu and Celery send commands and messages that are
none, and get events."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import npm_package
import pytest
from commands import allocate, batch
from running import running
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

import rabbit_stream  # noqa: E402  (after the look whether its module is there)
from rabbit_stream import Exchange, channel_of, declare_queue, unique  # noqa: E402

pytestmark = pytest.mark.once

AMQPLIB = "2.3.1"
AMQPLIB_SHA512 = "0njHPLSE/xJUBeLWGgzniMuzTeyUt3o7WmAJobBlbSnvOTe9l5PxrlA+5iZW8spKteijDnkIZI81zAFV2Wzulw=="
CONFIG = """\
service: stock
repository: {{plugin: sqlite_repository, path: gangway.db}}
entrypoints:
  orders:
    plugin: amqp_consumer
    url: {url}
    queues: {{{queue}: {command}}}
publishers:
  events: {{plugin: amqp_publisher, url: {url}, exchange: {exchange}}}
routes:
  Allocated: {{publish: [events]}}
"""


class Between:
    """A gateway between a queue of these commands and an exchange of its own."""

    def __init__(self, node, gateway, queue, command):
        self.node, self.gateway, self.queue, self.exchange = node, gateway, queue, Exchange(node)
        gateway.write_config(CONFIG.format(url=node.url, queue=queue, command=command, exchange=self.exchange.name))

    def take(self, events=0, dead=0):
        """The events, and the dead letters, as soon as there are so many and the queue is empty."""
        with running(self.gateway) as one:
            found = self.exchange.await_events(events, one.text, one.process)
            until(lambda: len(one.logged("GW-W111")) >= dead, 30, one.text, one.process)
            until(lambda: rabbit_stream.waiting(self.node, self.queue) == 0, 30, one.text, one.process)
        letters = [self.gateway.dead_letter(number) for number in range(1, dead + 1)]
        return found, [(letter, dict(letter["headers"])) for letter in letters]


@pytest.fixture
def between(rabbit, gateway):
    """A function that takes the command of a queue's messages, or `auto`, and the name of the queue if there is one."""
    return lambda command, queue=None: Between(rabbit, gateway, queue or declare_queue(rabbit, unique("commands")), command)


def order(orderid):
    return {"orderid": orderid, "sku": "LAMP", "qty": 2}


def orders(events):
    return [dict(event.members)["orderid"] for event in events]


# ---- amqplib ----


@pytest.fixture(scope="session")
def amqplib():
    """The folder with the package."""
    if shutil.which("node") is None:
        pytest.skip("needs the package nodejs")
    try:
        return npm_package.installed("amqplib", AMQPLIB, AMQPLIB_SHA512)
    except npm_package.NpmUnreachable as unreachable:
        pytest.skip(f"needs the npm package amqplib: {unreachable}")


def test_amqplib_sends_commands_and_gets_an_event(rabbit, amqplib, between):
    """JavaScript has one kind of number; amqplib sends each in the smallest field that holds it."""
    headers = {"shop": "berlin", "n": 7, "big": 1 << 40, "ratio": 0.5, "tags": ["a", 1], "is_new": True,
               "nested": {"nothing": None}, "at": {"!": "timestamp", "value": 1767225600}}
    messages = [{"body": json.dumps(batch("b1", "LAMP", 5)), "options": {"contentType": "application/json"}},
                {"body": "no JSON", "options": {"headers": headers, "contentEncoding": "utf-8", "correlationId": "c1",
                                                "replyTo": "answers", "messageId": "m1"}},
                {"body": json.dumps(order("o1")), "options": {"type": "Allocate", "messageId": "m2"}}]
    one = between("auto")
    with running(one.gateway) as gateway:
        done = subprocess.run(["node", Path(__file__).with_name("amqplib_shop.js"), rabbit.url, one.queue, one.exchange.name,
                               *map(json.dumps, messages)],
                              env=os.environ | {"NODE_PATH": str(amqplib)}, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (done, gateway.text())
    event = json.loads(done.stdout)
    assert event["key"] == "LAMP" and json.loads(event["content"])["orderid"] == "o1"
    assert event["properties"]["headers"]["cloudEvents:type"] == "gangway.allocation.Allocated.v1"
    assert event["properties"]["messageId"] == event["properties"]["headers"]["cloudEvents:id"]
    kept = dict(one.gateway.dead_letter(1)["headers"])
    assert kept == {"shop": "berlin", "n": "7", "big": str(1 << 40), "ratio": "0.5", "tags": '["a",1]', "is_new": "true",
                    "nested": '{"nothing":null}', "at": "1767225600", "content-encoding": "utf-8",
                    "correlation-id": "c1", "reply-to": "answers"}


# ---- kombu ----


@pytest.fixture
def kombu(rabbit):
    """A producer of kombu's, on a connection of its own."""
    module = pytest.importorskip("kombu", reason="needs the package python3-kombu")
    with module.Connection(rabbit.url) as connection:
        yield connection.Producer()


def test_kombu_sends_json_that_is_a_command(kombu, between):
    """With the member `type`, or with AMQP's property."""
    one = between("auto")
    kombu.publish(batch("b1", "LAMP", 5), routing_key=one.queue, serializer="json")
    kombu.publish(allocate("o1", "LAMP", 2), routing_key=one.queue, serializer="json", headers={"shop": "berlin"})
    kombu.publish(order("o2"), routing_key=one.queue, serializer="json", type="Allocate")
    events, _ = one.take(events=2)
    assert orders(events) == ["o1", "o2"]


def test_what_kombu_compresses_pickles_or_wraps_is_a_dead_letter_that_says_how(kombu, between):
    """A header or a property names the form of each body. The last one is a message of kombu's other transports, which have
    no bytes: their bodies are base64 in an envelope."""
    one = between("Allocate")
    kombu.publish(order("o1"), routing_key=one.queue, serializer="json", compression="zlib")
    kombu.publish(order("o2"), routing_key=one.queue, serializer="pickle")
    body = base64.b64encode(json.dumps(order("o3")).encode()).decode()
    envelope = {"body": body, "content-type": "application/json", "content-encoding": "utf-8", "headers": {},
                "properties": {"body_encoding": "base64", "delivery_mode": 2}}
    kombu.publish(envelope, routing_key=one.queue, serializer="json")
    events, letters = one.take(dead=3)
    assert events == []
    (_, compressed), (_, pickled), (wrapped, _) = letters
    assert (compressed["compression"], compressed["content-type"]) == ("application/x-gzip", "application/json")
    assert (pickled["content-type"], pickled["content-encoding"]) == ("application/x-python-serialize", "binary")
    assert json.loads(wrapped["payload"]) == envelope


# ---- Celery ----


@pytest.fixture
def celery(rabbit):
    """An application of Celery's, with a queue of its own, which it declares."""
    module = pytest.importorskip("celery", reason="needs the package python3-celery")
    queue = unique("celery")
    app = module.Celery("shop", broker=rabbit.url)
    app.conf.task_default_queue = queue
    yield app
    app.close()
    with channel_of(rabbit) as channel:
        channel.queue_delete(queue)


def test_a_task_of_celery_is_a_dead_letter_with_everything_that_names_it(celery, between):
    """The body of a task is an array of arguments, so it is no command, also where the queue's messages are."""
    task = celery.send_task("shop.allocate", args=("o1", "LAMP"), kwargs={"qty": 2}, countdown=60, priority=3)
    queue = celery.conf.task_default_queue
    events, [(letter, headers)] = between("Allocate", queue).take(dead=1)
    assert events == []
    assert (letter["source"], letter["key"]) == (queue, queue) and "amqp-exchange" not in headers  # the default one
    assert json.loads(letter["payload"])[:2] == [["o1", "LAMP"], {"qty": 2}]
    assert (headers["task"], headers["id"], headers["correlation-id"]) == ("shop.allocate", task.id, task.id)
    assert (headers["lang"], headers["retries"], headers["timelimit"]) == ("py", "0", "[null,null]")
    assert headers["eta"] and headers["expires"] == "" and headers["argsrepr"] == "('o1', 'LAMP')"
    assert (headers["content-type"], headers["content-encoding"]) == ("application/json", "utf-8")

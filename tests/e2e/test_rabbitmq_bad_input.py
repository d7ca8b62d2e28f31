# SPDX-License-Identifier: Apache-2.0
"""Every message of a queue that is not a valid command becomes one dead letter with its queue, exchange, routing key and
headers, and the queue is read on."""

import json
from datetime import datetime

import pytest
from bad_commands import (BAD, LIMIT, assert_each_is_dead, assert_is_rejected, assert_is_the_beginning,
                          assert_is_whole)
from commands import allocate, batch
from gateway import STATUS_FAILED, Gateway
from running import running
from waiting import until

pika = pytest.importorskip("pika", reason="needs the package python3-pika")

import rabbit_stream  # noqa: E402  (after the look whether its module is there)
from rabbit_stream import channel_of, declare_queue, unique  # noqa: E402

CONFIG = """\
service: stock
repository: {{plugin: sqlite_repository, path: gangway.db}}
entrypoints:
  orders:
    plugin: amqp_consumer
    url: {url}
    queues: {{{queue}: auto}}
    max_message: {limit}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl}}
routes:
  Allocated: {{publish: [events]}}
"""
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
# As an AMQP client sends them: texts, bytes, numbers, times, nothing and nested ones.
HEADERS = {"shop": "berlin", "empty": "", "null": None, "bytes": b"\xff\0\x01", "n": -7, "tags": ["a", {"b": 1}],
           "at": datetime.fromisoformat("2026-01-01T00:00:00+00:00"), "traceparent": TRACE}
KEPT = {"shop": "berlin", "empty": "", "null": "", "n": "-7", "tags": '["a",{"b":1}]', "at": "1767225600",
        "traceparent": TRACE, "type": None, "content-type": "application/json"}


class Taken:
    """A queue with a good command before, between and behind all bad ones, and the result of a gateway's run over it."""

    def __init__(self, node, folder):
        self.queue, self.exchange = declare_queue(node, unique("commands")), unique("shop")
        self.send(node)
        self.gateway = Gateway(folder, CONFIG.format(url=node.url, queue=self.queue, limit=f"{LIMIT >> 10}KiB"))
        with running(self.gateway) as one:
            until(lambda: self.gateway.event_count() == len(BAD), 30, one.text, one.process)
            until(lambda: rabbit_stream.waiting(node, self.queue) == 0, 30, one.text, one.process)
            self.result = one.stop()
        self.letters = [self.gateway.dead_letter(number) for number in range(1, len(BAD) + 1)]

    def send(self, node):
        messages = [json.dumps(batch("b1", "LAMP", 1000)).encode()]
        for number, (payload, _) in enumerate(BAD.values()):
            messages += [payload or b"", json.dumps(allocate(f"good-{number}", "LAMP", 1)).encode()]
        with channel_of(node) as channel:
            channel.exchange_declare(self.exchange, "topic")
            channel.queue_bind(self.queue, self.exchange, "orders.#")
            channel.tx_select()
            for number, payload in enumerate(messages):
                properties = pika.BasicProperties(delivery_mode=2, message_id=f"m-{number}", headers=dict(HEADERS),
                                                  content_type="application/json")
                channel.basic_publish(self.exchange, "orders.eu", payload, properties)
            channel.tx_commit()

    def letter(self, name):
        return self.letters[list(BAD).index(name)]

    def close(self):
        self.gateway.close()


@pytest.fixture(scope="module")
def taken(rabbit_node, tmp_path_factory):
    taken = Taken(rabbit_node, tmp_path_factory.mktemp("bad-input"))
    yield taken
    taken.close()


@pytest.mark.parametrize("name", BAD)
def test_an_invalid_command_is_a_dead_letter_with_its_reason(taken, name):
    assert_is_rejected(taken.letter(name), name)


@pytest.mark.parametrize("name", ["malformed JSON", "a SKU that nobody has", "an empty payload"])
def test_a_dead_letter_says_where_it_came_from_and_what_came_with_it(taken, name):
    letter = taken.letter(name)
    headers = dict(letter["headers"])
    assert (letter["source"], headers["amqp-exchange"], letter["key"]) == (taken.queue, taken.exchange, "orders.eu")
    assert {header: headers.get(header) for header in KEPT} == KEPT
    assert_is_whole(letter, name)


def test_the_beginning_of_an_oversized_message_is_stored(taken):
    name = "a payload that is too large"
    letter = taken.letter(name)
    assert_is_the_beginning(letter, name)
    assert dict(letter["headers"])["shop"] == "berlin"


def test_the_dead_letters_of_a_queue_are_found_by_its_name(taken):
    def count(source):
        return len(taken.gateway.call("dlq", "list", "--source", source, "--config", taken.gateway.config, "--format",
                                      "json").table())

    assert (count(taken.queue), count("another")) == (len(BAD), 0)


def test_the_queue_is_read_on(taken):
    assert_each_is_dead(taken.result.summary())


@pytest.mark.parametrize("name", ["malformed JSON", "a SKU that nobody has"])
def test_a_dead_letter_whose_cause_remains_is_rejected_when_it_is_replayed(taken, name):
    result = taken.gateway.call("dlq", "replay", taken.letter(name)["id"], "--config", taken.gateway.config,
                                "--format", "json")
    assert result.status == STATUS_FAILED, result
    assert [row["result"] for row in result.table()] == ["rejected"]

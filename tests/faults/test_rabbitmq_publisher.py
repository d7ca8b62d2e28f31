# SPDX-License-Identifier: Apache-2.0
"""RabbitMQ fails while events are published: the node stops and starts, connections are closed with events unconfirmed,
memory is short, a queue is full. Every event arrives, those of each product in their order, and at the end nothing
waits."""

import threading
import time

import pytest
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

import rabbit_stream  # noqa: E402  (after the look whether its module is there)

FEED_SECONDS, COMMANDS = 60, 6_000  # finish() ends it
CLOSES = 3


def working(load):
    """A load whose events flow until finish()."""
    load.feed(FEED_SECONDS, count=COMMANDS)
    life = load.start()
    until(lambda: load.delivered() > 100, 60, load.tell)
    return life


def finish(load, counts, **what):
    load.stop_feeding()
    verdict = load.end()
    counts(**what, transactions=verdict.transactions, repeats=verdict.repeats)
    return verdict


def test_the_node_stops_and_starts(exchange_load, rng, counts):
    """In order, or by kill -9."""
    load = exchange_load
    load.node.sync()
    life = working(load)
    rng.choice([load.node.stop, load.node.kill])()
    until(lambda: life.logged("GW-W200"), 30, life.said)
    load.node.start()
    finish(load, counts)


def test_all_connections_are_closed_with_events_unconfirmed(exchange_load, rng, counts):
    load = exchange_load
    working(load)
    for _ in range(CLOSES):
        load.node.control("close_all_connections", "a test")
        time.sleep(rng.uniform(0, 0.5))
    finish(load, counts, closes=CLOSES)


def test_a_memory_alarm_blocks_publishing_and_no_connection_is_given_up(exchange_load, counts):
    """What was under way when the alarm began may come twice, and nothing else, however long it lasts."""
    load = exchange_load
    load.publisher = "timeout: 1s"
    life = working(load)
    load.node.control("set_vm_memory_high_watermark", "absolute", "1MiB")
    try:
        until(lambda: life.logged("GW-W602"), 30, life.said)
        until(lambda: len(life.logged("GW-W200")) > 0, 30, life.said)
        load.stop_feeding()
        time.sleep(3)  # several attempts
    finally:
        load.node.control("set_vm_memory_high_watermark", "absolute", "512MiB")
    until(lambda: life.logged("GW-I603"), 30, life.said)
    verdict = finish(load, counts)
    assert verdict.repeats <= 2 * 50, verdict.repeats


class Slow(threading.Thread):
    """Takes events out of a full queue, a few at a time."""

    def __init__(self, exchange):
        super().__init__()
        self.exchange, self.is_stopping = exchange, threading.Event()
        self.start()

    def run(self):
        while not self.is_stopping.wait(0.01):
            self.exchange.messages += rabbit_stream.take(self.exchange.node, self.exchange.queue)

    def stop(self):
        self.is_stopping.set()
        self.join()


def test_a_full_queue_refuses_events_and_the_order_of_each_product_is_kept(exchange_load, counts):
    """The broker answers with basic.nack, and takes the next event as soon as there is room."""
    load = exchange_load
    with rabbit_stream.channel_of(load.node) as channel:
        channel.queue_delete(load.exchange.queue)
        channel.queue_declare(load.exchange.queue, durable=True,
                              arguments={"x-max-length": 25, "x-overflow": "reject-publish"})
        channel.queue_bind(load.exchange.queue, load.exchange.name, "#")
    load.publisher = "window: 100"
    load.write(count=400)
    slow = Slow(load.exchange)
    try:
        life = load.start(follow=False)
        until(lambda: life.logged("GW-W200"), 60, load.tell)
        load.wait_until_drained(60)
    finally:
        slow.stop()
    verdict = finish(load, counts)
    assert verdict.repeats > 0

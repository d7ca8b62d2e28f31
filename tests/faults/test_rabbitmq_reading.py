# SPDX-License-Identifier: Apache-2.0
"""RabbitMQ fails under load: the node stops and starts, connections are closed with messages unacknowledged, a queue is
deleted, a commit takes longer than three heartbeats, memory is short. Nothing is lost, nothing is applied twice."""

import time

import pytest
from load import TURN
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

from rabbit_load import held  # noqa: E402  (after the look whether its module is there)

STEADY_SECONDS = 4
COMMANDS = 1_500


def working(load, seconds=STEADY_SECONDS, **options):
    """A load that flows."""
    sender = load.send(seconds, COMMANDS)
    life = load.start(**options)
    until(lambda: load.taken() > TURN, 60, load.tell)
    return sender, life


def finish(load, counts, **what):
    verdict = load.end()
    counts(**what, transactions=verdict.transactions, repeats=verdict.repeats)


def a_turn_waits(load):
    """For the table that is held."""
    return load.database.psql("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database ="
                              " (SELECT oid FROM pg_database WHERE datname = current_database()))")[0][0]


def test_the_node_stops_and_starts(rabbit_load, counts):
    """In order, and then by kill -9: before an orderly stop the node may not have written that the queue exists."""
    _, life = working(rabbit_load)
    for end in (rabbit_load.node.stop, rabbit_load.node.kill):
        failures, recoveries = len(life.logged("GW-W100")), len(life.logged("GW-I102"))
        end()
        until(lambda: len(life.logged("GW-W100")) > failures, 30, life.said)
        rabbit_load.node.start()
        until(lambda: len(life.logged("GW-I102")) > recoveries, 30, life.said)
    finish(rabbit_load, counts)


def test_all_connections_are_closed_with_messages_unacknowledged(rabbit_load, rng, counts):
    sender, _ = working(rabbit_load)
    closes = 0
    while sender.is_alive() or closes == 0:
        rabbit_load.node.control("close_all_connections", "a test")
        closes += 1
        time.sleep(rng.uniform(0, 1))
    finish(rabbit_load, counts, closes=closes)


def test_a_queue_is_deleted_while_it_is_consumed(rabbit_load, counts):
    """What was in it is gone, by the operator's will, except what the gateway has; what is sent afterwards is applied, from
    the new queue."""
    sender, life = working(rabbit_load, seconds=2)
    with held(rabbit_load):
        sender.join()
        rabbit_load.send(0, 500).join()  # more than the gateway may have
        until(lambda: a_turn_waits(rabbit_load), 30, life.said)
        rabbit_load.delete()
        rabbit_load.given_up = rabbit_load.confirmed()
    until(lambda: life.logged("GW-W610", rabbit_load.queue), 30, life.said)
    until(lambda: life.logged("GW-W611", rabbit_load.queue), 30, life.said)
    kept = rabbit_load.taken()
    rabbit_load.declare()
    until(lambda: life.logged("GW-I615", rabbit_load.queue), 30, life.said)
    second = rabbit_load.send(0, 500)
    second.join()
    until(lambda: rabbit_load.taken() >= kept + second.confirmed, 30, rabbit_load.tell)
    gone = rabbit_load.given_up - kept
    assert gone > 0
    finish(rabbit_load, counts, gone=gone)


def test_a_commit_that_takes_longer_than_three_heartbeats(rabbit_load, counts):
    """The connection lives on heartbeats meanwhile."""
    sender, life = working(rabbit_load)
    with held(rabbit_load):
        sender.join()
        rabbit_load.send(0, TURN).join()  # all that the first sender sent may be applied
        until(lambda: a_turn_waits(rabbit_load), 30, life.said)
        time.sleep(7)
    finish(rabbit_load, counts)
    assert not [record for record in life.logged("GW-W100") if "orders" in str(record)]


def test_a_memory_alarm_blocks_senders_and_the_queue_is_read_nevertheless(rabbit_load, counts):
    sender = rabbit_load.send(0, 500)
    sender.join()
    rabbit_load.node.control("set_vm_memory_high_watermark", "absolute", "1MiB")
    try:
        rabbit_load.start()
        until(lambda: rabbit_load.taken() == sender.confirmed, 30, rabbit_load.tell)
        second = rabbit_load.send(0, 100)
    finally:
        rabbit_load.node.control("set_vm_memory_high_watermark", "absolute", "512MiB")
    second.join()
    finish(rabbit_load, counts)

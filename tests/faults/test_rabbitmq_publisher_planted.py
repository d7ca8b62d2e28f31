# SPDX-License-Identifier: Apache-2.0
"""The fault programs of amqp_publisher detect bugs: a bug is planted into its source, a program runs, and the verdict must
not be clean. Without the bug it is."""

import signal

import pytest
from planted_plugin import plant
from suspended_process import suspend
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

import rabbit_stream  # noqa: E402  (after the look whether its module is there)
from message_syntax import Rejection, read_command  # noqa: E402

pytestmark = pytest.mark.once

UNCONFIRMED = {"window.c": ("    window->unconfirmed++;\n", """\
    window->sent[window->sent_count - 1] = ORDER_NONE;
    window->verdicts[index].status = GW_OK;
    order_advance(&window->order, index);
""")}
NO_MULTIPLE = {"window.c": ("is_multiple ? window->answered : slot;", "is_multiple ? slot : slot;")}
NO_RETURN = {"window.c": ("        decide(window, index, GW_PERMANENT, answer);\n        window->returned_at",
                          "        (void)answer;\n        window->returned_at")}
NO_NACK = {"window.c": ("if (is_nack && is_open(window, index))", "if (is_nack && index == ORDER_NONE)")}


@pytest.fixture
def planted(exchange_load, tmp_path):
    """A function that runs one of the programs below: with a bug it must fail with these words, without it pass."""
    def run(program, bug, words):
        if bug is None:
            program(exchange_load)
            return
        exchange_load.plugins = plant(tmp_path, "amqp_publisher", bug)
        with pytest.raises(AssertionError, match=words):
            program(exchange_load)

    return run


# ---- programs ----


def killed_while_it_does_not_answer(load):
    """What the node has not confirmed is only in its socket then. With the bug every event of it counts as confirmed."""
    load.node.sync()
    path = load.write(count=2_000)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1_000]))
    life = load.start()
    until(lambda: load.delivered() > 100, 60, load.tell)
    suspend(load.node.pid)
    with path.open("ab") as file:
        file.write(b"".join(lines[1_000:]))
    until(lambda: load.taken() == path.stat().st_size, 30, load.tell)
    if load.plugins:
        until(lambda: load.pending() == 0 or life.logged("GW-W200"), 30, load.tell)
    load.node.kill()
    load.node.start()
    load.end()


def half_of_the_events_are_unroutable(load):
    """Those of half of the products, so that each event behind one of them is one, too."""
    path = load.write(count=500)
    skus = sorted({sku for sku in map(sku_of_batch, path.read_bytes().splitlines()) if sku})
    with rabbit_stream.channel_of(load.node) as channel:
        channel.queue_unbind(load.exchange.queue, load.exchange.name, "#")
        for sku in skus[::2]:
            channel.queue_bind(load.exchange.queue, load.exchange.name, sku)
    load.start()
    load.end()
    assert load.refused()


def sku_of_batch(line):
    try:
        command = read_command(line)
    except Rejection:
        return None
    return command[2] if command[0] == "CreateBatch" else None


def nothing_happens(load):
    """So nothing waits for a timeout, and nothing is repeated."""
    load.publisher = "timeout: 3s"
    load.write(count=500)
    life = load.start()
    until(lambda: life.logged("GW-W200") or load.is_drained(), 60, load.tell)
    assert not life.logged("GW-W200"), "an event was not confirmed"
    assert load.end().repeats == 0


def a_queue_is_full(load):
    """For good: what it does not take waits."""
    with rabbit_stream.channel_of(load.node) as channel:
        channel.queue_delete(load.exchange.queue)
        channel.queue_declare(load.exchange.queue, durable=True,
                              arguments={"x-max-length": 20, "x-overflow": "reject-publish"})
        channel.queue_bind(load.exchange.queue, load.exchange.name, "#")
    load.write(count=300)
    life = load.start()
    until(lambda: life.logged("GW-W200") or load.is_drained(), 60, load.tell)
    life.end(signal.SIGTERM)
    assert load.pending() > 0, "every event counts as delivered"


@pytest.mark.parametrize("bug", [None, UNCONFIRMED], ids=["no bug", "confirm ignored"])
def test_events_are_confirmed(planted, bug):
    planted(killed_while_it_does_not_answer, bug, "never delivered")


@pytest.mark.parametrize("bug", [None, NO_RETURN], ids=["no bug", "return ignored"])
def test_events_that_no_queue_takes_are_kept(planted, bug):
    planted(half_of_the_events_are_unroutable, bug, "never delivered")


@pytest.mark.parametrize("bug", [None, NO_MULTIPLE], ids=["no bug", "multiple ignored"])
def test_several_events_are_confirmed_at_once(planted, bug):
    planted(nothing_happens, bug, "not confirmed")


@pytest.mark.parametrize("bug", [None, NO_NACK], ids=["no bug", "nack taken for an ack"])
def test_events_that_the_broker_refuses_wait(planted, bug):
    planted(a_queue_is_full, bug, "counts as delivered")

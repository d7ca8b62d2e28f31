# SPDX-License-Identifier: Apache-2.0
"""The network between a gateway and RabbitMQ is cut, flaps, is slow, resets connections anywhere, or delivers bytes one by
one, for the consumer and the publisher at once. Nothing is lost, nothing is applied twice, and half a minute after the
network has recovered nothing waits."""

import time

import pytest
from load import TURN
from proxy import TO_CLIENT, TO_SERVER
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

WAYS = [(TO_SERVER, TO_CLIENT), (TO_SERVER,), (TO_CLIENT,)]


def working(load, seconds=3, count=1_000):
    """A load that flows."""
    sender = load.send(seconds, count)
    life = load.start()
    until(lambda: load.taken() > TURN and load.delivered() > 0, 60, load.tell)
    return sender, life


def finish(load, counts, **what):
    verdict = load.end()
    counts(**what, transactions=verdict.transactions, repeats=verdict.repeats)


def test_connections_that_carry_nothing_are_given_up(bridge_load, rng, counts):
    """Neither end closes its socket. Each connection is cut both ways, or in one direction only."""
    load = bridge_load
    _, life = working(load, 6, 2_000)
    cut = [rng.choice(WAYS) for _ in load.proxies]
    load.outlet.swallow(*cut[1])
    (cut_at,), = load.database.psql("SELECT clock_timestamp()")
    until(lambda: load.pending_since(cut_at) > 0, 30, load.tell)  # no confirm of these is on its way
    load.inlet.swallow(*cut[0])
    until(lambda: life.logged("GW-W100") and life.logged("GW-W200"), 20, load.tell)
    load.heal()
    finish(load, counts, inlet=" and ".join(cut[0]), outlet=" and ".join(cut[1]))


def test_a_network_that_flaps(bridge_load, rng, counts):
    """What was on its way arrives late, is lost, or ends with a reset; or nobody can connect."""
    load = bridge_load
    sender, _ = working(load)
    flaps = 0
    while sender.is_alive() or flaps < 5:
        proxy, ways = rng.choice(load.proxies), rng.choice(WAYS)
        fault = rng.choice(["hold", "swallow", "refuse"])
        if fault == "hold":
            proxy.hold(*ways)
        elif fault == "swallow":
            proxy.swallow(*ways)
        else:
            proxy.lead_to(None)
            proxy.reset()
        time.sleep(rng.uniform(0, 0.5))
        load.heal()
        if fault == "swallow" and rng.random() < 0.5:
            proxy.reset()
        flaps += 1
    finish(load, counts, flaps=flaps)


def test_connections_are_reset_at_any_byte(bridge_load, rng, counts):
    """Also in the middle of a login, of a frame, of a confirm."""
    load = bridge_load
    sender, _ = working(load)
    for proxy in load.proxies:
        proxy.reset_within(20_000, rng)
        proxy.reset()
    until(lambda: cuts(load) >= 20 or not sender.is_alive(), 30, load.tell)
    load.heal()
    finish(load, counts, cuts=cuts(load))
    assert cuts(load) >= 3


def cuts(load):
    return sum(proxy.cuts for proxy in load.proxies)


def test_bytes_that_arrive_one_by_one(bridge_load, counts):
    load = bridge_load
    for proxy in load.proxies:
        proxy.slice(1)
    load.send(0, 300).join()
    load.start()
    finish(load, counts)


@pytest.mark.parametrize("latency_s", [0.5, pytest.param(3, marks=pytest.mark.long)])
def test_a_slow_network_only_slows_it_down(bridge_load, counts, latency_s):
    """No connection is given up, and none is opened again."""
    load = bridge_load
    load.link = "heartbeat: 5s\n    connect_timeout: 1m"
    _, life = working(load)
    for proxy in load.proxies:
        proxy.slow(latency_s)
    before = load.delivered()
    until(lambda: load.delivered() > before + 30, 120, load.tell)
    assert not life.logged("GW-W100") and not life.logged("GW-W200")
    load.heal()
    finish(load, counts)

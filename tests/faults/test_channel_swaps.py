# SPDX-License-Identifier: Apache-2.0
"""Channels are swapped over and over while events are out of stock: under one id, and one id for another. A third of
the files is refused, because it has a mistake or names a server that is away, and the gateway is killed now and then.
Each notice arrives once at each place. Where a kill came between its delivery and the record of that, it arrives again
with the same key. Commands are consumed meanwhile."""

import json
import signal
import statistics
import threading
import time
from collections import Counter
from datetime import datetime

import pytest
from channels import Channels
from commands import allocate, batch, lines
from gateway import STATUS_OK, Gateway
from load import Life
from log_records import CODE
from machine import Machine
from waiting import until

FILE = """\
service: swaps
repository: {{plugin: sqlite_repository, path: gangway.db}}
entrypoints:
  commands: {{plugin: jsonl_reader, path: commands.jsonl, follow: true}}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl}}
notifiers:
{notifiers}
routes:
  OutOfStock: {{publish: [events], notify: [{route}]}}
"""

SHIFTS = {"early": "mail", "late": "slack", "night": "webhook"}  # notifiers that take turns, all of one place
KINDS = ("mail", "slack", "webhook", "console")  # of `buyers`; only mail has a recipient
QUICK = ", backoff: 100ms, backoff_max: 500ms"
PAUSE_SECONDS = 0.1  # the longest pause of consumption on a machine that has nothing else to do
TURNS = 10  # a command waits for this many wake-ups and writes: of the reader, the worker, the commit, the relay, the file
SECONDS = 20


def test_the_longest_wait_and_the_runs_are_found():
    """A self-test of what is asserted below."""
    fed, at = {"o-1": 10.0, "o-2": 11.0, "o-3": 12.0}, {"o-1": 10.01, "o-2": 12.5, "o-3": 12.01}
    assert [round(wait, 3) for wait in waits(fed, at, [])] == [0.01, 0.01, 1.5]
    assert [round(wait, 3) for wait in waits(fed, at, [(10.5, 11.5)])] == [0.01, 0.01]
    assert count_runs({"b", "c", "e"}, "abcdef") == 2


@pytest.mark.parametrize(("count", "swaps", "kills"), [
    (1_500, 15, 2), pytest.param(10_000, 100, 8, marks=pytest.mark.long)])
def test_channels_are_swapped_while_notices_are_sent(shop, rng, counts, count, swaps, kills):
    shop.start()
    orders = Orders(shop, count, seconds=0.45 * swaps)
    killed = set(rng.sample(range(swaps), kills))
    applied = refused = 0
    for number in range(swaps):
        if number % 3 == 2:
            shop.is_refused(shop.broken(rng))
            refused += 1
        else:
            shop.is_applied(shop.swapped(rng), by_signal=rng.random() < 0.3)
            applied += 1
        time.sleep(rng.uniform(0, 0.2))  # for some deliveries
        if number in killed:
            shop.kill_and_restart()
    orders.join()
    shop.wait_until_arrived(orders.names)
    shop.end()
    repeats = shop.assert_each_arrived_once(orders.names, places=("buyers", "others", "clock"), kills=kills)
    counts(applied=applied, refused=refused, kills=kills, repeats=repeats)
    shop.assert_no_pause(orders, counts)


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_notices_that_wait_for_a_dead_mail_server_reach_the_slack_that_replaces_it(dead_mail, counts, count):
    orders = Orders(dead_mail, count, seconds=0)
    dead_mail.until_waiting("buyers", count)
    dead_mail.buyers = "slack"
    dead_mail.is_applied(dead_mail.file())
    dead_mail.wait_until_arrived(orders.names)
    dead_mail.end()
    assert dead_mail.assert_each_arrived_once(orders.names, places=("buyers", "others", "clock"), kills=0) == 0
    kinds = Counter(arrival.kind for arrival in dead_mail.arrived() if arrival.place == "buyers")
    assert kinds == {"slack": count}


def test_a_mail_server_that_is_dead_for_the_whole_run_delays_its_mails_only(dead_mail, counts):
    orders = Orders(dead_mail, 500, seconds=2)
    orders.join()
    dead_mail.wait_until_arrived(orders.names, places=("others", "clock"))
    until(lambda: dead_mail.gateway.event_count() == 500, SECONDS, dead_mail.life.said)
    dead_mail.assert_no_pause(orders, counts)
    assert dead_mail.life.logged(CODE.DELIVERY_FAILED, "buyers", "421 4.3.2")
    figures = dead_mail.figures()
    assert (figures["buyers"]["sent"], figures["clock"]["sent"], figures["night"]["sent"]) == (0, 500, 500)
    assert "421 4.3.2" in figures["buyers"]["error"]["text"] and figures["night"]["error"] is None
    assert figures["buyers"]["retried"] > 0 and figures["night"]["retried"] == figures["clock"]["retried"] == 0
    assert dead_mail.life.is_running()
    dead_mail.until_waiting("buyers", 500)
    dead_mail.end()
    assert "buyers" not in {arrival.place for arrival in dead_mail.arrived()}
    assert dead_mail.gateway.dead_letters() == []


@pytest.fixture
def dead_mail(shop):
    """A gateway whose buyers are told by a mail server that refuses everybody, and others by a webhook."""
    shop.channels.mail.answer("MAIL", "421 4.3.2 closing down")
    shop.shift = "night"
    shop.gateway.write_config(shop.file())
    shop.start()
    return shop


@pytest.fixture
def shop(tmp_path):
    with Channels(tmp_path) as channels, Machine(tmp_path) as machine:
        shop = Shop(tmp_path, channels, machine)
        yield shop
        shop.gateway.close()


class Shop:
    """A gateway with three notifiers for each event: `buyers`, whose channel is of any kind, one of the shifts, and
    `clock`, which never changes and is told when the event was committed."""

    def __init__(self, folder, channels, machine):
        self.channels, self.folder, self.machine = channels, folder, machine
        self.buyers, self.shift = "mail", "early"
        self.gateway = Gateway(folder, self.file())
        self.lives = []
        self.outages = []  # from, to
        self.gateway.commands.write_text(lines(batch("b-1", "LAMP", 1)))

    # ---- files ----

    def file(self, extra=(), **blocks):
        """The bootstrap file. extra: shifts that it names without a route."""
        made = {"buyers": self.channels.block(self.buyers, "buyers", QUICK),
                "clock": self.channels.block("webhook", "clock", QUICK)}
        made |= {name: self.channels.block(SHIFTS[name], "others", QUICK) for name in (self.shift, *extra)}
        notifiers = "\n".join(f"  {name}: {block}" for name, block in (made | blocks).items())
        return FILE.format(notifiers=notifiers, route=f"buyers, clock, {self.shift}")

    def swapped(self, rng):
        """Another channel for the buyers, another shift, or both."""
        which = rng.randrange(3)
        if which != 0:
            self.buyers = rng.choice([kind for kind in KINDS if kind != self.buyers])
        if which != 1:
            self.shift = rng.choice([name for name in SHIFTS if name != self.shift])
        return self.file()

    def broken(self, rng):
        """One that is refused."""
        kind = rng.choice(["mail", "slack", "webhook"])
        return rng.choice([
            self.file() + "}",
            self.file(buyers=self.channels.block(kind, "buyers", ", backof: 1s")),
            self.file(buyers=self.channels.block(kind, "buyers", ", proxy: {env: NOT_THERE}")),
            *[self.file(buyers=self.channels.dead(kind, "buyers"))] * 3,
        ])

    # ---- the life of the gateway ----

    def start(self):
        self.lives.append(Life(self.gateway, self.folder / f"log-{len(self.lives)}"))
        until(self.life.has_begun, SECONDS, self.life.said, self.life.process)

    @property
    def life(self):
        return self.lives[-1]

    def kill_and_restart(self):
        """Notices may wait for a shift that was removed: the file of the restart names all, so that they are sent."""
        since = time.time()
        assert self.life.end(signal.SIGKILL) == -signal.SIGKILL
        self.gateway.write_config(self.file(extra=SHIFTS))
        self.start()
        self.outages.append((since - 1, time.time() + 1))

    def end(self):
        assert self.life.end(signal.SIGTERM) == STATUS_OK, self.life.said()

    def is_applied(self, text, by_signal=False):
        self.gateway.write_config(text)
        if by_signal:
            before = len(self.life.logged(CODE.CONFIGURATION_APPLIED))
            self.life.signal(signal.SIGHUP)
            until(lambda: len(self.life.logged(CODE.CONFIGURATION_APPLIED)) > before, SECONDS, self.life.said)
        else:
            result = self.gateway.call("apply", self.gateway.config)
            assert result.status == STATUS_OK, f"{result}\n{self.life.said()[-3000:]}"

    def is_refused(self, text):
        self.gateway.write_config(text)
        result = self.gateway.call("apply", self.gateway.config)
        assert result.status != STATUS_OK, result
        self.gateway.write_config(self.file())

    # ---- what became of the notices ----

    def figures(self):
        """Each component as `status` shows it."""
        return json.loads(self.gateway.call("status", "--format", "json").out)["components"]

    def until_waiting(self, notifier, count):
        def waiting():
            rows = self.gateway.call("outbox", self.gateway.config, "--format", "json").table()
            return {row["destination"]: row["events"] for row in rows}

        until(lambda: waiting().get(notifier) == count, SECONDS, self.life.said)

    def arrived(self):
        return self.channels.arrived([life.said() for life in self.lives])

    def wait_until_arrived(self, names, places=("buyers", "others", "clock")):
        def missing():
            found = {(arrival.place, arrival.order) for arrival in self.arrived()}
            return [(place, name) for place in places for name in names
                    if (place, name) not in found]

        def tell():
            waiting = self.gateway.call("outbox", self.gateway.config).out
            records = "\n".join(line for line in self.life.said().splitlines() if not line.startswith("NOTICE"))
            return f"{records[-6000:]}\n{waiting}\n{len(missing())} missing: {missing()[:9]}"

        until(lambda: not missing(), 30 + len(names) // 50, tell)

    def assert_each_arrived_once(self, names, places, kills):
        """How many arrived once more. The relay records deliveries together where the servers are as quick as these.
        So what a kill repeats are neighbours, but for the shifts, where the notices of several come together."""
        repeats = 0
        for place in places:
            arrivals = [arrival for arrival in self.arrived() if arrival.place == place]
            times = Counter(arrival.order for arrival in arrivals)
            assert times.keys() == set(names)
            again = {order for order, count in times.items() if count > 1}
            assert all(times[order] <= 1 + kills for order in again), (place, times.most_common(5))
            if place != "others":
                assert count_runs(again, names) <= kills, (place, again)
            assert bool(again) <= bool(kills)
            keys = {(arrival.order, arrival.kind, arrival.key) for arrival in arrivals}
            assert len({key[:2] for key in keys}) == len(keys)
            repeats += len(again)
        assert self.gateway.dead_letters() == []
        return repeats

    def assert_no_pause(self, orders, counts):
        """Orders are consumed at once, whatever happens to the notices."""
        machine, each = self.machine.longest_seconds(), waits(orders.fed, self.times(), self.outages)
        median, longest = statistics.median(each), each[-1]
        counts(median_wait_ms=round(1000 * median), longest_wait_ms=round(1000 * longest), machine_ms=round(1000 * machine))
        assert median < PAUSE_SECONDS
        assert longest < PAUSE_SECONDS + TURNS * machine

    def times(self):
        """When each event was committed, by the clock of the gateway: order -> seconds."""
        bodies = [request.json() for request in self.channels.hook.requests if request.path.endswith("/clock")
                  and request.method == "POST"]
        return {body["data"]["orderid"]: datetime.fromisoformat(body["timestamp"].replace("Z", "+00:00")).timestamp()
                for body in bodies}


class Orders(threading.Thread):
    """Appends so many orders for which there is no stock, evenly over so many seconds, and notes when."""

    def __init__(self, shop, count, seconds):
        super().__init__(daemon=True)
        self.path, self.seconds = shop.gateway.commands, seconds
        self.names = [f"o-{number}" for number in range(count)]
        self.fed = {}
        self.start()

    def run(self):
        begin = time.monotonic()
        with self.path.open("ab", buffering=0) as file:
            while len(self.fed) < len(self.names):
                share = (time.monotonic() - begin) / self.seconds if self.seconds else 1
                names = self.names[len(self.fed) : int(share * len(self.names)) + 1]
                self.fed |= dict.fromkeys(names, time.time())
                file.write(lines(*[allocate(name, "LAMP", 2) for name in names]).encode())
                time.sleep(0.01)  # the pace of the load


def count_runs(chosen, names):
    """How many runs of neighbours they are."""
    return sum(name in chosen and (number == 0 or names[number - 1] not in chosen) for number, name in enumerate(names))


def waits(fed, committed, outages):
    """The times between the writing of an order and its commit, in seconds, the longest last, but for those that were
    written while no gateway ran."""
    return sorted(committed[name] - at for name, at in fed.items()
                  if not any(low <= at <= high for low, high in outages))

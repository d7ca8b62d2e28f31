# SPDX-License-Identifier: Apache-2.0
"""kill -9 at each step of a notice that groups events and is repeated, and at each step of a notice that is
readdressed. No event is lost or counted twice, a group is told once in the time of its repeat, and a notice is sent
again only if the kill came between a send and its record."""

import collections
import json
import signal

import gateway as harness
import pytest
import repositories
from commands import allocate, batch, lines
from gateway import STATUS_OK
from ledger import assert_nothing_waits
from load import Life
from waiting import until

CONFIG = """\
service: steps
plugins: {dir: plugins}
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: %s, turn: 2}
notifiers:
  people: {plugin: answering_notifier, to: [%s], answer: %s, record: %s.jsonl, text: '{count} {orderid}', %s}
routes:
  OutOfStock: {notify: [people]%s}
"""
REPEATING = ", group: {by: [sku], wait: 1ms, max: 1}, repeat: 1h"
SKUS, PEOPLE = ("LAMP", "SOFA"), ("ann@x", "ben@x")
PAIRS = {(sku, name) for sku in SKUS for name in PEOPLE}
BATCH = 2  # orders for each SKU that arrive together
SECONDS = 30
TAKES_MS = 55  # a send, so that each is recorded by itself, however busy the disk is
SENDING = ("before-close", "after-close", "before-deliver", "after-deliver", "record")
OPENING = ("before-open", "after-open")


@pytest.fixture(scope="module", autouse=True)
def fault_points():
    if b"GANGWAY_FAULT" not in harness.binary().read_bytes():
        pytest.skip("this gateway was built without fault points: configure with -DGANGWAY_FAULT_POINTS=ON")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def shop(request, gateway, tmp_path):
    gateway.copy_plugins()
    if request.param == "postgres":
        return Shop(gateway, repositories.Postgres(request.getfixturevalue("database")))
    return Shop(gateway, repositories.Sqlite(tmp_path))


class Shop:
    """A gateway that notifies two people of each SKU that is out of stock, and its lives."""

    def __init__(self, gateway, repository):
        self.gateway, self.repository = gateway, repository
        self.orders = 0
        gateway.commands.write_text(lines(*(batch(f"b-{sku}", sku, 1) for sku in SKUS)))

    def configure(self, follow=True, people=PEOPLE, answer="ok", route=REPEATING):
        text = CONFIG % (str(follow).lower(), ", ".join(people), answer, "sent" if answer == "ok" else "away",
                         f"takes: {TAKES_MS}ms" if answer == "ok" else "backoff: 10ms, backoff_max: 10ms", route)
        self.gateway.write_config(self.repository.into(text))

    def feed(self):
        """Each SKU is out of stock for some more orders."""
        orders = range(self.orders, self.orders + BATCH)
        self.orders += BATCH
        with self.gateway.commands.open("a") as file:
            file.write(lines(*(allocate(f"o{order}", sku, 9) for order in orders for sku in SKUS)))

    def has_taken_all(self):
        return self.repository.state().position() == self.gateway.commands.stat().st_size

    def dies_at(self, fault):
        """A life that ends at this fault."""
        process = self.gateway.start("run", self.gateway.config, env={"GANGWAY_FAULT": f"{fault}:kill"})
        assert process.wait(SECONDS) == -9

    def live(self, holds):
        """A life without a fault, until this holds."""
        life = Life(self.gateway, self.gateway.folder / "log")
        until(lambda: life.has_begun() and self.has_taken_all() and holds(), SECONDS,
              lambda: f"{life.said()} {self.pending()} {self.sent()}", life.process)
        assert life.end(signal.SIGTERM) == STATUS_OK

    def finish(self, **options):
        self.configure(follow=False, **options)
        result = self.gateway.run()
        assert result.status == STATUS_OK, result
        assert_nothing_waits(self.repository.state())

    def pending(self):
        return self.repository.state().pending().get("people", 0)

    def sent(self):
        """What each notice said, as often as it was sent: (SKU, recipient) -> its id -> texts."""
        path = self.gateway.folder / "sent.jsonl"
        found = collections.defaultdict(lambda: collections.defaultdict(list))
        for notice in map(json.loads, path.read_text().splitlines() if path.exists() else []):
            found[notice["sku"], notice["recipient"]][notice["id"]].append(notice["text"])
        return found

    def told(self):
        """(SKU, recipient) -> how many notices it got."""
        return {pair: len(notices) for pair, notices in self.sent().items()}

    def assert_all_are_counted(self, repeats):
        """Each event of each SKU, to each recipient, and so many notices sent once more."""
        for notices in self.sent().values():
            assert all(len(set(texts)) == 1 for texts in notices.values()), notices
            assert sum(int(texts[0].split()[0]) for texts in notices.values()) == self.orders
        assert sum(len(texts) - 1 for notices in self.sent().values() for texts in notices.values()) == repeats


def repeats_of(step):
    return int(step == "after-deliver")


@pytest.mark.parametrize("step", [*OPENING, *SENDING])
def test_killed_at_a_step_a_group_is_told_once_in_the_time_of_its_repeat(shop, step):
    shop.configure()
    shop.feed()
    shop.dies_at(f"{step}:1")
    shop.live(lambda: shop.told() == dict.fromkeys(PAIRS, 1))
    shop.feed()
    shop.live(lambda: shop.pending() == len(PAIRS))
    assert shop.told() == dict.fromkeys(PAIRS, 1)
    shop.finish()
    assert shop.told() == dict.fromkeys(PAIRS, 2)
    shop.assert_all_are_counted(repeats_of(step))


@pytest.mark.parametrize("step", OPENING)
def test_killed_while_events_join_a_notice_that_waits_for_its_repeat_each_is_counted_once(shop, step):
    shop.configure()
    shop.feed()
    shop.live(lambda: shop.told() == dict.fromkeys(PAIRS, 1))
    shop.feed()
    shop.dies_at(f"{step}:1")
    shop.live(lambda: shop.pending() == len(PAIRS))
    shop.finish()
    assert shop.told() == dict.fromkeys(PAIRS, 2)
    shop.assert_all_are_counted(0)


@pytest.mark.parametrize("step", SENDING)
def test_killed_at_a_step_of_what_waited_for_its_repeat_it_is_told_once(shop, step):
    shop.configure()
    shop.feed()
    shop.live(lambda: shop.told() == dict.fromkeys(PAIRS, 1))
    shop.feed()
    shop.live(lambda: shop.pending() == len(PAIRS))
    shop.configure(follow=False)
    shop.dies_at(f"{step}:1")
    shop.finish()
    assert shop.told() == dict.fromkeys(PAIRS, 2)
    shop.assert_all_are_counted(repeats_of(step))


@pytest.mark.parametrize("fault", ["after-deliver:1", "record:1", "before-open:1", "after-open:1", "before-deliver:1",
                                   "after-deliver:2", "record:2"])
def test_killed_at_a_step_of_readdressing_each_new_recipient_is_told_once(shop, fault):
    """The first record is that of what was readdressed, and the second one that of a send."""
    shop.configure(answer="away", route="")
    shop.feed()
    events = BATCH * len(SKUS)
    shop.live(lambda: shop.pending() == 2 * events)  # each is opened
    shop.configure(follow=False, people=["ann@x", "cy@x"], route="")
    shop.dies_at(fault)
    shop.finish(people=["ann@x", "cy@x"], route="")
    assert shop.told() == {(sku, name): BATCH for sku in SKUS for name in ("ann@x", "cy@x")}
    shop.assert_all_are_counted(int(fault == "after-deliver:2"))
    assert shop.gateway.dead_letters() == []

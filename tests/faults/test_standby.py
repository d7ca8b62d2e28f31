# SPDX-License-Identifier: Apache-2.0
"""The database returns to an earlier state while gateways run: a standby that lags is promoted, a server loses its last
commits, a dump is restored. Numbers of versions and outbox rows come a second time with other contents."""

import contextlib
import fcntl
import json
import os
import random
import signal
import struct
import time
from pathlib import Path

import audit
import pytest
import verdict
from ledger import Ledger, assert_consistent, grouped, read_events
from load import RECOVERY_SECONDS, Load
from log_records import CODE
from postgres import ADMINISTRATOR, Postgres
from proxy import AFTER_REQUEST, Proxy
from standby import Pair
from suspended_process import suspend
from waiting import until

SKU = "BRASS-LAMP"


@pytest.fixture
def pair():
    with Pair() as pair:
        yield pair


@pytest.fixture
def stock(tmp_path, pair):
    """Gateways whose commands a test writes line by line."""
    stock = Stock(tmp_path, pair.database())
    yield stock
    stock.close()


class Stock(Load):
    """Each file has a gateway of its own."""

    def __init__(self, folder, database):
        super().__init__(folder, database, random.Random(1))
        self.url = database.url

    def say(self, name, *commands):
        """Appends commands to a file; the position of its source when they are taken."""
        path = self.folder / name
        if path not in self.commands:
            self.commands.append(path)
        with path.open("a") as file:
            for command in commands:
                file.write(json.dumps(command) + "\n")
        return path.stat().st_size

    def run(self, name, url=None):
        return self.start(files=[name], url=url, turn=1)

    def next(self, name):
        pattern = f"{name.split('.')[0]}:%"
        rows = self.database.psql("SELECT next FROM gangway.positions WHERE source LIKE %s", [pattern])
        return rows[0][0] if rows else 0

    def wait_for(self, name):
        size = (self.folder / name).stat().st_size
        until(lambda: self.next(name) == size, RECOVERY_SECONDS, self.tell)

    def version(self, sku=SKU):
        """Version and stamp."""
        return self.database.psql("SELECT version, stamp FROM gangway.products WHERE sku = %s", [sku])[0]

    def lines(self):
        """Order -> batch."""
        return dict(self.database.psql("""SELECT orderid, ref FROM gangway.allocations a
                                          JOIN gangway.batches b ON b.id = a.batch"""))

    def finish(self):
        """Drains, and ends all that still run."""
        self.wait_until_drained()
        for life in self.lives:
            if life.is_running():
                assert life.end(signal.SIGTERM) == 0, life.said()


def batch(ref, qty, eta=None, sku=SKU):
    return {"type": "CreateBatch", "ref": ref, "sku": sku, "qty": qty} | ({"eta": eta} if eta else {})


def order(orderid, qty, sku=SKU):
    return {"type": "Allocate", "orderid": orderid, "sku": sku, "qty": qty}


def judged_history(load):
    """The state equals the result of the commands in the order of the commits, whatever was delivered before."""
    with contextlib.closing(load.database.connect()) as connection:
        judged = verdict.Verdict(load.commands)
        judged.replay(audit.history(connection))
        judged.compare_with(audit.rows_now(connection))
    judged.assert_clean()
    assert_consistent(Ledger(load.database.url))
    return judged


def raised(database):
    """(id, members) of each event that a server has ever committed, with its number."""
    rows = database.psql("SELECT after FROM audit.changes WHERE subject = 'outbox'")
    found = {}
    for (row,) in rows:
        found[row["id"], str(verdict.row_members(row))] = row["number"]
    return found


def assert_delivered(load, lost, files=None):
    """Each event of the history that is left was delivered, and no event that none of the servers had committed. lost:
    what the servers that were replaced had committed."""
    kept = raised(load.database)
    delivered = {(event.id, str(event.members)) for file in files or [load.events] for event in read_events(file)}
    assert not kept.keys() - delivered, "never delivered"
    assert not delivered - kept.keys() - lost.keys(), "delivered, and never committed"


# ---- a turn that was decided on the lost history --------------------------------------------------------------------


def take(stock, name, url=None):
    """A gateway that takes all of a file and ends."""
    life = stock.run(name, url)
    stock.wait_for(name)
    until(life.has_begun, RECOVERY_SECONDS, stock.tell)
    assert life.end(signal.SIGTERM) == 0, life.said()


def lose_with_a_turn_in_flight(stock, pair, lost, turn, other):
    """`lost` is committed and not replicated. A gateway sends a turn that was decided on it, and gets no answer. The
    standby is promoted, and another client commits `other` there. Then the gateway connects to the new server and sends
    the same turn again. The version that the turn expects exists there, with other contents."""
    take(stock, "a.jsonl")
    take(stock, "b.jsonl")
    pair.catch_up()
    pair.hold_back()
    stock.say("b.jsonl", lost)
    take(stock, "b.jsonl")
    seen = stock.version()
    in_flight = stock.run("a.jsonl")  # it remembers no product
    until(lambda: in_flight.has_begun() and in_flight.logged(CODE.SOURCE_STARTED), RECOVERY_SECONDS, stock.tell)
    pair.front.lead_to(None)  # a client that loses its connection waits
    pair.front.cut("apply", AFTER_REQUEST)
    stock.say("a.jsonl", turn)
    until(lambda: pair.front.cuts == 1, RECOVERY_SECONDS)
    pair.fail_over()
    assert stock.version() != seen
    stock.say("c.jsonl", other)
    take(stock, "c.jsonl", url=pair.primary.url(stock.database.name))
    assert stock.version()[0] == seen[0] and stock.version()[1] != seen[1]
    pair.front.heal()
    pair.open()
    stock.wait_for("a.jsonl")


def end_with_everything(stock, pair):
    """What was lost is read again from its file, and everything is in the tables once, and delivered."""
    stock.run("b.jsonl")
    stock.finish()
    judged_history(stock)
    assert_delivered(stock, raised(pair.lost_database(stock.database)))


def test_a_turn_decided_on_lost_stock_does_not_oversell(stock, pair):
    """Decided on ten units, of which the new server knows four."""
    stock.say("a.jsonl", batch("small", 4), order("o0", 1))
    stock.say("b.jsonl", batch("of-b", 1, sku="TIN-LAMP"))
    lose_with_a_turn_in_flight(stock, pair, lost={"type": "ChangeBatchQuantity", "ref": "small", "qty": 10},
                               turn=order("o1", 8), other=batch("other", 9, "2027-01-01"))
    assert stock.lines() == {"o0": "small", "o1": "other"}
    end_with_everything(stock, pair)
    assert stock.database.psql("SELECT count(*) FROM gangway.dead_letters") == [(0,)]


def test_a_version_of_another_history_is_a_conflict(stock, pair):
    """No quantity differs of what the turn writes, but the batch that it passed over has room on the new server."""
    stock.say("a.jsonl", batch("first", 10), batch("later", 10, "2027-01-01"), order("o0", 1))
    stock.say("b.jsonl", batch("of-b", 1, sku="TIN-LAMP"))
    lose_with_a_turn_in_flight(stock, pair, lost=order("o-lost", 9), turn=order("o1", 5),
                               other=batch("other", 1, "2028-01-01"))
    assert stock.lines() == {"o0": "first", "o1": "first"}
    end_with_everything(stock, pair)


# ---- a relay between delivery and its record ------------------------------------------------------------------------

F_OFD_SETLKW = 38


class Locked:
    """A write lock on a new file of events, such as another gateway has while it appends; the one before is renamed. A
    relay that has come so far as to open the new one has rows in hand, and waits."""

    def __init__(self, path):
        self.path, self.before = path, path.with_suffix(".before")
        path.rename(self.before)
        self.file = os.open(path, os.O_RDWR | os.O_CREAT)
        fcntl.fcntl(self.file, F_OFD_SETLKW, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))

    def holds_up(self, pid):
        return str(self.path) in open_files(pid)

    def release(self):
        os.close(self.file)


def open_files(pid):
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed in the meantime
            found.add(os.readlink(entry))
    return found


def outbox_numbers(database):
    return [number for (number,) in database.psql("SELECT number FROM gangway.outbox_blocks ORDER BY number")]


def test_a_delivery_of_a_lost_row_settles_no_row_of_the_new_history(stock, pair):
    """The relay has a row in hand when the server is lost. On the new one its number belongs to another event."""
    stock.say("a.jsonl", batch("b1", 1000), order("o0", 1))
    first = stock.run("a.jsonl")
    stock.wait_for("a.jsonl")
    until(lambda: stock.pending() == 0, RECOVERY_SECONDS, stock.tell)
    pair.catch_up()
    pair.hold_back()
    stock.say("a.jsonl", *(order(f"lost-{i}", 1) for i in range(40)))  # a standby's sequences are up to 32 ahead
    stock.wait_for("a.jsonl")
    until(lambda: stock.pending() == 0, RECOVERY_SECONDS, stock.tell)
    lock = Locked(stock.events)
    stock.say("a.jsonl", order("in-hand", 1))
    stock.wait_for("a.jsonl")
    (in_hand,) = outbox_numbers(stock.database)
    until(lambda: lock.holds_up(first.process.pid), RECOVERY_SECONDS, stock.tell)
    pair.fail_over()
    stock.say("c.jsonl", *(order(f"other-{i}", 1) for i in range(50)))
    other = stock.run("c.jsonl", url=pair.primary.url(stock.database.name))
    until(lambda: in_hand in outbox_numbers(stock.database), RECOVERY_SECONDS, stock.tell)
    other.end(signal.SIGKILL)  # whose relay waits for the same lock
    pair.open()
    lock.release()
    stock.run("c.jsonl")
    stock.finish()
    judged_history(stock)
    assert_delivered(stock, raised(pair.lost_database(stock.database)), [lock.before, stock.events])


def await_looks(stock, count):
    """Until the relay has asked its server so often."""
    seen = set()

    def has_looked():
        seen.update(stock.database.psql(
            "SELECT query_start FROM pg_stat_activity WHERE application_name = 'gangway events'"))
        return len(seen) > count

    until(has_looked, RECOVERY_SECONDS, stock.tell)


def first_deliveries(file, prefix):
    """The order ids that begin so, in the order of their first events."""
    found = [json.loads(line)["orderid"] for line in file.read_text().splitlines()]
    return list(dict.fromkeys(orderid for orderid in found if orderid.startswith(prefix)))


def test_a_relay_that_did_not_see_the_failover_skips_no_row(stock, pair):
    """On the lost server nothing waited up to a number. The new server gives numbers below it to other rows, and the
    relay finds its connection closed only when it looks for them."""
    stock.say("a.jsonl", batch("b1", 1000), order("o0", 1))
    first = stock.run("a.jsonl")
    stock.wait_for("a.jsonl")
    pair.catch_up()
    pair.hold_back()
    stock.say("a.jsonl", *(order(f"lost-{i}", 1) for i in range(40)))  # a standby's sequences are up to 32 ahead
    stock.wait_for("a.jsonl")
    until(lambda: stock.pending() == 0, RECOVERY_SECONDS, stock.tell)
    await_looks(stock, 4)  # from then on it begins its looks behind all of these rows
    lock = Locked(stock.events)
    pair.split()
    expected = [f"other-{i}" for i in range(50)]
    size = stock.say("c.jsonl", *(order(orderid, 1) for orderid in expected))
    other = stock.run("c.jsonl", url=pair.standby.url(stock.database.name))
    taken = "SELECT next FROM gangway.positions WHERE source LIKE 'c:%'"
    until(lambda: pair.standby.psql(taken, database=stock.database.name) == [(size,)], RECOVERY_SECONDS, stock.tell)
    other.end(signal.SIGKILL)  # whose relay waits for the lock
    lock.release()
    stock.say("a.jsonl", order("lost-last", 1))
    stock.wait_for("a.jsonl")
    until(lambda: stock.pending() == 0, RECOVERY_SECONDS, stock.tell)  # the relay trusts its lease again, for 3 s
    first.freeze(stock.events)
    pair.fail_over()
    pair.open()
    first.signal(signal.SIGCONT)
    stock.finish()
    assert first_deliveries(stock.events, "other-") == expected
    judged_history(stock)
    assert_delivered(stock, raised(pair.lost_database(stock.database)), [lock.before, stock.events])


# ---- an input that nothing comes from any more ----------------------------------------------------------------------


def test_an_input_without_new_messages_is_read_again(stock, pair):
    """What was lost was the last that came. No later message shows the gateway that its position went back."""
    stock.say("a.jsonl", batch("b1", 1000), order("o0", 1))
    life = stock.run("a.jsonl")
    stock.wait_for("a.jsonl")
    pair.catch_up()
    pair.hold_back()
    stock.say("a.jsonl", order("o1", 1))
    stock.wait_for("a.jsonl")
    pair.fail_over()
    pair.open()
    stock.wait_for("a.jsonl")
    assert life.is_running()
    stock.finish()
    assert stock.lines() == {"o0": "b1", "o1": "b1"}
    judged_history(stock)


# ---- at random ------------------------------------------------------------------------------------------------------


def assert_in_order(load):
    """Per product the events have rising sequences in the order of their numbers, up to the counter of the product, and
    the first delivery of each is in that order."""
    rows = load.database.psql("""SELECT after->>'sku', (after->>'number')::bigint, (after->>'sequence')::bigint,
                                 after->>'id' FROM audit.changes WHERE subject = 'outbox'""")
    counters = dict(load.database.psql("SELECT sku, events FROM gangway.products"))
    places = {}
    for place, event in enumerate(read_events(load.events)):
        places.setdefault(event.id, place)
    for sku, of_product in grouped((sku, rest) for sku, *rest in sorted(rows, key=lambda row: row[1])).items():
        found = [(sequence, places[identity]) for _, sequence, identity in of_product]
        for left, right in zip(found, found[1:]):
            assert left[0] < right[0] and left[1] < right[1], (sku, left, right)
        assert found[-1][0] <= counters.get(sku, found[-1][0]), (sku, found[-1], counters[sku])


def fail_over_at_random(load, pair, rng):
    """Everything that the server that was lost had raised, and how many of these events are gone with it."""
    pair.catch_up()
    time.sleep(rng.uniform(0, 0.3))  # the fault's own measure, as below
    pair.hold_back()
    time.sleep(rng.uniform(0.2, 0.8))
    kept = pair.standby.psql("SELECT count(*) FROM audit.changes WHERE subject = 'outbox'", database=load.database.name)
    pair.fail_over()
    time.sleep(rng.uniform(0, 0.3))
    pair.open()
    lost = raised(pair.lost_database(load.database))
    pair.lost.halt("immediate")
    return lost, len(lost) - kept[0][0]


@pytest.fixture
def pair_load(tmp_path, pair, rng, superstore_csv):
    load = Load(tmp_path, pair.database(), rng)
    yield load
    load.close()


def test_failovers_at_random_with_one_input(pair_load, pair, rng, counts):
    """The input is read again in its order, so that the new history has the events of the lost one in their order."""
    load, feeder = pair_load, pair_load.feed(5, count=6_000)
    load.start()
    load.start()
    until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
    _, gone = fail_over_at_random(load, pair, rng)
    feeder.join()
    verdict = load.end()
    counts(gone=gone, repeats=verdict.repeats)
    assert gone > 0
    assert_in_order(load)


def test_failovers_at_random_with_two_inputs(pair_load, pair, rng, counts):
    """The two mix in another order on the new server, about the same products."""
    load = pair_load
    feeders = [load.feed(6, name, count=4_000) for name in ("a.jsonl", "b.jsonl")]
    for name in ("a.jsonl", "b.jsonl", "a.jsonl"):
        load.start(files=[name])
    until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
    lost, gone = fail_over_at_random(load, pair, rng)
    for feeder in feeders:
        feeder.join()
    load.wait_until_drained()
    for life in load.lives:
        assert life.end(signal.SIGTERM) == 0, life.said()
    judged_history(load)
    assert_delivered(load, lost)
    counts(gone=gone)  # seldom nothing: the load had ended, and the standby had it all


@pytest.mark.long
def test_one_failover_after_another(pair_load, pair, rng, counts):
    load, feeder = pair_load, pair_load.feed(25, count=20_000)
    load.start()
    load.start()
    until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
    gone = 0
    for _ in range(3):
        gone += fail_over_at_random(load, pair, rng)[1]
        pair.add_standby()
    feeder.join()
    verdict = load.end()
    counts(gone=gone, repeats=verdict.repeats)
    assert_in_order(load)


# ---- a server that loses its last commits, a dump that is restored --------------------------------------------------


@pytest.fixture
def forgetful():
    """A server whose commits reach the disk later, by its WAL writer."""
    with Postgres(settings={"synchronous_commit": "off", "track_commit_timestamp": "on"}) as server:
        yield server
        server.kill()  # also a WAL writer that is stopped


def stop_wal_writer(server):
    (pid,), = server.psql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
    suspend(pid)


@pytest.fixture
def forgetful_load(tmp_path, forgetful, rng, superstore_csv):
    load = Load(tmp_path, forgetful.database(), rng)
    yield load
    load.close()


def test_a_server_that_is_killed_loses_its_last_commits(forgetful_load, forgetful, rng, counts):
    load, feeder = forgetful_load, forgetful_load.feed(8, count=6_000)
    load.prepare()
    forgetful.psql("CHECKPOINT")  # the tables, and what watches them, are not among what is lost
    load.start()
    load.start()
    until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
    back = 0
    for _ in range(2):
        stop_wal_writer(forgetful)
        before = load.taken()
        until(lambda: load.taken() > before or load.is_drained(), RECOVERY_SECONDS, load.tell)
        time.sleep(rng.uniform(0, 0.5))  # the fault's own measure
        before = load.taken()
        forgetful.kill()
        forgetful.start()
        back += load.taken() < before
    feeder.join()
    verdict = load.end()
    counts(went_back=back, repeats=verdict.repeats)
    assert back > 0
    assert_in_order(load)


@pytest.fixture
def proxied_load(tmp_path, postgres, rng, superstore_csv):
    """Its database is reached by a proxy."""
    database = postgres.database()
    with Proxy(postgres.port) as proxy:
        database.url = proxy.url(database.url)
        load = Load(tmp_path, database, rng)
        load.proxy = proxy
        yield load
        load.close()
    database.drop()


def test_a_dump_restored_under_a_running_gateway(proxied_load, postgres, rng, counts):
    """With one gateway only: otherwise the transaction numbers in a dump do not give the order of the commits."""
    load, feeder = proxied_load, proxied_load.feed(6, count=6_000)
    load.start()
    until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
    dump = postgres.folder / "dump"
    where = ["-h", postgres.folder, "-p", postgres.port, "-U", ADMINISTRATOR]
    postgres.tool("pg_dump", *where, "-Fc", "-f", dump, load.database.name)
    taken = load.taken()
    until(lambda: load.taken() > taken + 10_000, RECOVERY_SECONDS, load.tell)
    taken = load.taken()
    load.proxy.lead_to(None)
    load.proxy.reset()
    postgres.dropdb(load.database.name)
    postgres.createdb(load.database.name)
    postgres.tool("pg_restore", *where, "-d", load.database.name, dump)
    assert load.taken() < taken
    load.proxy.lead_to(postgres.port)
    feeder.join()
    verdict = load.end()
    counts(repeats=verdict.repeats)
    assert_in_order(load)

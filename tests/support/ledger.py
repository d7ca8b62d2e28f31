# SPDX-License-Identifier: Apache-2.0
"""What a gateway did, read behind its back, and whether it is what the reference model says.

The state is read from the SQLite file with Python's own sqlite3, from PostgreSQL with psycopg2, or from a folder of CSV
files with Python's own csv; their schemas are named in SQLITE, POSTGRES and CSV and nowhere else. The events are read from what jsonl_writer appended. An assertion says the
first few differences, not all of them.
"""

import contextlib
import csv
import io
import json
import shutil
import sqlite3
import tempfile
from itertools import zip_longest
from pathlib import Path

import psycopg2
from reference import event_members

# What is read -> how to say it in SQL.
SQLITE = {
    "versions": "SELECT sku, version FROM products",
    "batches": "SELECT ref, sku, purchased, allocated, coalesce(eta, '') FROM batches",
    "created": "SELECT sku, ref FROM batches ORDER BY sku, created",
    "lines": "SELECT ref, orderid, qty FROM allocations ORDER BY ref, seq",
    "line_skus": "SELECT count(*) FROM allocations a JOIN batches b ON a.ref = b.ref WHERE a.sku <> b.sku",
    "positions": "SELECT source, next FROM positions",
    "outbox": """SELECT number + "index", destination FROM outbox_events
                 UNION ALL SELECT number, destination FROM notices ORDER BY 1""",
    "attempts": """SELECT number + "index", attempts FROM outbox_events
                   UNION ALL SELECT number, attempts FROM notices ORDER BY 1""",
    "dead": "SELECT id, kind, source FROM dead_letters ORDER BY id",
}
POSTGRES = SQLITE | {
    "versions": "SELECT sku, version FROM gangway.products",
    "batches": """SELECT ref, sku, purchased, allocated, coalesce(eta::text, '')
                  FROM gangway.batches b JOIN gangway.products p ON p.id = b.product""",
    "created": """SELECT sku, ref FROM gangway.batches b JOIN gangway.products p ON p.id = b.product
                  ORDER BY sku, created""",
    "lines": """SELECT ref, orderid, qty FROM gangway.allocations a JOIN gangway.batches b ON b.id = a.batch
                ORDER BY ref, seq""",
    "line_skus": """SELECT count(*) FROM gangway.allocations a LEFT JOIN gangway.batches b ON b.id = a.batch
                    WHERE a.product IS DISTINCT FROM b.product""",
    "positions": "SELECT source, next FROM gangway.positions",
    "outbox": """SELECT number + index, destination FROM gangway.outbox_events
                 UNION ALL SELECT number, destination FROM gangway.notices ORDER BY 1""",
    "attempts": """SELECT number + index, attempts FROM gangway.outbox_events
                   UNION ALL SELECT number, attempts FROM gangway.notices ORDER BY 1""",
    "dead": "SELECT id, kind, source FROM gangway.dead_letters ORDER BY id",
}


# The files of csv_repository in the order of their numbers in its journal; the last one is `.gangway/counters.csv`.
CSV = ("batches.csv", "allocations.csv", *(f".gangway/{name}.csv" for name in (
    "products", "batches", "allocations", "positions", "inbox", "outbox", "dead_letters", "counters"
)))

class Ledger:
    """The state in a gateway's database, as it was when this was made; nothing when the gateway came to no schema. The
    database is a SQLite file, a postgresql:// URL, or a folder of CSV files."""

    def __init__(self, database):
        if str(database).startswith("postgresql://"):
            self.read_postgres(database)
        elif Path(database).is_dir():
            self.read_csv(Path(database))
        else:
            self.read_sqlite(database)

    def read_sqlite(self, database):
        """From a copy, so that looking never does what the gateway itself has to do after a crash."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.db"
            for suffix in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(f"{database}{suffix}", f"{copy}{suffix}")
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                self.sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
                tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'outbox_events'").fetchall()
                self.rows = {name: connection.execute(sql).fetchall() if tables else [] for name, sql in SQLITE.items()}

    def read_postgres(self, url):
        """In one snapshot."""
        with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            connection.set_session("REPEATABLE READ", readonly=True)
            self.sound = "ok"  # the server's own files are not checked here
            cursor.execute("SELECT to_regclass('gangway.outbox_events')")
            tables = cursor.fetchone()[0]
            self.rows = {}
            for name, sql in POSTGRES.items():
                if tables:
                    cursor.execute(sql)
                self.rows[name] = cursor.fetchall() if tables else []

    def read_csv(self, folder):
        """Reads the state that a gateway would load: a journal replaces the files that it has still to write."""
        files = {name: (folder / name).read_bytes() for name in CSV if (folder / name).exists()}
        if (folder / ".gangway" / "journal").exists():
            try:
                files |= journal_files((folder / ".gangway" / "journal").read_bytes())
            except FileNotFoundError:  # it has been written meanwhile
                return self.read_csv(folder)
        rows = {name: csv_rows(files.get(name, b"")) for name in CSV}
        known, lines = rows[".gangway/batches.csv"], rows[".gangway/allocations.csv"]
        peoples = [[list(row.values())[:4] for row in rows[name]] for name in CSV[:2] + CSV[3:5]]
        self.sound = "ok" if peoples[:2] == peoples[2:] else f"{folder}: people's files are not what .gangway knows"
        skus = {row["ref"]: row["sku"] for row in known}
        self.rows = {
            "versions": [(row["sku"], int(row["version"])) for row in rows[".gangway/products.csv"]],
            "batches": [(row["ref"], row["sku"], int(row["qty"]), int(row["allocated"]), row["eta"]) for row in known],
            "created": [(row["sku"], row["ref"]) for row in sorted(known, key=lambda row: int(row["created"]))],
            "lines": [(row["batchref"], row["orderid"], int(row["qty"]))
                      for row in sorted(lines, key=lambda row: int(row["seq"]))],
            "line_skus": [(sum(row["sku"] != skus[row["batchref"]] for row in lines),)],
            "positions": [(row["source"], int(row["next"])) for row in rows[".gangway/positions.csv"]],
            "outbox": [(int(row["number"]), row["destination"]) for row in rows[".gangway/outbox.csv"]],
            "attempts": [(int(row["number"]), int(row["attempts"])) for row in rows[".gangway/outbox.csv"]],
            "dead": [(int(row["id"]), int(row["kind"]), row["source"]) for row in rows[".gangway/dead_letters.csv"]],
        }

    def versions(self):
        return dict(self.rows["versions"])

    def batch_states(self):
        return {ref: tuple(rest) for ref, *rest in self.rows["batches"]}

    def batches_by_sku(self):
        """sku -> its references in order of creation."""
        return grouped(self.rows["created"])

    def lines_by_batch(self):
        return grouped((ref, (orderid, qty)) for ref, orderid, qty in self.rows["lines"])

    def position(self):
        """The position of the only source; None before the first turn."""
        assert len(self.rows["positions"]) <= 1, self.rows["positions"]
        return self.rows["positions"][0][1] if self.rows["positions"] else None

    def lines_taken(self, commands):
        """How many lines of the commands file are behind the position, which counts bytes."""
        position = self.position() or 0
        with open(commands, "rb") as file:
            before = file.read(position)
        assert len(before) == position and (not before or before.endswith(b"\n")), f"position {position} is in a line"
        return before.count(b"\n")

    def attempts(self):
        """How often each row or notice that waits was tried in vain, in the order of their numbers."""
        return [attempts for _, attempts in self.rows["attempts"]]

    def pending(self):
        """destination -> how many rows and notices wait for delivery."""
        return {name: len(rows) for name, rows in grouped((to, number) for number, to in self.rows["outbox"]).items()}


csv.field_size_limit(1 << 30)  # a payload is a cell


def csv_rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8", "surrogateescape"), newline="")))


def journal_files(journal):
    """name -> contents, of csv_repository's journal: a title, of each file a line and its bytes, a hash of 16 bytes."""
    stream = io.BytesIO(journal[:-16])
    assert stream.readline() == b"gangway journal 1\n"
    files = {}
    while line := stream.readline():
        word, number, size = line.split()
        assert word == b"file"
        files[CSV[int(number)]] = stream.read(int(size))
        assert stream.read(1) == b"\n"
    return files


def grouped(pairs):
    groups = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


# ---- events ---------------------------------------------------------------------------------------------------------


class Event:
    """One line of the events file: its id, and its members but for the id as (name, value), in order."""

    __slots__ = ("id", "members")

    def __init__(self, identity, members):
        self.id, self.members = identity, members

    def __eq__(self, other):
        return (self.id, self.members) == (other.id, other.members)

    def __repr__(self):
        return f"{self.id}: {self.members}"


def parse_event(line):
    pairs = json.loads(line, object_pairs_hook=list)
    names = [name for name, _ in pairs]
    assert names[:2] == ["type", "id"], f"`type` comes first and `id` second: {line!r}"
    return Event(pairs[1][1], [tuple(pair) for pair in pairs[:1] + pairs[2:]])


def read_events(path, torn=0):
    """The events of a file in order. torn: how many lines may be the beginning of an event that was cut by a crash."""
    events = []
    if not Path(path).exists():
        return events
    for line in Path(path).read_bytes().splitlines():
        try:
            events.append(parse_event(line))
        except ValueError:
            torn -= 1
            assert torn >= 0, f"no event: {line[:200]!r}"
    return events


# ---- judging --------------------------------------------------------------------------------------------------------


def assert_equal_maps(what, found, expected):
    if found != expected:
        keys = [key for key in {**expected, **found} if found.get(key) != expected.get(key)]
        lines = [f"  {key}: {found.get(key)} instead of {expected.get(key)}" for key in keys[:5]]
        raise AssertionError("\n".join([f"{what}: {len(keys)} differ", *lines]))


def assert_equal_lists(what, found, expected):
    for index, (left, right) in enumerate(zip_longest(found, expected)):
        if left != right:
            counts = f"{len(found)} instead of {len(expected)}, the first difference at {index}"
            raise AssertionError(f"{what}: {counts}:\n  {left}\n  instead of\n  {right}")


def assert_consistent(ledger):
    """What must hold in every snapshot, whatever was going on: nothing is oversold, no line is counted twice."""
    assert ledger.sound == "ok"
    lines = ledger.lines_by_batch()
    for ref, (_, purchased, allocated, _) in ledger.batch_states().items():
        assert 0 <= allocated <= purchased, f"batch {ref}: {allocated} of {purchased} allocated"
        assert allocated == sum(qty for _, qty in lines.get(ref, ())), f"batch {ref}: its lines are not {allocated}"
    assert ledger.rows["line_skus"] in ([], [(0,)]), "a line sits on a batch of another product"


def assert_same_state(ledger, model):
    assert_consistent(ledger)
    assert_equal_maps("batches", ledger.batch_states(), model.batch_states())
    assert_equal_maps("lines by batch, in order of allocation", ledger.lines_by_batch(), model.lines_by_batch())
    assert_equal_maps("versions", ledger.versions(), model.versions())
    created = {sku: [batch.ref for batch in product.batches] for sku, product in model.products.items()}
    assert_equal_maps("batches in order of creation", ledger.batches_by_sku(), created)
    assert len(ledger.rows["dead"]) == len(model.dead_letters)


def assert_nothing_waits(ledger):
    assert ledger.pending() == {}


def assert_same_events(events, model):
    """Each event once, in the order in which the model raised them, which is the order of the file."""
    assert_equal_lists("events", [event.members for event in events], list(map(event_members, model.events)))
    assert len({event.id for event in events}) == len(events), "two events share an id"


def sku_of(event):
    return dict(event.members)["sku"]


def assert_same_events_by_sku(events, model):
    """Each event once, and those of each product in the order in which the model raised them."""
    assert len({event.id for event in events}) == len(events), "two events share an id"
    found = grouped((sku_of(event), event.members) for event in events)
    expected = grouped((dict(event_members(event))["sku"], event_members(event)) for event in model.events)
    assert_equal_maps("number of events per product", counts(found), counts(expected))
    for sku, members in expected.items():
        assert_equal_lists(f"events of {sku}", found[sku], members)


def counts(groups):
    return {key: len(values) for key, values in groups.items()}


def first_occurrences(events):
    """The events without repeats. A repeat has the same id, and must then be the same in every respect."""
    seen = {}
    for event in events:
        first = seen.setdefault(event.id, event)
        assert first.members == event.members, f"one id, two events: {first} and {event}"
    return list(seen.values())


def assert_events_at_least_once(events, model):
    """Each event, for the first time in order; more often only under the same id. Returns the number of repeats."""
    firsts = first_occurrences(events)
    assert_same_events(firsts, model)
    return len(events) - len(firsts)


def count_steps_back(events):
    """How often the file of events goes back to one that it had before: at most once per crash."""
    order = {event.id: index for index, event in enumerate(first_occurrences(events))}
    back, previous = 0, -1
    for event in events:
        back += order[event.id] <= previous
        previous = order[event.id]
    return back


def assert_notices_at_least_once(notices, model):
    """Each notice, for the first time in order, and no other. Notices of one SKU look the same, so a repeat is one that
    does not fit the order."""
    position = 0
    for notice in notices:
        if position < len(model.notices) and notice == model.notices[position]:
            position += 1
        else:
            assert notice in model.notices[:position], f"a notice that nobody asked for: {notice}"
    assert position == len(model.notices), f"missing: {model.notices[position]}"


def assert_dead_letters(found, model):
    """found: (line, reason) in order. The reason names the field, or is the domain's own sentence."""
    assert [line for line, _ in found] == [letter.line for letter in model.dead_letters]
    for (line, reason), letter in zip(found, model.dead_letters):
        assert reason_fits(reason, letter.rejection), f"line {line}: {reason!r}"


def reason_fits(reason, rejection):
    """A field at fault is named, and the domain's own sentence is said as it is."""
    if rejection.kind == "semantics":
        return reason == rejection.text
    if rejection.kind == "field":
        return rejection.field in reason
    return bool(reason.strip())

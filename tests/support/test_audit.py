# SPDX-License-Identifier: Apache-2.0
"""The triggers record what is committed, in the order of the commits, on the gateway's own tables, and the program
reports it with its status. The transactions here are the test's own."""

import contextlib
import json
import subprocess
from pathlib import Path

import audit
import ledger
import psycopg2
import pytest
import reference

SCHEMA = Path(__file__).parents[2] / "plugins/postgres_repository/schema"
AUDIT = Path(audit.__file__)

COMMANDS = [
    {"type": "CreateBatch", "ref": "b1", "sku": "S", "qty": 10, "eta": "2026-01-01"},
    {"type": "Allocate", "orderid": "o1", "sku": "S", "qty": 4},
]
SOURCE = "in:commands.jsonl:0"
CREATE = """
INSERT INTO products (sku, version) VALUES ('S', 1);
INSERT INTO batches (product, ref, purchased, allocated, eta, created)
SELECT id, 'b1', 10, 0, '2026-01-01', 1 FROM products;
INSERT INTO positions VALUES (%(source)s, %(next)s);
"""
ALLOCATE = """
UPDATE positions SET next = %(next)s;
UPDATE products SET version = 2;
UPDATE batches SET allocated = 4;
INSERT INTO allocations SELECT 1, 2, product, id, 4, 'o1' FROM batches;
INSERT INTO outbox_blocks (destination, number, stamp, created_at, count, counters, events)
SELECT 'events', 1, 1, now(), 1, '{}', event_line(1, 'Allocated', 'S', %(identity)s, '', '',
                                                  '{"orderid": "o1", "sku": "S", "qty": 4, "batchref": "b1"}');
"""


@pytest.fixture
def url(database):
    """A database with the gateway's tables, watched."""
    database.psql("CREATE SCHEMA gangway AUTHORIZATION gangway")
    with contextlib.closing(database.connect("gangway")) as connection, connection.cursor() as cursor:
        cursor.execute("SET search_path = gangway")
        for path in sorted(SCHEMA.glob("*.sql")):
            cursor.execute(path.read_text())
    audit.install(database)
    return database.url


@pytest.fixture
def files(tmp_path):
    """The commands, and how much of their result was delivered."""
    lines = [json.dumps(command) + "\n" for command in COMMANDS]
    commands, events = tmp_path / "commands.jsonl", tmp_path / "events.jsonl"
    commands.write_text("".join(lines))
    delivered = {"type": "Allocated", "id": f"f-{len(lines[0])}-1", "orderid": "o1", "sku": "S", "qty": 4, "batchref": "b1"}
    events.write_text(json.dumps(delivered) + "\n")
    return commands, events, [len(line) for line in lines]


def commit(url, *scripts, **values):
    with contextlib.closing(psycopg2.connect(url, options="-c search_path=gangway")) as connection:
        for sql in scripts:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values)


def work(url, files):
    commit(url, CREATE, source=SOURCE, next=files[2][0])
    commit(url, ALLOCATE, identity=f"f-{files[2][0]}-1", next=sum(files[2]))


def run(url, files):
    return subprocess.run([AUDIT, url, files[0], files[1]], capture_output=True, text=True)


def test_what_was_committed_is_what_the_model_says(url, files):
    work(url, files)
    commit(url, "DELETE FROM outbox_blocks")
    done = run(url, files)
    assert (done.returncode, done.stdout) == (0, ""), done
    assert done.stderr.startswith("2 transactions, {'received': 2, 'applied': 2}, 1 outbox rows, 1 deliveries"), done
    ledger.assert_same_state(ledger.Ledger(url), reference.run(files[0]))


def test_rolled_back_changes_are_not_visible(url, files, database):
    work(url, files)
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM gangway.batches")
        connection.rollback()
    with contextlib.closing(database.connect()) as connection:
        assert [len(t.changes) for t in audit.history(connection)] == [3, 5]


def test_a_fault_ends_it_with_1_and_a_line(url, files):
    work(url, files)
    commit(url, "DELETE FROM outbox_blocks", "UPDATE batches SET allocated = 5")
    done = run(url, files)
    assert done.returncode == 1 and "the lines of b1 are 4, not" in done.stdout, done
    with pytest.raises(AssertionError, match="its lines are not 5"):
        ledger.assert_same_state(ledger.Ledger(url), reference.run(files[0]))


def test_transactions_are_reported_in_the_order_of_commits(url, database):
    """Not in that of their beginnings, nor of their numbers."""
    with contextlib.closing(psycopg2.connect(url)) as early, early.cursor() as cursor:
        cursor.execute("INSERT INTO gangway.positions VALUES ('early', 1)")
        commit(url, "INSERT INTO gangway.positions VALUES ('late', 2)")
        early.commit()
    with contextlib.closing(database.connect()) as connection:
        told = [t.changes[0].after["source"] for t in audit.history(connection)]
    assert told == ["late", "early"]

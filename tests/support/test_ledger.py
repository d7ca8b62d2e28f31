# SPDX-License-Identifier: Apache-2.0
"""The ledger accepts what a correct gateway leaves behind, and finds each planted mistake."""

import json
import sqlite3

import ledger
import pytest
import reference
from ledger import Ledger, read_events

TABLES = """
CREATE TABLE products(sku TEXT PRIMARY KEY, version INTEGER);
CREATE TABLE batches(ref TEXT PRIMARY KEY, sku TEXT, purchased INTEGER, allocated INTEGER, eta TEXT, created INTEGER);
CREATE TABLE allocations(sku TEXT, orderid TEXT, qty INTEGER, ref TEXT, seq INTEGER);
CREATE TABLE positions(source TEXT PRIMARY KEY, next INTEGER, mark INTEGER);
CREATE TABLE outbox_events(number INTEGER PRIMARY KEY, "index" INTEGER, destination TEXT, attempts INTEGER);
CREATE TABLE notices(number INTEGER PRIMARY KEY, destination TEXT, attempts INTEGER);
CREATE TABLE dead_letters(id INTEGER PRIMARY KEY, kind TEXT, source TEXT);
"""

COMMANDS = [
    b'{"type":"CreateBatch","ref":"b1","sku":"S","qty":10}',
    b'{"type":"CreateBatch","ref":"b2","sku":"S","qty":10,"eta":"2026-01-01"}',
    b'{"type":"Allocate","orderid":"o1","sku":"S","qty":4}',
    b'{"type":"Allocate","orderid":"o2","sku":"S","qty":4}',
    b'{"type":"ChangeBatchQuantity","ref":"b1","qty":4}',
    b'{"type":"Allocate","orderid":"o3","sku":"S","qty":99}',
    b'{"type":"Allocate","orderid":"o4","sku":"T","qty":1}',
    b'{"type":"Allocate","orderid":"o5","sku":"S","qty":0}',
]


@pytest.fixture
def model():
    return reference.Model().feed(COMMANDS)


@pytest.fixture
def database(model, tmp_path):
    """What a gateway that agrees with the model would leave: a function that runs SQL on it and reads it again."""
    path = tmp_path / "gangway.db"
    connection = sqlite3.connect(path)
    connection.executescript(TABLES)
    for product in model.products.values():
        connection.execute("INSERT INTO products VALUES (?, ?)", (product.sku, product.version))
        for b in product.batches:
            row = (b.ref, b.sku, b.purchased, b.allocated, b.eta or None, b.created)
            connection.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)", row)
            for (orderid, qty), seq in b.lines.items():
                connection.execute("INSERT INTO allocations VALUES (?, ?, ?, ?, ?)", (b.sku, orderid, qty, b.ref, seq))
    connection.executemany("INSERT INTO dead_letters VALUES (?, 'command', 'f')", [(1,), (2,)])
    connection.execute("INSERT INTO positions VALUES ('commands.jsonl', 17, 0)")
    connection.commit()

    def changed(sql=""):
        connection.executescript(sql)
        connection.commit()
        return Ledger(path)

    yield changed
    connection.close()


def events_file(path, model, change=lambda lines: lines):
    lines = []
    for number, event in enumerate(model.events):
        (kind, name), *rest = reference.event_members(event)
        lines.append(json.dumps({kind: name, "id": f"id-{number}"} | dict(rest)))
    path.write_text("".join(line + "\n" for line in change(lines)))
    return path


def test_a_correct_state_passes(database, model):
    ledger.assert_same_state(database(), model)
    ledger.assert_nothing_waits(database())
    assert database().position() == 17


@pytest.mark.parametrize(
    "mistake",
    [
        "UPDATE batches SET allocated = allocated + 1 WHERE ref = 'b1'",
        "UPDATE batches SET allocated = 3 WHERE ref = 'b2'",
        "UPDATE batches SET purchased = 11 WHERE ref = 'b2'",
        "UPDATE batches SET purchased = 3 WHERE ref = 'b2'",
        "UPDATE batches SET eta = NULL WHERE ref = 'b2'",
        "UPDATE batches SET eta = '2026-01-02' WHERE ref = 'b2'",
        "UPDATE batches SET created = 9 - created",
        "UPDATE products SET version = version + 1",
        "INSERT INTO products VALUES ('T', 1)",
        "INSERT INTO batches VALUES ('b3', 'S', 0, 0, NULL, 9)",
        "DELETE FROM allocations WHERE orderid = 'o1'",
        "INSERT INTO allocations VALUES ('S', 'o1', 4, 'b2', 9); UPDATE batches SET allocated = 8 WHERE ref = 'b2'",
        "UPDATE allocations SET orderid = 'o9' WHERE orderid = 'o1'",
        "UPDATE allocations SET sku = 'T' WHERE orderid = 'o1'",
        "INSERT INTO dead_letters VALUES (3, 'command', 'f')",
        "DELETE FROM dead_letters",
    ],
)
def test_a_wrong_state_is_found(database, model, mistake):
    with pytest.raises(AssertionError):
        ledger.assert_same_state(database(mistake), model)


def test_the_order_of_the_lines_of_a_batch_counts(database):
    model = reference.Model().feed(COMMANDS[:4])
    database("UPDATE batches SET purchased = 10, allocated = 8 WHERE ref = 'b1'; UPDATE products SET version = 4")
    database("UPDATE batches SET allocated = 0 WHERE ref = 'b2'; DELETE FROM dead_letters; DELETE FROM allocations")
    right = database("INSERT INTO allocations VALUES ('S', 'o1', 4, 'b1', 3), ('S', 'o2', 4, 'b1', 4)")
    ledger.assert_same_state(right, model)
    with pytest.raises(AssertionError):
        ledger.assert_same_state(database("UPDATE allocations SET seq = 9 - seq"), model)


def test_a_nonempty_outbox_is_found(database):
    with pytest.raises(AssertionError):
        ledger.assert_nothing_waits(database("INSERT INTO outbox_events VALUES (1, 0, 'events', 0)"))


def test_correct_events_pass(model, tmp_path):
    path = events_file(tmp_path / "events.jsonl", model)
    ledger.assert_same_events(read_events(path), model)
    assert ledger.assert_events_at_least_once(read_events(path), model) == 0


@pytest.mark.parametrize(
    "mistake",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[1:],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [line.replace("id-1", "id-0") for line in lines],
        lambda lines: [line.replace('"qty": 4', '"qty": "4"') for line in lines],
        lambda lines: [line.replace('"sku"', '"SKU"') for line in lines],
        lambda lines: [json.dumps(json.loads(line), sort_keys=True) for line in lines],
        lambda lines: [json.dumps(json.loads(line) | {"more": 1}) for line in lines],
        lambda lines: [lines[0][:20], *lines],
    ],
)
def test_wrong_events_are_found(model, tmp_path, mistake):
    path = events_file(tmp_path / "events.jsonl", model, mistake)
    with pytest.raises(AssertionError):
        ledger.assert_same_events(read_events(path), model)


def test_repeats_under_the_same_id_are_counted_after_a_crash(model, tmp_path):
    path = events_file(tmp_path / "events.jsonl", model, lambda lines: lines[:2] + lines[1:])
    assert ledger.assert_events_at_least_once(read_events(path), model) == 1


def test_going_back_is_counted_once_for_each_time(model, tmp_path):
    def steps_back(change):
        return ledger.count_steps_back(read_events(events_file(tmp_path / "events.jsonl", model, change)))

    assert steps_back(lambda lines: lines) == 0
    assert steps_back(lambda lines: lines[:3] + lines[1:]) == 1
    assert steps_back(lambda lines: lines[:1] + lines[:1] + lines) == 2


def test_a_database_without_a_schema_holds_nothing(tmp_path):
    (tmp_path / "gangway.db").touch()
    state = Ledger(tmp_path / "gangway.db")
    ledger.assert_same_state(state, reference.Model())
    assert state.position() is None and state.pending() == {}


def test_a_position_is_between_two_lines(database, tmp_path):
    (tmp_path / "commands.jsonl").write_bytes(b"12345678\n1234567\n1234\n")
    assert database().lines_taken(tmp_path / "commands.jsonl") == 2
    with pytest.raises(AssertionError):
        database("UPDATE positions SET next = 16").lines_taken(tmp_path / "commands.jsonl")


@pytest.mark.parametrize(
    "mistake",
    [
        lambda lines: lines[:1] + [lines[0].replace("id-0", "id-9")] + lines[1:],
        lambda lines: lines[:1] + [lines[0].replace("o1", "o7")] + lines[1:],
        lambda lines: lines[2:] + lines,
        lambda lines: lines[:2] + lines[3:],
    ],
)
def test_false_repeats_are_found(model, tmp_path, mistake):
    path = events_file(tmp_path / "events.jsonl", model, mistake)
    with pytest.raises(AssertionError):
        ledger.assert_events_at_least_once(read_events(path), model)


def test_one_torn_line_is_forgiven_where_a_crash_was(model, tmp_path):
    path = events_file(tmp_path / "events.jsonl", model, lambda lines: [lines[0], lines[1][:15], *lines[1:]])
    ledger.assert_same_events(read_events(path, torn=1), model)


@pytest.mark.parametrize(
    ("notices", "fine"),
    [
        (["a", "b", "a"], True),
        (["a", "b", "b", "a"], True),
        (["a", "b", "a", "b", "a"], True),
        (["a", "b"], False),
        (["b", "a", "b"], False),
        (["a", "b", "a", "c"], False),
        ([], False),
    ],
)
def test_notices_come_at_least_once_and_in_order(model, notices, fine):
    model.notices = ["a", "b", "a"]
    if fine:
        ledger.assert_notices_at_least_once(notices, model)
    else:
        with pytest.raises(AssertionError):
            ledger.assert_notices_at_least_once(notices, model)


def test_dead_letters_need_their_place_and_the_right_reason(model):
    right = [(7, "Invalid sku T"), (8, "qty: 0 is not a whole number from 1 to 2147483647")]
    ledger.assert_dead_letters(right, model)
    for wrong in (right[:1], right[::-1], [(7, "invalid sku T"), right[1]], [right[0], (8, "sku is wrong")],
                  [(6, "Invalid sku T"), right[1]]):
        with pytest.raises(AssertionError):
            ledger.assert_dead_letters(wrong, model)

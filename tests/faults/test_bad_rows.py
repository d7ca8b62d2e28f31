# SPDX-License-Identifier: Apache-2.0
"""Rows that another program changed. A message that needs rows which contradict each other becomes a dead letter
that names them; all others are applied. A sequence behind its table is reported with the statement that repairs it."""

import json
import sqlite3
import time

import pytest
import repositories
from commands import allocate, batch, change, lines
from gateway import QUICKSTART, STATUS_CONFIG, STATUS_FAILED, STATUS_OK, Gateway
from waiting import until

ALLOWED_SECONDS = 10
BLOCK = 65536


class Shop:
    """A gateway on a repository whose rows the test may change with plain SQL."""

    def __init__(self, folder, repository):
        self.repository = repository
        self.gateway = Gateway(folder, repository.into(QUICKSTART))
        self.count = 0

    def sql(self, postgres, sqlite):
        if isinstance(self.repository, repositories.Postgres):
            return self.repository.database.psql(postgres)
        with sqlite3.connect(self.gateway.database) as connection:
            return connection.execute(sqlite).fetchall()

    def append(self, *commands):
        with self.gateway.commands.open("a") as file:
            file.write(lines(*commands))

    def run(self, *commands):
        """Appends the commands and runs the gateway until it has read them."""
        self.append(*commands)
        began = time.monotonic()
        result = self.gateway.run(timeout=2 * ALLOWED_SECONDS)
        assert time.monotonic() - began < ALLOWED_SECONDS, result
        return result

    def events(self):
        return [json.loads(line) for line in self.gateway.events.read_text().splitlines()]


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request, tmp_path):
    repository = repositories.Sqlite(tmp_path) if request.param == "sqlite" else repositories.Postgres(
        request.getfixturevalue("database"))
    shop = Shop(tmp_path, repository)
    assert shop.run(batch("lamp-1", "LAMP", 10), batch("vase-1", "VASE", 10),
                    *(allocate(f"o{i}", "LAMP", 2) for i in range(3))).status == STATUS_OK
    yield shop
    shop.gateway.close()


def statement(text):
    """The statement that a finding names: from its first word to the end of the line, or to a semicolon: `; trying again (1)`."""
    for line in text.splitlines():
        for word in ("SELECT setval(", "UPDATE counters "):
            if word in line:
                return line[line.index(word):].split(";")[0]
    raise AssertionError(text)


def dead_letters(gateway):
    return gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()


DELETE_LINE = "DELETE FROM {}allocations WHERE orderid = 'o{}'"


def delete_line(shop, number):
    shop.sql(DELETE_LINE.format("gangway.", number), DELETE_LINE.format("", number))


def test_a_batch_whose_lines_do_not_add_up_to_what_is_allocated(shop):
    delete_line(shop, 0)
    result = shop.run(allocate("o8", "VASE", 1), change("lamp-1", 0), allocate("o9", "VASE", 1))
    assert result.status == STATUS_OK, result
    ((line, reason),) = shop.gateway.dead_letters()
    assert line == 7
    assert "lamp-1" in reason and "LAMP" in reason and "6" in reason and "4" in reason
    assert [e["orderid"] for e in shop.events()][-2:] == ["o8", "o9"]
    assert shop.gateway.query("availability", "LAMP")[0]["available"] == 4


def test_a_batch_with_less_allocated_than_its_lines_hold(shop):
    text = "UPDATE {}batches SET allocated = 1 WHERE ref = 'lamp-1'"
    shop.sql(text.format("gangway."), text.format(""))
    result = shop.run({"type": "Deallocate", "orderid": "o1", "sku": "LAMP", "qty": 2}, allocate("o9", "VASE", 1))
    assert result.status == STATUS_OK, result
    ((line, reason),) = shop.gateway.dead_letters()
    assert line == 6
    assert "lamp-1" in reason and "LAMP" in reason and "1" in reason and "2" in reason
    assert shop.events()[-1]["orderid"] == "o9"


def test_a_line_whose_batch_was_deleted_conflicts_each_time(shop):
    """The line is there, and what holds it is not."""
    shop.run(batch("lamp-2", "LAMP", 10))
    text = "DELETE FROM {}batches WHERE ref = 'lamp-1'"
    shop.sql(text.format("gangway."), text.format(""))
    others = [allocate(f"p{i}", "VASE", 1) for i in range(4)]
    result = shop.run(*others[:2], allocate("o1", "LAMP", 2), *others[2:])
    assert result.status == STATUS_OK, result
    ((line, reason),) = shop.gateway.dead_letters()
    assert line == 9
    assert "o1" in reason and "LAMP" in reason
    assert [e["orderid"] for e in shop.events()][-4:] == ["p0", "p1", "p2", "p3"]


def replay(gateway, *arguments):
    """The status, and id -> (result, reason)."""
    result = gateway.call("dlq", "replay", *arguments, "--config", gateway.config, "--format", "json")
    return result.status, {row["id"]: (row["result"], row["reason"]) for row in result.table()}


def test_a_replay_that_conflicts_with_unchanged_rows_is_rejected_until_they_are_repaired(shop):
    """No number of tries helps: the letter stays and says which rows. The other letters are replayed."""
    gateway, text = shop.gateway, "DELETE FROM {}batches WHERE ref = 'lamp-1'"
    shop.run(batch("lamp-2", "LAMP", 10))
    shop.sql(text.format("gangway."), text.format(""))
    shop.run(allocate("o1", "LAMP", 2), allocate("p0", "SOFA", 1), batch("sofa-1", "SOFA", 10))
    stuck, other = (letter["id"] for letter in dead_letters(gateway))
    status, results = replay(gateway, "--all")
    assert status == STATUS_FAILED and results[other][0] == "applied"
    result, reason = results[stuck]
    assert result == "rejected" and "o1" in reason and "LAMP" in reason
    assert [(letter["id"], letter["replays"]) for letter in dead_letters(gateway)] == [(stuck, 1)]
    delete_line(shop, 1)
    status, results = replay(gateway, stuck)
    assert status == STATUS_OK and results[stuck][0] == "applied"
    assert dead_letters(gateway) == []
    assert gateway.query("allocations", "o1") == [{"sku": "LAMP", "batchref": "lamp-2"}]


@pytest.mark.parametrize("shop, name", [("sqlite", "outbox_blocks"), ("sqlite", "allocations"), ("postgres", "blocks"),
                                        ("postgres", "products_id_seq"), ("postgres", "batches_id_seq")],
                         indirect=["shop"])
def test_a_sequence_behind_its_table(shop, name):
    """As after logical replication, or after rows were loaded by hand."""
    if name in ("blocks", "outbox_blocks"):  # whose table is empty by now
        shop.sql(f"""INSERT INTO gangway.outbox_blocks (destination, number, stamp, created_at, count, counters, events)
                     VALUES ('kept', {9 * BLOCK}, 1, now(), 1, '{{}}',
                             gangway.event_line(1, 'Allocated', 'LAMP', 'k', '', '', '{{}}'))""",
                 """INSERT INTO outbox_blocks (destination, number, stamp, created_unix_ms, count, events) VALUES
                    ('kept', 99, 1, 0, 1, '{"event":1,"type":"Allocated","sku":"LAMP","id":"k","payload":{}}')""")
    shop.sql(f"SELECT setval('gangway.{name}', {BLOCK if name == 'blocks' else 1}, false)",
             f"UPDATE counters SET next = 1 WHERE name = '{name}'")
    result = shop.run(allocate("o9", "VASE", 1))
    assert result.status == STATUS_CONFIG, result
    assert name in result.err
    check = shop.gateway.call("check", shop.gateway.config)
    assert check.status == STATUS_FAILED and name in check.out + check.err, check
    repair = statement(check.out + check.err)
    shop.sql(repair, repair)
    assert shop.gateway.call("check", shop.gateway.config).status == STATUS_OK
    assert shop.run(batch("more", "NEW", 5), allocate("p9", "NEW", 1)).status == STATUS_OK
    assert shop.gateway.dead_letters() == []
    assert [e["orderid"] for e in shop.events()][-2:] == ["o9", "p9"]


def test_a_product_whose_row_was_deleted_while_its_batches_stayed(shop):
    """On SQLite, where batches name their product, the product's row is restored. On PostgreSQL no product has the SKU
    any more, and the reference of its batch stays taken."""
    text = "DELETE FROM {}products WHERE sku = 'LAMP'"
    shop.sql(text.format("gangway."), text.format(""))
    result = shop.run(allocate("p1", "VASE", 1), batch("lamp-1", "LAMP", 10), change("lamp-1", 2),
                      allocate("p2", "VASE", 1))
    assert result.status == STATUS_OK, result
    assert {"p1", "p2"} <= {event["orderid"] for event in shop.events()}
    letters = shop.gateway.dead_letters()
    assert [line for line, _ in letters] == ([7, 8] if isinstance(shop.repository, repositories.Postgres) else [])
    assert all("lamp-1" in reason for _, reason in letters)


@pytest.mark.parametrize("shop", ["postgres"], indirect=True)
def test_a_sequence_that_falls_behind_while_the_gateway_runs(shop):
    """It says so and waits; once the statement in the log was run, it recovers without a restart."""
    shop.gateway.write_config(shop.repository.into(QUICKSTART).replace("commands.jsonl", "commands.jsonl, follow: true"))
    log = shop.gateway.folder / "log"
    with log.open("wb") as stderr:
        process = shop.gateway.start("run", shop.gateway.config, stdout=stderr, stderr=stderr)
    shop.append(allocate("p1", "VASE", 1))
    until(lambda: shop.events()[-1]["orderid"] == "p1", ALLOWED_SECONDS, log.read_text)
    shop.sql("SELECT setval('gangway.products_id_seq', 1, false)", None)
    shop.append(batch("new", "NEW", 5), allocate("p2", "NEW", 1))
    until(lambda: "products_id_seq" in log.read_text(), ALLOWED_SECONDS, log.read_text)
    shop.sql(statement(json.loads(log.read_text().splitlines()[-1])["message"]), None)
    until(lambda: shop.events()[-1]["orderid"] == "p2", ALLOWED_SECONDS, log.read_text)
    process.terminate()
    assert process.wait(ALLOWED_SECONDS) == STATUS_OK
    assert shop.gateway.dead_letters() == []

# SPDX-License-Identifier: Apache-2.0
"""What waits for a destination that the file no longer names: `outbox` shows it, `--bury` makes dead letters of it, and
`dlq replay --to` delivers them elsewhere."""

import json
import subprocess
from datetime import datetime

import pytest
from commands import allocate, batch, lines
from gateway import QUICKSTART, STATUS_FAILED, STATUS_OK, STATUS_USAGE
from log_records import CODE, logged
from repositories import Postgres
from waiting import until

ORDERS = 3
# The quickstart after an edit: the publisher has another id, so what waits for `events` has no destination.
RENAMED = QUICKSTART.replace("events:", "stock:").replace("publish: [events]", "publish: [stock]")


def outbox(gateway, *arguments):
    result = gateway.call("outbox", gateway.config, *arguments, "--format", "json")
    assert result.status == STATUS_OK, result
    return result.table()


def dlq(gateway, *arguments):
    return gateway.call("dlq", *arguments, "--config", gateway.config, "--format", "json")


def bury(gateway, destination, **options):
    return gateway.call("outbox", gateway.config, "--bury", destination, **options)


def orders(gateway):
    """The orders of the events that were published."""
    if not gateway.events.exists():
        return []
    return [json.loads(line)["orderid"] for line in gateway.events.read_text().splitlines()]


@pytest.fixture
def waiting(gateway, repository):
    """A gateway that is stopped while ORDERS events wait for `events`: replayed orders, which no run has delivered."""
    commands = [allocate(f"o{order}", "SOFA", 1) for order in range(ORDERS)]
    gateway.commands.write_text(lines(*commands, batch("s1", "SOFA", 10)))
    result = gateway.run()
    assert result.status == STATUS_OK, result
    assert dlq(gateway, "replay", "--all").status == STATUS_OK
    return gateway


@pytest.fixture
def stranded(waiting, repository):
    """The same after the edit."""
    waiting.write_config(repository.into(RENAMED))
    return waiting


def test_outbox_shows_what_waits_and_whether_the_file_names_the_destination(waiting, repository):
    (row,) = outbox(waiting)
    assert (row["destination"], row["events"], row["named"]) == ("events", ORDERS, True)
    assert row["delivered_by"] == ("nobody" if isinstance(repository, Postgres) else None)
    datetime.strptime(row["oldest_at"], "%Y-%m-%dT%H:%M:%S.%fZ")
    waiting.write_config(repository.into(RENAMED))
    assert outbox(waiting) == [row | {"named": False}]
    by_option = waiting.call("outbox", "--config", waiting.config)
    assert by_option.status == STATUS_OK and by_option.out.split("\n")[1].split()[:2] == ["events", str(ORDERS)]


@pytest.mark.parametrize("arguments", [[], ["f", "--config", "f"]], ids=["no-file", "two-files"])
def test_outbox_takes_one_file(gateway, arguments):
    assert gateway.call("outbox", *arguments).status == STATUS_USAGE


def test_buried_events_go_to_another_destination_with_their_ids(stranded):
    result = bury(stranded, "events")
    assert result.status == STATUS_OK and result.out == f"buried {ORDERS}\n", result
    assert outbox(stranded) == []
    letters = dlq(stranded, "list").table()
    assert [(letter["kind"], letter["entrypoint"]) for letter in letters] == [("delivery", "events")] * ORDERS
    ids = [stranded.dead_letter(letter["id"])["identity"] for letter in letters]
    assert {row["result"] for row in dlq(stranded, "replay", "--all").table()} == {"no destination"}
    replayed = dlq(stranded, "replay", "--source", "events", "--to", "stock")
    assert replayed.status == STATUS_OK and {row["result"] for row in replayed.table()} == {"requeued"}
    assert [(row["destination"], row["events"]) for row in outbox(stranded)] == [("stock", ORDERS)]
    assert stranded.run().status == STATUS_OK
    assert orders(stranded) == [f"o{order}" for order in range(ORDERS)]
    assert [json.loads(line)["id"] for line in stranded.events.read_text().splitlines()] == ids


def test_a_start_warns_once_of_what_waits_for_a_destination_that_the_file_does_not_name(stranded, repository):
    result = stranded.run()
    (warning,) = logged(result.err, CODE.DESTINATION_NOT_NAMED, "events")
    assert result.status == STATUS_OK and f"{ORDERS} events" in warning["message"]
    assert orders(stranded) == []
    stranded.write_config(repository.into(QUICKSTART))
    result = stranded.run()
    assert logged(result.err, CODE.DESTINATION_NOT_NAMED) == []
    assert len(orders(stranded)) == ORDERS


def test_buried_events_go_to_a_notifier(stranded):
    assert bury(stranded, "events").status == STATUS_OK
    assert dlq(stranded, "replay", "--all", "--to", "console").status == STATUS_OK
    result = stranded.run()
    assert result.status == STATUS_OK and result.out.count("SOFA") == ORDERS, result


def test_a_destination_that_the_file_names_is_not_buried(waiting):
    result = bury(waiting, "events")
    assert result.status == STATUS_FAILED and "'events'" in result.err
    assert outbox(waiting)[0]["events"] == ORDERS
    assert dlq(waiting, "list").table() == []


def test_a_destination_to_replay_to_must_be_in_the_file(stranded):
    assert bury(stranded, "events").status == STATUS_OK
    result = dlq(stranded, "replay", "--all", "--to", "events")
    assert result.status == STATUS_FAILED and "'events'" in result.err
    assert len(dlq(stranded, "list").table()) == ORDERS


def test_nothing_is_buried_for_an_unknown_destination(stranded):
    result = bury(stranded, "evnets")
    assert (result.status, result.out) == (STATUS_OK, "buried 0\n") and "'evnets'" in result.err
    assert outbox(stranded)[0]["events"] == ORDERS


FOLLOWING = QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true")


def test_nothing_is_buried_while_a_gateway_may_deliver_it(waiting, repository):
    """It has another file, which names the destination, so only the lease or the claim can tell."""
    running = waiting.folder / "running.yaml"
    running.write_text(repository.into(FOLLOWING))
    with (waiting.folder / "log").open("wb") as log:
        process = waiting.start("run", running, stdout=subprocess.DEVNULL, stderr=log)
    until(lambda: len(orders(waiting)) == ORDERS, 60, process=process)
    waiting.write_config(repository.into(RENAMED))
    result = bury(waiting, "events")
    assert result.status == STATUS_FAILED and result.out == "", result
    process.terminate()
    assert process.wait(30) == STATUS_OK
    assert bury(waiting, "events").out == "buried 0\n"


def test_postgres_names_the_holder_of_the_lease(gateway, database):
    """An event that a channel does not accept waits, while the gateway holds the lease."""
    repository = Postgres(database, database.url + "?application_name=warehouse")
    away = FOLLOWING.replace("path: events.jsonl", "path: away/events.jsonl")
    gateway.write_config(repository.into(away))
    (gateway.folder / "away").mkdir()
    (gateway.folder / "away/events.jsonl").mkdir()
    gateway.commands.write_text(lines(batch("s1", "SOFA", 10), allocate("o1", "SOFA", 1)))
    process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: gateway.call("outbox", gateway.config).out.count("\n") > 1, 60, process=process)
    (row,) = outbox(gateway)
    assert row["delivered_by"].startswith("warehouse, backend ") and row["named"]
    process.terminate()
    assert process.wait(30) == STATUS_OK
    assert outbox(gateway)[0]["delivered_by"] == "nobody"

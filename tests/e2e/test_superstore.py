# SPDX-License-Identifier: Apache-2.0
"""Real orders through the real gateway: state, events, notices and counters are those of the reference model, line by
line. The events of one file come in the order of the file, over all products."""

import random

import ledger
import pytest
import reference
from gateway import QUICKSTART, STATUS_OK
from ledger import read_events

MIXED = {"changes": 20, "faulty": 5, "repeats": 5}


def assert_as_in_the_model(gateway, repository, model):
    state = repository.state()
    ledger.assert_same_state(state, model)
    ledger.assert_nothing_waits(state)
    ledger.assert_same_events(read_events(gateway.events), model)


def assert_counted(summary, outcomes):
    assert summary == {word: outcomes[word] for word in ("received", "applied", "skipped", "duplicate", "dead")}


@pytest.mark.parametrize("options", [{}, MIXED, {"seed": 2, **MIXED}], ids=["plain", "mixed", "mixed-2"])
def test_the_whole_file_ends_as_the_model_says(gateway, repository, superstore_commands, options):
    model = reference.run(superstore_commands(**options))
    result = gateway.run()
    assert result.status == STATUS_OK, result
    assert_as_in_the_model(gateway, repository, model)
    assert result.notices() == model.notices
    assert_counted(result.summary(), model.outcomes)
    ledger.assert_dead_letters(gateway.dead_letters(), model)


def test_a_second_run_changes_nothing(gateway, repository, superstore_commands):
    model = reference.run(superstore_commands(**MIXED))
    assert gateway.run().status == STATUS_OK
    events = gateway.events.read_bytes()
    again = gateway.run()
    assert again.status == STATUS_OK, again
    assert gateway.events.read_bytes() == events
    assert again.notices() == []
    assert_as_in_the_model(gateway, repository, model)
    assert again.summary()["received"] == 0


def test_appended_lines_continue_where_the_last_run_stopped(gateway, repository, superstore_commands):
    lines = superstore_commands(**MIXED).read_bytes().splitlines(keepends=True)
    cuts = sorted(random.Random(3).sample(range(1, len(lines)), 3))
    model = reference.Model()
    with gateway.commands.open("wb") as file:
        for start, end in zip([0, *cuts], [*cuts, len(lines)]):
            file.writelines(lines[start:end])
            file.flush()
            earlier = len(model.notices)
            model.feed(lines[start:end])
            result = gateway.run()
            assert result.status == STATUS_OK, result
            assert_as_in_the_model(gateway, repository, model)
            assert result.notices() == model.notices[earlier:]


def test_standard_input_to_standard_output_gives_the_same_events(gateway, repository, superstore_commands):
    commands = superstore_commands(**MIXED)
    model = reference.run(commands)
    elsewhere = commands.rename(commands.with_name("elsewhere.jsonl"))
    text = QUICKSTART.replace("path: commands.jsonl", 'path: "-"').replace("path: events.jsonl", 'path: "-"')
    gateway.write_config(repository.into(text))
    result = gateway.run(stdin=elsewhere)
    assert result.status == STATUS_OK, result
    gateway.events.write_text(result.out, encoding="utf-8")
    assert_as_in_the_model(gateway, repository, model)
    assert result.notices("err") == model.notices
    assert_counted(result.summary("err"), model.outcomes)


def test_every_run_of_standard_input_is_a_source_of_its_own(gateway):
    gateway.write_config(QUICKSTART.replace("path: commands.jsonl", 'path: "-"'))
    assert gateway.run(stdin=b'{"type":"CreateBatch","ref":"b","sku":"S","qty":9}\n').status == STATUS_OK
    for orderid in ("o1", "o2", "o3"):
        line = f'{{"type":"Allocate","orderid":"{orderid}","sku":"S","qty":1}}\n'
        assert gateway.run(stdin=line.encode()).status == STATUS_OK
    events = read_events(gateway.events)
    assert len(events) == 3 and len({event.id for event in events}) == 3


def test_a_last_line_without_its_newline_is_a_message(gateway, repository, superstore_commands):
    commands = superstore_commands(500)
    commands.write_bytes(commands.read_bytes().rstrip(b"\n"))
    model = reference.run(commands)
    assert model.lines_read == 500
    assert gateway.run().status == STATUS_OK
    assert_as_in_the_model(gateway, repository, model)


def test_the_event_ids_are_the_same_wherever_the_same_file_runs(gateway, repository, superstore_commands):
    commands = superstore_commands(3000, **MIXED)
    assert gateway.run().status == STATUS_OK
    first = read_events(gateway.events)
    repository.clear()
    gateway.events.unlink()
    commands.write_bytes(commands.read_bytes())
    assert gateway.run().status == STATUS_OK
    assert read_events(gateway.events) == first


# Not on CSV files: their whole contents are in memory, as their README says.
@pytest.mark.once
@pytest.mark.parametrize("repository", ["sqlite", "postgres"], indirect=True)
def test_a_long_file_takes_no_more_memory_than_a_short_one(gateway, repository, superstore_commands):
    commands = superstore_commands()
    short = gateway.run()
    repository.clear()
    gateway.events.unlink()
    commands = superstore_commands(200_000)
    long = gateway.run(timeout=600)
    assert (short.status, long.status) == (STATUS_OK, STATUS_OK)
    assert_as_in_the_model(gateway, repository, reference.run(commands))
    assert long.peak_bytes < 2 * short.peak_bytes + (16 << 20)


def test_queries_answer_as_the_model_does(gateway, repository, superstore_commands):
    model = reference.run(superstore_commands(changes=20))
    assert gateway.run().status == STATUS_OK
    choose = random.Random(4)
    orders = sorted({orderid for batch in model.batches.values() for orderid, _ in batch.lines})
    for orderid in choose.sample(orders, 10):
        rows = gateway.query("allocations", orderid)
        expected = sorted((sku, ref) for sku, ref, _ in model.allocations(orderid))
        assert sorted((row["sku"], row["batchref"]) for row in rows) == expected
    for sku in choose.sample(sorted(model.products), 10):
        (row,) = gateway.query("availability", sku)
        found = [(batch["batchref"], batch["eta"] or "", batch["available"]) for batch in row["batches"]]
        assert found == model.availability(sku)
        assert row["available"] == sum(available for _, _, available in model.availability(sku))

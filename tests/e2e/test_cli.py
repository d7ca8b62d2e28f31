# SPDX-License-Identifier: Apache-2.0
"""The command line: commands, their help, the messages for wrong usage, the tables that they print, and their effect on
a repository while no gateway runs, or next to a running one."""

import base64
import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from commands import allocate, batch, lines
from gateway import QUICKSTART, STATUS_CONFIG, STATUS_FAILED, STATUS_OK, STATUS_USAGE, binary, build_folder
from log_records import CODE, logged
from waiting import until

VERBS = [
    ["run"], ["lint"], ["check"], ["migrate"], ["positions"], ["plugins"], ["describe"], ["schema"],
    ["plugin", "verify"], ["dlq", "list"], ["dlq", "show"], ["dlq", "replay"], ["dlq", "discard"],
    ["query", "allocations"], ["query", "availability"], ["outbox"], ["notify", "render"],
    ["notify", "test"], ["notify", "explain"],
]  # fmt: skip


def ran(gateway, *commands):
    """The gateway after it has run these commands too."""
    with gateway.commands.open("a") as file:
        file.write(lines(*commands))
    result = gateway.run()
    assert result.status == STATUS_OK, result
    return gateway


def dlq(gateway, verb, *arguments, **options):
    return gateway.call("dlq", verb, *arguments, "--config", gateway.config, **options)


def letters(gateway, *arguments):
    result = dlq(gateway, "list", *arguments, "--format", "json")
    assert result.status == STATUS_OK, result
    return result.table()


def replayed(gateway, *arguments):
    """What a replay says: (status, {id: (result, reason)}, what it notices)."""
    result = dlq(gateway, "replay", *arguments, "--format", "json")
    return result.status, {row["id"]: (row["result"], row["reason"]) for row in result.table()}, result.err


def events(gateway):
    return [json.loads(line) for line in gateway.events.read_text().splitlines()] if gateway.events.exists() else []


# ---- help and wrong usage -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_prints_its_usage(gateway, words):
    result = gateway.call(*words, "--help")
    assert result.status == STATUS_OK and result.err == "", result
    assert result.out.startswith(f"usage: gangway {' '.join(words)}")
    assert "--help" in result.out


def test_the_program_lists_every_verb(gateway):
    result = gateway.call("--help")
    assert result.status == STATUS_OK
    for words in VERBS:
        assert re.search(rf"^  {' '.join(words)}\b", result.out, re.MULTILINE), words


def test_a_group_lists_its_verbs(gateway):
    result = gateway.call("dlq", "--help")
    assert result.status == STATUS_OK
    assert re.findall(r"^  dlq (\w+)", result.out, re.MULTILINE) == ["list", "show", "replay", "discard"]


def test_the_version_is_one_line(gateway):
    result = gateway.call("--version")
    assert result.status == STATUS_OK
    assert re.fullmatch(r"gangway \d+\.\d+\.\d+ .*\n", result.out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["a verb is missing", "run"]),
        (["lnt", "x"], ["lnt", "did you mean 'lint'"]),
        (["dlq"], ["list, show, replay, discard"]),
        (["dlq", "shwo", "1"], ["did you mean 'show'"]),
        (["lint", "x", "--pluginn-dir", "y"], ["did you mean '--plugin-dir'"]),
        (["lint"], ["needs FILE"]),
        (["lint", "a", "b"], ["'b'"]),
        (["dlq", "list"], ["needs --config FILE"]),
        (["dlq", "list", "--config", "f", "--format", "xml"], ["xml", "json"]),
        (["dlq", "show", "one", "--config", "f"], ["'one'", "dlq list"]),
        (["dlq", "replay", "--config", "f"], ["--all"]),
        (["dlq", "replay", "1", "--all", "--config", "f"], ["not both"]),
        (["query", "availability", "LAMP", "--qty", "many", "--config", "f"], ["--qty", "whole number"]),
        (["positions", "f", "--set", "source"], ["SOURCE OFFSET"]),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_wrong_usage_prints_the_right_usage(gateway, arguments, words):
    result = gateway.call(*arguments)
    assert result.status == STATUS_USAGE, result
    assert result.out == ""
    for word in words:
        assert word in result.err, result


def test_results_that_cannot_be_written_are_a_failure(gateway):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([binary(), "--help"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == STATUS_FAILED
    assert b"standard output" in done.stderr


# ---- files and plugins ----------------------------------------------------------------------------------------------


def test_lint_reports_a_valid_file(gateway):
    result = gateway.lint()
    assert (result.status, result.out, result.err) == (STATUS_OK, f"{gateway.config}: ok\n", "")


def test_a_secret_that_is_missing_is_a_warning_for_lint_and_refused_by_what_needs_it(gateway):
    gateway.write_config(QUICKSTART.replace("path: gangway.db", "path: {env: GW_TEST_DATABASE}"))
    result = gateway.lint()
    assert result.status == STATUS_OK and "warning" in result.err and "GW_TEST_DATABASE" in result.err, result
    for verb in (["check", gateway.config], ["migrate", gateway.config], ["dlq", "list", "--config", gateway.config]):
        result = gateway.call(*verb)
        assert result.status == STATUS_CONFIG and "GW_TEST_DATABASE" in result.err, result


def test_check_has_a_line_for_each_component(gateway):
    ran(gateway, batch("b1", "LAMP", 1))
    result = gateway.call("check", gateway.config, "--format", "json")
    assert result.status == STATUS_OK, result
    rows = result.table()
    assert {row["component"] for row in rows} == {"repository", "commands", "events", "console"}
    assert {row["result"] for row in rows} == {"ok"}


def test_check_fails_with_a_component_and_checks_the_others(gateway):
    ran(gateway, batch("b1", "LAMP", 1))
    gateway.commands.unlink()
    result = gateway.call("check", gateway.config, "--format", "json")
    assert result.status == STATUS_FAILED, result
    assert {row["component"] for row in result.table() if row["result"] == "failed"} == {"commands"}
    assert "console" in {row["component"] for row in result.table()}


def test_the_plugins_of_the_build_are_listed_and_each_can_be_described(gateway):
    rows = gateway.call("plugins", "--format", "json").table()
    assert {"jsonl_reader", "sqlite_repository"} <= {row["name"] for row in rows}
    assert [row["name"] for row in rows if row.get("error")] == []
    for row in rows:
        result = gateway.call("describe", row["name"], "--format", "json")
        assert result.status == STATUS_OK and isinstance(result.table(), list), result


def test_a_missing_plugin_is_reported_with_the_nearest_name(gateway):
    result = gateway.call("describe", "jsonl_raeder")
    assert result.status == STATUS_FAILED
    assert "jsonl_reader" in result.err


def test_another_plugin_directory_is_used_when_it_is_named(gateway, tmp_path):
    (tmp_path / "empty").mkdir(mode=0o755)
    assert gateway.call("plugins", "--plugin-dir", tmp_path / "empty", "--format", "json").table() == []
    assert gateway.call("lint", gateway.config, "--plugin-dir", tmp_path / "empty").status == STATUS_CONFIG


def test_the_schema_is_json(gateway):
    result = gateway.call("schema")
    assert result.status == STATUS_OK
    assert json.loads(result.out)["$schema"]


def test_verify_has_a_line_for_each_check_and_names_the_contract_suite(gateway):
    result = gateway.call("plugin", "verify", build_folder() / "plugins" / "sqlite_repository.so", "--format", "json")
    assert result.status == STATUS_OK, result
    assert {row["result"] for row in result.table()} == {"ok"}
    assert "gangway-contract repository" in result.err


def test_verify_refuses_what_is_no_plugin(gateway, tmp_path):
    (tmp_path / "fake.so").write_bytes(b"not an ELF file")
    result = gateway.call("plugin", "verify", tmp_path / "fake.so", "--format", "json")
    assert result.status == STATUS_FAILED
    assert "failed" in {row["result"] for row in result.table()}


# ---- the repository -------------------------------------------------------------------------------------------------


def test_a_schema_is_made_by_migrate_and_by_no_other_verb(gateway):
    for verb in (["dlq", "list", "--config", gateway.config], ["positions", gateway.config]):
        result = gateway.call(*verb)
        assert result.status == STATUS_FAILED, result
        assert f"gangway migrate {gateway.config}" in result.err
        assert not gateway.database.exists()
    first = gateway.call("migrate", gateway.config)
    again = gateway.call("migrate", gateway.config)
    assert first.status == again.status == STATUS_OK
    assert re.search(r"from version 0 to version \d+", first.out), first
    assert "already" in again.out
    assert letters(gateway) == []


def test_positions_shows_where_a_file_was_read_to(gateway):
    ran(gateway, batch("b1", "LAMP", 10), allocate("o1", "LAMP", 2))
    (row,) = gateway.call("positions", gateway.config, "--format", "json").table()
    assert row["offset"] == gateway.commands.stat().st_size
    assert "commands.jsonl" in row["source"]


def test_the_next_run_continues_at_the_position_that_was_set(gateway):
    ran(gateway, batch("b1", "LAMP", 10), allocate("o1", "LAMP", 2))
    (row,) = gateway.call("positions", gateway.config, "--format", "json").table()
    result = gateway.call("positions", gateway.config, "--set", row["source"], "earliest")
    assert result.status == STATUS_OK and "0" in result.out, result
    assert gateway.run().summary()["skipped"] == 2
    offset = len(lines(batch("b1", "LAMP", 10)))
    assert gateway.call("positions", "--set", row["source"], offset, gateway.config).status == STATUS_OK
    assert gateway.run().summary()["received"] == 1
    assert gateway.call("positions", gateway.config, "--set", row["source"], "earliest").status == STATUS_OK
    assert gateway.call("positions", gateway.config, "--set", row["source"], "latest").status == STATUS_OK
    assert gateway.run().summary()["received"] == 0


def test_a_stopped_source_resumes_where_it_is_set_while_the_gateway_runs(gateway):
    gateway.write_config(QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true"))
    content = lines(batch("b1", "LAMP", 10), allocate("o1", "LAMP", 2)).encode()
    gateway.commands.write_bytes(content)
    log = (gateway.folder / "log").open("w+b")
    process = gateway.start("run", gateway.config, stderr=log, stdout=subprocess.DEVNULL)

    def wait_for(happens):
        until(happens, 30, Path(log.name).read_text, process)

    def offset():
        result = gateway.call("positions", gateway.config, "--format", "json")
        return result.status == STATUS_OK and [row["offset"] for row in result.table()]

    wait_for(lambda: offset() == [len(content)])
    gateway.commands.write_bytes(b"")
    wait_for(lambda: logged(Path(log.name).read_text(), CODE.SOURCE_STOPPED))
    (record,) = logged(Path(log.name).read_text(), CODE.SOURCE_STOPPED, len(content))
    (row,) = gateway.call("positions", gateway.config, "--format", "json").table()
    assert record["level"] == "error" and record["component"] == "commands"
    assert f"gangway positions {gateway.config} --set {row['source']} " in record["message"]

    more = lines(allocate("o2", "LAMP", 3)).encode()
    gateway.commands.write_bytes(more)
    assert gateway.call("positions", gateway.config, "--set", row["source"], 0).status == STATUS_OK
    wait_for(lambda: offset() == [len(more)])
    assert logged(Path(log.name).read_text(), CODE.SOURCE_RESUMED, row["source"], "offset 0")
    assert [held["batchref"] for held in gateway.query("allocations", "o2")] == ["b1"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == STATUS_OK


@pytest.mark.parametrize("offset", ["0", "latest"])
def test_an_unknown_source_is_not_moved(gateway, offset):
    ran(gateway, batch("b1", "LAMP", 10))
    before = gateway.call("positions", gateway.config, "--format", "json").table()
    result = gateway.call("positions", gateway.config, "--set", before[0]["source"][:-1], offset)
    assert result.status == STATUS_FAILED, result
    assert before[0]["source"] in result.err
    assert gateway.call("positions", gateway.config, "--format", "json").table() == before


@pytest.mark.parametrize("offset", ["-1", "1.5", "first", "", "9223372036854775808"])
def test_a_word_that_is_no_offset_is_wrong_usage(gateway, offset):
    ran(gateway, batch("b1", "LAMP", 10))
    (row,) = gateway.call("positions", gateway.config, "--format", "json").table()
    assert gateway.call("positions", gateway.config, "--set", row["source"], offset).status == STATUS_USAGE


def test_a_source_that_no_longer_exists_is_forgotten(gateway):
    ran(gateway, batch("b1", "LAMP", 10))
    (row,) = gateway.call("positions", gateway.config, "--format", "json").table()
    result = gateway.call("positions", gateway.config, "--forget", row["source"][:-1])
    assert result.status == STATUS_FAILED and row["source"] in result.err, result
    assert gateway.call("positions", gateway.config, "--forget", row["source"]).status == STATUS_OK
    assert gateway.call("positions", gateway.config, "--format", "json").table() == []
    result = gateway.call("positions", gateway.config, "--forget", row["source"], "--set", row["source"], "0")
    assert result.status == STATUS_USAGE, result


def test_standard_input_leaves_no_position(gateway):
    gateway.write_config(QUICKSTART.replace("path: commands.jsonl", "path: '-'"))
    for number in range(3):
        result = gateway.run(stdin=lines(batch(f"b{number}", "LAMP", 10)).encode())
        assert result.status == STATUS_OK and result.summary()["applied"] == 1, result
    assert gateway.call("positions", gateway.config, "--format", "json").table() == []


# ---- the read side --------------------------------------------------------------------------------------------------


def test_queries_return_allocations_and_availability(gateway):
    ran(gateway, batch("later", "LAMP", 100, "2027-01-31"), batch("now", "LAMP", 10), batch("v", "VASE", 5),
        allocate("o1", "VASE", 1), allocate("o1", "LAMP", 4))
    assert gateway.query("allocations", "o1") == [{"sku": "VASE", "batchref": "v"}, {"sku": "LAMP", "batchref": "now"}]
    assert gateway.query("availability", "LAMP") == [{
        "sku": "LAMP", "available": 106,
        "batches": [{"batchref": "now", "eta": None, "available": 6},
                    {"batchref": "later", "eta": "2027-01-31", "available": 100}]}]
    assert gateway.query("availability", "LAMP", "--qty", "7") == [
        {"sku": "LAMP", "qty": 7, "batchref": "later", "eta": "2027-01-31"}]


def test_a_query_as_a_table_is_aligned(gateway):
    ran(gateway, batch("later", "LAMP", 100, "2027-01-31"), batch("b", "LAMP", 10))
    result = gateway.call("query", "availability", "LAMP", "--config", gateway.config)
    assert result.out == "BATCHREF  ETA         AVAILABLE\nb                            10\nlater     2027-01-31        100\n"


@pytest.mark.parametrize(
    "arguments", [["allocations", "nobody"], ["availability", "SOFA"], ["availability", "LAMP", "--qty", "11"]]
)
def test_an_empty_answer_is_reported_and_fails(gateway, arguments):
    ran(gateway, batch("b1", "LAMP", 10))
    result = gateway.call("query", *arguments, "--config", gateway.config, "--format", "json")
    assert (result.status, result.out) == (STATUS_FAILED, "")
    assert arguments[1] in result.err


@pytest.mark.parametrize("arguments", [["allocations", ""], ["availability", "a\nb"],
                                       ["availability", "LAMP", "--qty", "0"]])
def test_an_invalid_query_is_wrong_usage(gateway, arguments):
    ran(gateway, batch("b1", "LAMP", 10))
    assert gateway.call("query", *arguments, "--config", gateway.config).status == STATUS_USAGE


# ---- dead letters ---------------------------------------------------------------------------------------------------


def test_dead_letters_are_listed_with_what_a_program_needs(gateway):
    ran(gateway, batch("b1", "LAMP", 10), allocate("o1", "SOFA", 2), "no json")
    first, second = letters(gateway)
    assert first["kind"] == "command" and first["entrypoint"] == "commands" and first["line"] == 2
    assert first["reason"] == "Invalid sku SOFA" and first["replays"] == 0
    assert first["offset"] == len(lines(batch("b1", "LAMP", 10)))
    assert second["line"] == 3 and second["id"] > first["id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["received_at"])


def test_filters_choose_by_reason_and_by_source(gateway):
    ran(gateway, allocate("o1", "SOFA", 2), "no json")
    assert [row["line"] for row in letters(gateway, "--reason", "Invalid sku")] == [1]
    assert [row["line"] for row in letters(gateway, "--source", "commands")] == [1, 2]
    assert letters(gateway, "--source", "commands", "--reason", "another reason") == []


def test_more_letters_than_a_page_are_all_listed_once(gateway):
    ran(gateway, *(allocate(f"o{number}", "SOFA", 1) for number in range(1234)))
    assert [row["line"] for row in letters(gateway)] == list(range(1, 1235))
    plain = dlq(gateway, "list").out.splitlines()
    assert len(plain) == 1235
    assert [index for index, line in enumerate(plain) if line.endswith("REASON")] == [0]


def test_show_gives_the_payload_exactly(gateway):
    ran(gateway, 'no json: "quoted" \u00e4 \\ \x01')
    shown = gateway.dead_letter(letters(gateway)[0]["id"])
    assert shown["payload_encoding"] == "utf-8" and shown["payload"] == 'no json: "quoted" \u00e4 \\ \x01'


def test_show_says_when_a_message_arrived_apart_from_its_headers(gateway):
    ran(gateway, "no json")
    (letter,) = letters(gateway)
    shown = gateway.dead_letter(letter["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["arrived_at"])
    assert shown["arrived_at"] <= shown["received_at"]
    assert shown["headers"] == [] and shown["deliveries"] is None
    plain = dlq(gateway, "show", letter["id"]).out.splitlines()
    assert ["arrived", shown["arrived_at"]] in [line.split() for line in plain]
    assert not any(line.startswith(("headers", "deliveries")) for line in plain)


def test_bytes_that_are_no_utf8_are_shown_as_base64(gateway):
    gateway.commands.write_bytes(b"\xff\x00\x1b[31m\n")
    assert gateway.run().status == STATUS_OK
    shown = gateway.dead_letter(letters(gateway)[0]["id"])
    assert shown["payload_encoding"] == "base64" and base64.b64decode(shown["payload"]) == b"\xff\x00\x1b[31m"


def test_nothing_in_a_payload_steers_the_terminal(gateway):
    gateway.commands.write_bytes(b"\xff\x1b[31m\xc2\x9b\r\n")
    assert gateway.run().status == STATUS_OK
    result = dlq(gateway, "show", letters(gateway)[0]["id"])
    assert result.status == STATUS_OK
    assert "\\xff\\x1b[31m\\xc2\\x9b\\x0d" in result.out
    assert all(character.isprintable() or character == "\n" for character in result.out)


def test_a_missing_letter_is_not_shown(gateway):
    ran(gateway, batch("b1", "LAMP", 10))
    result = dlq(gateway, "show", 7, "--format", "json")
    assert (result.status, result.out) == (STATUS_FAILED, "") and "no dead letter 7" in result.err


def test_a_replay_applies_what_is_valid_now_and_the_next_run_delivers_it(gateway):
    ran(gateway, allocate("o1", "SOFA", 2), batch("s1", "SOFA", 10))
    (letter,) = letters(gateway)
    status, results, notice = replayed(gateway, letter["id"])
    assert status == STATUS_OK and results[letter["id"]][0] == "applied"
    assert f"gangway run {gateway.config}" in notice
    assert letters(gateway) == []
    assert gateway.query("allocations", "o1") == [{"sku": "SOFA", "batchref": "s1"}]
    assert events(gateway) == []
    assert gateway.run().status == STATUS_OK
    assert [(event["type"], event["orderid"]) for event in events(gateway)] == [("Allocated", "o1")]


def test_a_running_gateway_delivers_what_is_replayed_beside_it(gateway):
    ran(gateway, allocate("o1", "SOFA", 2), batch("s1", "SOFA", 10))
    gateway.write_config(QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true"))
    process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with gateway.commands.open("a") as file:
        file.write(lines(allocate("o2", "SOFA", 1)))
    until(lambda: len(events(gateway)) >= 1, 60, process=process)
    assert replayed(gateway, "--all")[0] == STATUS_OK
    until(lambda: len(events(gateway)) >= 2, 60, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK
    assert {event["orderid"] for event in events(gateway)} == {"o1", "o2"}


def test_a_letter_that_is_rejected_again_stays_with_its_new_reason_and_a_count(gateway):
    ran(gateway, {"type": "ChangeBatchQuantity", "ref": "b1", "qty": 3}, allocate("o1", "SOFA", 2))
    change, order = (letter["id"] for letter in letters(gateway))
    status, results, _ = replayed(gateway, "--all")
    assert status == STATUS_FAILED
    assert results == {change: ("rejected", "Unknown batch b1"), order: ("rejected", "Invalid sku SOFA")}
    assert [(letter["id"], letter["replays"]) for letter in letters(gateway)] == [(change, 1), (order, 1)]
    ran(gateway, batch("b1", "LAMP", 10))
    status, results, _ = replayed(gateway, change, order)
    assert status == STATUS_FAILED and results[change][0] == "applied" and results[order][0] == "rejected"
    assert [(letter["id"], letter["replays"]) for letter in letters(gateway)] == [(order, 2)]


def test_a_command_that_was_applied_meanwhile_is_skipped_and_its_letter_is_deleted(gateway):
    ran(gateway, allocate("o1", "SOFA", 2), batch("s1", "SOFA", 10), allocate("o1", "SOFA", 2))
    status, results, notice = replayed(gateway, "--all")
    assert status == STATUS_OK and [result for result, _ in results.values()] == ["skipped"]
    assert notice == "" and letters(gateway) == []


def test_filters_choose_what_is_replayed(gateway):
    ran(gateway, allocate("o1", "SOFA", 2), allocate("o2", "VASE", 2), batch("s1", "SOFA", 10), batch("v1", "VASE", 10))
    status, results, _ = replayed(gateway, "--reason", "sku VASE")
    assert status == STATUS_OK and len(results) == 1
    assert [letter["reason"] for letter in letters(gateway)] == ["Invalid sku SOFA"]


def test_more_letters_than_a_turn_are_all_replayed_in_their_order(gateway):
    count = 1050
    ran(gateway, *(allocate(f"o{number}", "SOFA", 1) for number in range(count)), batch("s1", "SOFA", 1000))
    status, results, _ = replayed(gateway, "--all")
    assert status == STATUS_OK and len(results) == count
    assert list(results) == sorted(results)
    assert letters(gateway) == []
    assert gateway.query("availability", "SOFA")[0]["available"] == 0
    assert gateway.query("allocations", "o999") == [{"sku": "SOFA", "batchref": "s1"}]
    assert gateway.run().status == STATUS_OK
    assert [event["type"] for event in events(gateway)] == ["Allocated"] * 1000 + ["OutOfStock"] * 50


def test_two_replays_at_once_apply_each_letter_once(gateway):
    count = 400
    ran(gateway, *(allocate(f"o{number}", "SOFA", 1) for number in range(count)), batch("s1", "SOFA", count))
    replay = ("dlq", "replay", "--all", "--config", gateway.config, "--format", "json")
    processes = [gateway.start(*replay, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(3)]
    rows = [row for process in processes for row in json.loads(process.communicate(timeout=120)[0])]
    assert {row["result"] for row in rows} <= {"applied", "not found"}
    assert sorted(row["id"] for row in rows if row["result"] == "applied") == list(range(1, count + 1))
    assert letters(gateway) == []
    assert gateway.run().status == STATUS_OK
    assert sorted(event["orderid"] for event in events(gateway)) == sorted(f"o{number}" for number in range(count))


def test_a_letter_that_was_cut_is_refused_and_stays(gateway):
    ran(gateway, json.dumps(batch("b1", "LAMP", 10)) + " " * (1 << 20))
    (letter,) = letters(gateway)
    shown = gateway.dead_letter(letter["id"])
    assert shown["replayable"] is False and shown["bytes"] > 1 << 20 and len(shown["payload"]) <= 4096
    assert re.fullmatch(r"[0-9a-f]{32}", shown["digest"])
    status, results, _ = replayed(gateway, letter["id"])
    assert status == STATUS_FAILED and results[letter["id"]][0] == "not replayable"
    assert [(row["id"], row["replays"]) for row in letters(gateway)] == [(letter["id"], 0)]


def test_a_missing_letter_fails_a_replay_but_not_the_others(gateway):
    ran(gateway, allocate("o1", "SOFA", 2), batch("s1", "SOFA", 10))
    (letter,) = letters(gateway)
    status, results, _ = replayed(gateway, 999, letter["id"])
    assert status == STATUS_FAILED
    assert {number: result for number, (result, _) in results.items()} == {999: "not found", letter["id"]: "applied"}


def test_discarded_letters_are_deleted_and_counted(gateway):
    ran(gateway, *(allocate(f"o{number}", "SOFA", 1) for number in range(3)))
    first, second, third = (letter["id"] for letter in letters(gateway))
    result = dlq(gateway, "discard", first, third)
    assert (result.status, result.out) == (STATUS_OK, "discarded 2\n")
    assert [letter["id"] for letter in letters(gateway)] == [second]
    result = dlq(gateway, "discard", second, first)
    assert (result.status, result.out) == (STATUS_FAILED, "discarded 1\n") and result.err


# ---- terminals ----

HIDDEN = "LAMP\u202e\u200b\u2066\U000e0041"


def assert_visible(*texts):
    for text in texts:
        assert all(character.isprintable() or character == "\n" for character in text), ascii(text)


def test_an_identifier_that_hides_or_turns_a_line_around_is_shown_escaped(gateway):
    """isprintable() is false for all of Unicode's format characters."""
    gateway.commands.write_text(lines(batch("b1", HIDDEN, 1), allocate("o1", HIDDEN, 1), allocate("o2", HIDDEN, 1),
                                      allocate("o3", HIDDEN + "!", 1), '{"type": "%s"}' % HIDDEN))
    result = gateway.run()
    assert len(result.notices()) == 1 and "\\u202e" in result.notices()[0]
    config = ("--config", gateway.config)
    plain = [gateway.call("query", "allocations", "o1", *config), dlq(gateway, "list"),
             dlq(gateway, "list", "--format", "markdown"),
             *(dlq(gateway, "show", row["id"]) for row in letters(gateway))]
    assert_visible(result.out, result.err, *(one.out for one in plain))
    assert all("\\u202e" in one.out for one in plain)
    assert {row["sku"] for row in gateway.query("allocations", "o1")} == {HIDDEN}
    assert any(HIDDEN in row["reason"] for row in letters(gateway))


def test_what_an_operator_types_or_writes_is_shown_escaped_too(gateway):
    gateway.write_config(QUICKSTART + f'"{HIDDEN}": 1\n')
    config = gateway.folder / f"{HIDDEN}.yaml"
    config.write_text(QUICKSTART)
    failed = [gateway.lint(), gateway.call("lint", f"{HIDDEN}-not-there.yaml"), gateway.call(HIDDEN),
              gateway.call("query", "availability", "S", "--config", f"{HIDDEN}-not-there.yaml"),
              gateway.call("positions", config, "--set", HIDDEN, "7")]
    assert all(one.status != STATUS_OK for one in failed)
    assert_visible(gateway.call("lint", config).out, *(one.out + one.err for one in failed))
    assert all("\\u202e" in one.err for one in failed), failed


# ---- descriptors ----------------------------------------------------------------------------------------------------


def test_a_gateway_without_standard_descriptors_writes_into_none_of_its_files(gateway):
    gateway.commands.write_text(lines(batch("b1", "LAMP", 10), allocate("o1", "LAMP", 3), allocate("o2", "LAMP", 99)))
    result = gateway.run(under=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    assert (result.status, result.out, result.err) == (STATUS_OK, "", "")
    assert [event["type"] for event in events(gateway)] == ["Allocated", "OutOfStock"]
    assert gateway.query("availability", "LAMP")[0]["available"] == 7


@pytest.mark.parametrize("limit", range(4, 8))
def test_a_gateway_with_too_few_descriptors_to_begin_says_so_and_ends(gateway, limit):
    """With more of them it waits for the repository, as it does for one that is away."""
    gateway.commands.write_text(lines(batch("b1", "LAMP", 10)))
    result = gateway.run(under=("sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh"), timeout=30)
    assert result.status in (STATUS_FAILED, STATUS_CONFIG) and result.err, result
    assert not gateway.database.exists()

# SPDX-License-Identifier: Apache-2.0
"""`plan`, `apply` and `status`: an operator swaps a channel of a running gateway by its command line."""

import contextlib
import json
import os
import re
import shutil
import socket
import sqlite3
import time
from pathlib import Path

import pytest
from admin_client import ask, sockets
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK, Gateway
from log_records import CODE
from postgres import Postgres
from test_reload import AWAY, CONFIG, Running, folder  # noqa: F401  (a fixture)
from waiting import until

MORE = CONFIG.replace("publishers:", "publishers:\n  copy: {plugin: jsonl_writer, path: copy.jsonl}").replace(
    "publish: [events]", "publish: [events, copy]")


@pytest.fixture
def running(folder):  # noqa: F811
    return Running(folder)


def plan(running, config):
    """The plan of this file as a program reads it."""
    running.gateway.write_config(config)
    result = running.gateway.call("plan", running.gateway.config, "--format", "json")
    assert result.status == STATUS_OK, result
    return json.loads(result.out)


def apply(running, config, *arguments):
    running.gateway.write_config(config)
    return running.gateway.call("apply", running.gateway.config, *arguments)


def pending(plan_of_file):
    return {component["id"]: component["pending"] for component in plan_of_file["components"]}


def changes(plan_of_file):
    return {component["id"]: component["change"] for component in plan_of_file["components"]}


def test_a_plan_says_what_changes_and_changes_nothing(running):
    assert plan(running, CONFIG)["empty"]
    found = plan(running, MORE)
    assert not found["empty"] and changes(found)["copy"] == "added" and changes(found)["events"] == "unchanged"
    assert [route["event"] for route in found["routes"]] == ["Allocated"]
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])
    assert running.orders("copy.jsonl") == []
    running.end()


WAITS = CONFIG.replace("notifiers:", "notifiers:\n" + AWAY).replace("notify: [console]", "notify: [away]")


def waits(running):
    """What `outbox` shows."""
    return running.gateway.call("outbox", running.gateway.config, "--format", "json").table()


def kill(running):
    running.process.kill()
    running.process.wait()


def test_a_plan_says_how_many_events_wait_for_what_it_removes(folder):  # noqa: F811
    first = Running(folder, WAITS)
    first.allocate("o1", qty=1000)
    until(lambda: waits(first), 20, first.log.read_text, first.process)
    kill(first)
    second = Running(folder, WAITS)
    found = {}
    until(lambda: (found.update(pending(plan(second, CONFIG))) or found["away"]) is not None, 20, second.log.read_text)
    assert (found["away"], found["events"], found["commands"]) == (1, 0, None)
    away, events = (status(second)["components"][name] for name in ("away", "events"))
    assert away["pending"] == 1 and away["oldest_age_ms"] >= 0, away
    assert events["pending"] == 0 and events["oldest_age_ms"] is None, events
    text = folder.call("plan", folder.config).out
    assert "1 event waits" in text, text
    kill(second)


@pytest.mark.once
def test_a_plan_says_who_else_delivers_what_waits(folder):  # noqa: F811
    with Postgres() as server, contextlib.ExitStack() as stack:
        config = WAITS.replace("{plugin: sqlite_repository, path: gangway.db}",
                               f"{{plugin: postgres_repository, url: '{server.createdb('stock')}'}}")
        first = Running(folder, config)
        first.allocate("o1", qty=1000)
        until(lambda: waits(first), 20, first.log.read_text, first.process)
        (folder.folder / "second").mkdir()
        gateway = Gateway(folder.folder / "second")
        stack.callback(gateway.close)
        second = Running(gateway, config.replace("dir: plugins", "dir: ../plugins"))
        found = {}

        def is_known():
            found.update({row["id"]: row for row in plan(second, config.replace("dir: plugins", "dir: ../plugins"))[
                "components"]})
            return found["away"]["pending"] is not None

        until(is_known, 20, second.log.read_text)
        assert found["away"]["pending"] == 1 and found["away"]["holder"], found["away"]
        assert found["events"]["pending"] == 0 and found["events"]["holder"] is None
        kill(first)
        kill(second)


def test_a_file_is_applied_and_the_next_event_goes_by_it(running):
    result = apply(running, MORE)
    assert result.status == STATUS_OK, result
    assert [line.split() for line in result.out.splitlines()[1:]] == [
        ["COMPONENT", "CHANGE", "STATE", "REASON"], ["copy", "added", "running"]]
    running.allocate("o1")
    running.until_orders("copy.jsonl", ["o1"])
    assert apply(running, MORE).status == STATUS_OK
    running.end()


BROKEN = "broken_writer"

# The line of a new component, the word that the message is about, and what follows its place in the file.
REFUSED = {
    "cannot connect": ("  hook: {plugin: smtp_notifier, url: 'smtp://127.0.0.1:1', tls: off, from: a@b.c, to: [d@e.f]}",
                       "hook", "hook: .*127.0.0.1"),
    "fails its check": ("  hook: {plugin: jsonl_writer, path: nowhere/copy.jsonl}", "hook", "hook: .*nowhere/copy.jsonl"),
    "whose secret is missing": ("  hook: {plugin: jsonl_writer, path: {env: NOT_THERE}}", "{env", ".*'path'.*NOT_THERE"),
    "whose plugin is refused": (f"  hook: {{plugin: {BROKEN}}}", BROKEN, f".*{BROKEN}.so"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_new_component_that_cannot_work_is_refused_with_its_place_and_cause_and_nothing_changes(running, what):
    line, word, cause = REFUSED[what]
    broken = running.gateway.folder / "plugins" / f"{BROKEN}.so"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    section = "notifiers:" if "notifier" in line else "publishers:"
    config = CONFIG.replace(section, f"{section}\n{line}")
    number = config.splitlines().index(line) + 1
    result = apply(running, config)
    assert result.status == (STATUS_FAILED if word == "hook" else STATUS_CONFIG), result
    assert re.search(f"{running.gateway.config}:{number}:{line.index(word) + 1}: {cause}", result.err), result
    assert status(running)["generation"] == 1
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])
    running.end()


def test_what_is_refused_says_why_and_changes_nothing(running):
    refused = apply(running, MORE.replace("path: copy.jsonl", "path: nowhere/copy.jsonl"))
    assert refused.status == STATUS_FAILED and "copy" in refused.err, refused
    invalid = apply(running, MORE + "}")
    assert invalid.status == STATUS_CONFIG and f":{(MORE + '}').count(chr(10)) + 1}:1:" in invalid.err, invalid
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])
    running.end()


def test_a_client_that_goes_away_cancels_nothing(running):
    running.gateway.write_config(MORE)
    body = json.dumps({"file": str(running.gateway.config)}).encode()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(sockets(running.gateway)[0]))
        client.sendall(b"POST /api/v1/apply HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        assert client.recv(12) == b"HTTP/1.1 202"  # the order is taken; the verdict is not asked for
    until(lambda: status(running)["generation"] == 2, 20, running.log.read_text)
    running.allocate("o1")
    running.until_orders("copy.jsonl", ["o1"])
    running.end()


def test_each_verdict_can_be_read_by_a_program(running):
    nowhere = MORE.replace("path: copy.jsonl", "path: nowhere/copy.jsonl")
    for config, verdict, code in ((MORE, "applied", STATUS_OK), (MORE, "unchanged", STATUS_OK),
                                  (MORE + "}", "invalid", STATUS_CONFIG), (nowhere, "refused", STATUS_FAILED)):
        result = apply(running, config, "--format", "json")
        found = json.loads(result.out)
        assert (found["verdict"], result.status) == (verdict, code), result
        assert set(found["components"]) == ({"copy"} if verdict == "applied" else set()), result
    running.end()


def test_a_plan_that_is_out_of_date_is_refused(running):
    seen = plan(running, MORE)["hash"]
    assert apply(running, MORE.replace("copy.jsonl", "other.jsonl"), "--plan", seen).status == STATUS_FAILED
    assert apply(running, MORE, "--plan", seen).status == STATUS_OK
    assert apply(running, MORE, "--plan", seen).status == STATUS_FAILED
    running.end()


def test_an_entrypoint_with_a_position_is_removed_with_the_hash_of_a_plan_only(running):
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])  # the stock is there
    more = CONFIG.replace("entrypoints:", "entrypoints:\n  more: {plugin: jsonl_reader, path: more.jsonl, follow: true}")
    (running.gateway.folder / "more.jsonl").write_text('{"type": "Allocate", "orderid": "m1", "sku": "LAMP", "qty": 1}\n')
    assert apply(running, more).status == STATUS_OK
    running.until_orders("events.jsonl", ["o1", "m1"])
    found = plan(running, CONFIG)
    assert found["needs_hash"]
    refused = apply(running, CONFIG)
    assert refused.status == STATUS_FAILED and f"{running.gateway.config}: more: " in refused.err, refused
    assert apply(running, CONFIG, "--plan", found["hash"]).status == STATUS_OK
    running.end()


def test_an_entrypoint_that_would_read_another_source_is_named_with_its_place(running):
    moved = CONFIG.replace("path: commands.jsonl", "path: other.jsonl")
    (number,) = (number for number, line in enumerate(moved.splitlines(), 1) if "path: other.jsonl" in line)
    refused = apply(running, moved)
    assert refused.status == STATUS_FAILED, refused
    assert f"{running.gateway.config}:{number}:3: commands: " in refused.err, refused
    running.end()


def status(running):
    result = running.gateway.call("status", "--format", "json")
    assert result.status == STATUS_OK, result
    return json.loads(result.out)


def metrics(running):
    status_code, text = ask(sockets(running.gateway)[0], "/metrics")
    assert status_code == 200, text
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def config_hash(running):
    return [name for name in metrics(running) if name.startswith("gangway_config_info")]


def test_counters_belong_to_the_id_and_survive_a_replacement(running):
    received, settled = ('gangway_messages_received_total{entrypoint="commands"}',
                         'gangway_messages_settled_total{entrypoint="commands",outcome="applied"}')
    delivered = 'gangway_delivered_total{destination="%s",outcome="sent"}'
    assert apply(running, MORE).status == STATUS_OK
    before = config_hash(running)
    running.allocate("o1")
    running.until_orders("copy.jsonl", ["o1"])
    assert apply(running, CONFIG.replace("path: commands.jsonl", "turn: 7, path: commands.jsonl")).status == STATUS_OK
    running.allocate("o2")
    running.until_orders("events.jsonl", ["o1", "o2"])
    until(lambda: "replacing" not in running.gateway.call("status").out, 20)
    found = metrics(running)
    assert found[received] == found[settled] == "3"
    assert found['gangway_turn_messages_sum{entrypoint="commands"}'] == "3"
    assert found[delivered % "events"] == "2" and found[delivered % "copy"] == "1"
    assert len(before) == 1 and config_hash(running) != before
    running.end()


def test_a_refused_apply_is_seen_in_the_metrics_until_one_succeeds(running):
    def success():
        return metrics(running)["gangway_config_last_apply_successful"]

    assert success() == "1"
    apply(running, MORE.replace("path: copy.jsonl", "path: nowhere/copy.jsonl"))
    assert success() == "0"
    apply(running, CONFIG)
    assert success() == "1"
    running.end()


def test_the_status_shows_components_figures_and_the_last_apply(running):
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])
    apply(running, MORE)
    found = status(running)
    components = found["components"]
    assert {"repository", "commands", "events", "copy", "console"} == set(components)
    assert all(component["state"] == "running" for component in components.values())
    assert components["commands"]["received"] == 2 == components["commands"]["settled"]["applied"]
    assert components["events"]["sent"] == 1 and components["copy"]["sent"] == 0
    assert found["generation"] == 2 and found["last_apply"]["verdict"] == "applied"
    running.end()


def test_the_configuration_in_force_is_shown_with_the_file_that_a_restart_reads(running):
    def in_force():
        status, text = ask(sockets(running.gateway)[0], "/api/v1/config")
        assert status == 200, text
        return json.loads(text)

    before = in_force()
    assert before["generation"] == 1 and not before["restart_reads_another_file"]
    other = running.gateway.folder / "other.yaml"
    other.write_text(MORE)
    assert running.gateway.call("apply", other).status == STATUS_OK
    after = in_force()
    assert after["generation"] == 2 and after["restart_reads_another_file"] and after["file"] == str(other)
    assert after["config_hash"] != before["config_hash"]
    assert set(after["components"]) - set(before["components"]) == {"copy"}
    assert after["routes"]["Allocated"]["publish"] == ["events", "copy"]
    assert running.gateway.call("apply", running.gateway.config).status == STATUS_OK
    assert not in_force()["restart_reads_another_file"]
    running.gateway.write_config(MORE)
    assert in_force()["restart_reads_another_file"], "the file was edited, and not applied"
    running.end()


def test_the_status_shows_why_a_destination_does_not_deliver_until_it_does(folder):  # noqa: F811
    running = Running(folder, CONFIG.replace("path: events.jsonl", "path: /dev/full, backoff: 100ms"))
    running.allocate("o1")
    found = {}

    def is_waiting():
        found.update(status(running)["components"]["events"])
        return found["state"] == "waiting"

    until(is_waiting, 20, running.log.read_text, running.process)
    assert found["error"]["code"] == CODE.DELIVERY_FAILED and found["error"]["count"] >= 1, found
    assert apply(running, CONFIG).status == STATUS_OK
    running.until_orders("events.jsonl", ["o1"])
    assert status(running)["components"]["events"]["error"] is None
    running.end()


def test_the_status_names_the_turn_that_still_runs_by_an_older_generation(running):
    with contextlib.closing(sqlite3.connect(running.gateway.database, isolation_level=None)) as other:
        running.allocate("o1")
        running.until_orders("events.jsonl", ["o1"])
        other.execute("BEGIN IMMEDIATE")
        running.allocate("o2")
        until(lambda: status(running)["components"]["commands"]["received"] == 3, 20, running.log.read_text)
        apply(running, MORE)
        held = status(running)["components"]["commands"]["old_generations"]
        assert set(held) == {"1"} and held["1"]["turns"] == 1, held
        assert "commands holds generation 1 for " in running.gateway.call("status").out
        other.execute("ROLLBACK")
    until(lambda: not status(running)["components"]["commands"]["old_generations"], 20, running.log.read_text)
    running.until_orders("events.jsonl", ["o1", "o2"])
    assert running.orders("copy.jsonl") == []
    running.end()


def test_only_a_component_that_needs_a_replaced_plugin_is_refused(running):
    plugin = running.gateway.folder / "plugins/jsonl_writer.so"
    shutil.copyfile(plugin, plugin.with_suffix(".new"))
    plugin.with_suffix(".new").chmod(0o755)
    plugin.with_suffix(".new").rename(plugin)
    found = plan(running, MORE)
    assert {row["id"] for row in found["components"] if row["plugin_replaced"]} == {"events", "copy"}
    assert [(row["name"], row["obstacle"]) for row in found["refusals"]] == [("copy", "needs_restart")]
    refused = apply(running, MORE)
    assert refused.status == STATUS_FAILED and "copy" in refused.err, refused
    assert apply(running, CONFIG).status == STATUS_OK
    assert apply(running, CONFIG.replace("plugin: console_notifier", "plugin: console_notifier, backoff: 2s")).status == 0
    running.allocate("o1")
    running.until_orders("events.jsonl", ["o1"])
    running.end()


def test_a_removed_destination_that_ends_slowly_delays_only_its_own_return(running):
    slow = CONFIG.replace("notifiers:", "notifiers:\n  slow: {plugin: refusing_notifier, to: [buyer], hangs_in: close, "
                          "hang: 6s}")
    assert apply(running, slow).status == STATUS_OK
    assert apply(running, CONFIG).status == STATUS_OK
    assert apply(running, MORE).status == STATUS_OK
    assert status(running)["components"]["slow"]["state"] == "draining"
    assert apply(running, slow).status == STATUS_OK
    assert status(running)["components"]["slow"]["state"] == "running"
    running.end()


def more(ids):
    """The file with one more publisher for each id."""
    lines = "".join(f"  {name}: {{plugin: jsonl_writer, path: {name}.jsonl}}\n" for name in ids)
    return CONFIG.replace("publishers:\n", "publishers:\n" + lines)


def test_destinations_that_are_removed_at_the_same_time_all_leave(running):
    """Each one's figures are kept while others are freed."""
    ids = [f"more{number}" for number in range(4)]
    assert apply(running, more(ids)).status == STATUS_OK
    assert set(ids) < set(status(running)["components"])
    assert apply(running, CONFIG).status == STATUS_OK
    until(lambda: not set(ids) & set(status(running)["components"]), 20)
    assert apply(running, MORE).status == STATUS_OK
    running.end()


APPLIES, WARM_UP = 1_000, 300

# What is applied in turn: the last one is refused, and each other one differs from the one before.
ROUND = [
    MORE,
    MORE.replace("path: events.jsonl", "path: other.jsonl"),
    MORE.replace("follow: true", "follow: true, turn: 7"),
    CONFIG.replace("plugin: console_notifier", "plugin: console_notifier, text: '{sku} {qty}'"),
    CONFIG.replace("notifiers:", "notifiers:\n" + AWAY).replace("notify: [console]", "notify: [away]"),
    CONFIG.replace("follow: true", "follow: true, paused: true"),
    MORE,
    CONFIG,
    MORE,
    CONFIG,
    MORE.replace("path: copy.jsonl", "path: nowhere/copy.jsonl"),
]


def ordered(running, text):
    """Applies a file over the socket. The verdict."""
    socket = sockets(running.gateway)[0]
    running.gateway.write_config(text)
    status_code, answer = ask(socket, "/api/v1/apply", method="POST", body=json.dumps({"file": str(running.gateway.config)}))
    assert status_code == 202, answer
    number = json.loads(answer)["order"]
    while True:
        verdict = json.loads(ask(socket, f"/api/v1/order?number={number}")[1])["verdict"]
        if verdict != "running":
            return verdict
        time.sleep(0.001)  # between two looks


def held(running):
    """Bytes in memory, descriptors and threads of the gateway."""
    folder = Path(f"/proc/{running.process.pid}")
    pages = int((folder / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir(folder / "fd")), len(os.listdir(folder / "task"))


@pytest.mark.once  # a sanitizer's allocator keeps what was freed
def test_a_thousand_applies_leave_memory_threads_and_descriptors_where_they_were(running):
    # SQLite keeps the descriptor of a closed connection for the next one while another one holds a lock on the file, so
    # they stay at the most that were ever open together. More than a round needs are opened first.
    assert ordered(running, more([f"more{number}" for number in range(6)])) == "applied"
    before = None
    for number in range(APPLIES):
        expected = "refused" if number % len(ROUND) == len(ROUND) - 1 else "applied"
        assert ordered(running, ROUND[number % len(ROUND)]) == expected, running.log.read_text()
        if number == WARM_UP:
            assert ordered(running, CONFIG) in ("applied", "unchanged")
            until(lambda: set(status(running)["components"]) == {"repository", "commands", "events", "console"}, 20)
            before = held(running)
    ordered(running, CONFIG)
    # 8 KiB for each apply, because the allocator keeps some of what was freed: less than any component needs.
    limits = before[0] + (APPLIES - WARM_UP) * 8 * 1024, before[1], before[2]
    until(lambda: all(now <= limit for now, limit in zip(held(running), limits)), 20,
          lambda: f"{held(running)} instead of {before}")
    running.end()


def test_without_a_running_gateway_the_verbs_say_so(folder):  # noqa: F811
    for arguments in (("status",), ("plan", folder.config), ("apply", folder.config)):
        assert folder.call(*arguments).status == STATUS_FAILED


def test_the_first_socket_of_several_gateways_must_be_named(running, tmp_path):
    second = running.gateway.folder / "second"
    second.mkdir()
    (second / "commands.jsonl").touch()
    running.gateway.write_config(CONFIG)
    other = second / "gangway.yaml"
    other.write_text(CONFIG.replace("service: reload", "service: other").replace("plugins: {dir: plugins}",
                                                                                 "plugins: {dir: ../plugins}"))
    with (second / "log").open("wb") as log:
        process = running.gateway.start("run", other, stdout=log, stderr=log)
    until(lambda: len(list(running.sockets())) == 2, 20, running.log.read_text, process)
    assert running.gateway.call("status").status == 2
    named = sorted(running.sockets())
    services = {json.loads(running.gateway.call("status", "--format", "json", "--socket", path).out)["service"]
                for path in named}
    assert services == {"reload", "other"}
    process.terminate()
    process.wait()
    running.end()

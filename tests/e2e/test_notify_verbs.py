# SPDX-License-Identifier: Apache-2.0
"""`gangway notify`: rendering every template, sending a test notice, and explaining who would be notified. The channels
are the real console_notifier and one whose answers a test chooses."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from admin_client import sockets
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK, STATUS_USAGE, build_folder
from waiting import until

CONFIG = """\
service: notify
plugins: {dir: plugins}
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
publishers:
  events: {plugin: jsonl_writer, path: events.jsonl}
notifiers:
%s
routes:
%s
"""

PLUGINS = ["sqlite_repository", "jsonl_reader", "jsonl_writer", "console_notifier"]
MAIL = "{plugin: answering_notifier, record: sent.jsonl, to: [a@x, b@x], subject: 'Out of {sku}', %s}"
CONSOLE = "{plugin: console_notifier}"
ROUTES = "OutOfStock: {publish: [events], notify: [mail], fallback: [console]}"


def config(mail="text: 'No {sku} for {orderid}'", routes=ROUTES, **others):
    notifiers = {"mail": MAIL % mail, "console": CONSOLE} | others
    return CONFIG % ("\n".join(f"  {name}: {options}" for name, options in notifiers.items()), f"  {routes}")


@pytest.fixture
def notify(gateway):
    """Calls `gangway notify VERB FILE ...` on a file that is written first, with the plugins that it names."""
    folder = gateway.folder / "plugins"
    folder.mkdir(mode=0o755)
    for plugin in [*PLUGINS, "../tests/plugins/answering_notifier", "../tests/plugins/refusing_notifier"]:
        copy = folder / f"{Path(plugin).name}.so"
        shutil.copyfile(build_folder() / "plugins" / f"{plugin}.so", copy)
        copy.chmod(0o755)

    def call(verb, text, *arguments, **options):
        gateway.write_config(text)
        return gateway.call("notify", verb, gateway.config, *arguments, **options)

    return call


def is_safe(text):
    return text.replace("\n", "").isprintable()


# ---- render ---------------------------------------------------------------------------------------------------------


def test_every_template_is_rendered_with_every_event_that_reaches_it(notify):
    routes = "OutOfStock: {notify: [mail], fallback: [console]}\n  Allocated: {notify: [console]}"
    result = notify("render", config(routes=routes), "--format", "json")
    assert result.status == STATUS_OK, result
    rows = result.table()
    assert {(row["notifier"], row["route"], row["event"], row["template"]) for row in rows} == {
        ("mail", "notify", "OutOfStock", "subject"), ("mail", "notify", "OutOfStock", "text"),
        ("console", "fallback", "OutOfStock", "text"), ("console", "notify", "Allocated", "text"),
    }  # fmt: skip
    assert {row["result"] for row in rows} == {"ok"} and {row["finding"] for row in rows} == {None}
    values = {row["values"] for row in rows}
    assert len(rows) == 4 * len(values) and {"longest", "quotes", "control", "right_to_left", "empty"} <= values
    subjects = {row["values"]: row["text"] for row in rows if row["template"] == "subject"}
    assert subjects["longest"] == "Out of " + 255 * "W" and subjects["empty"] == "Out of "
    assert "\r" not in subjects["control"] and "\n" not in subjects["control"] and "\x1b" in subjects["control"]


def test_the_table_of_rendered_texts_does_not_steer_a_terminal(notify):
    result = notify("render", config())
    assert result.status == STATUS_OK and result.err == "", result
    assert is_safe(result.out)
    assert len(result.out.splitlines()) == 1 + len(notify("render", config(), "--format", "json").table())


def test_no_secret_is_resolved_to_render(notify, gateway):
    text = config("password: {env: NO_SUCH_VARIABLE}, text: {file: body.txt}")
    (gateway.folder / "body.txt").write_text("secret {sku}")
    result = notify("render", text, "--format", "json")
    assert result.status == STATUS_OK and "secret" not in result.out, result
    assert [row["finding"] for row in result.table() if row["result"] == "unresolved"] == ["{file: body.txt}"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("mail", "values"),
    [
        ("body: '{{\"text\": \"{sku}}}'", "plausible"),
        ("body: '{{\"1{sku}\": 1, \"1\": 2}}'", "empty"),
        ("text: '{batchref}'", "plausible"),
        (f"text: '{6000 * '{sku}'}'", "longest"),
    ],
    ids=["no-json", "no-json-sometimes", "unknown-field", "too-long"],
)
def test_a_template_that_cannot_be_rendered_fails_alone_and_lint_refuses_its_file(notify, gateway, mail, values):
    result = notify("render", config(mail), "--format", "json")
    assert result.status == STATUS_FAILED, result
    failed = [row for row in result.table() if row["result"] == "failed"]
    assert failed[0]["values"] == values and failed[0]["text"] is None and failed[0]["finding"]
    assert [row for row in result.table() if row["template"] == "subject" and row["result"] == "ok"]
    line = gateway.config.read_text().splitlines()
    row = next(number for number, text in enumerate(line, 1) if "answering_notifier" in text)
    column = line[row - 1].index("'", line[row - 1].index("Out of {sku}',") + 14) + 1
    lint = gateway.call("lint", gateway.config)
    assert lint.status == STATUS_CONFIG and f"{gateway.config}:{row}:{column}: error: " in lint.err, lint
    assert f"{gateway.config}:{row}:{column}: warning: " in result.err


def test_without_a_routed_notifier_there_is_nothing_to_render(notify):
    result = notify("render", config(routes="OutOfStock: {publish: [events]}"), "--format", "json")
    assert result.status == STATUS_OK and result.table() == [] and result.err, result


# ---- test -----------------------------------------------------------------------------------------------------------


def sent(gateway):
    path = gateway.folder / "sent.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_one_marked_notice_is_sent_to_the_first_recipient(notify, gateway):
    text = config("password: {env: MAIL_PASSWORD}, text: '{qty} of {sku}'")
    result = notify("test", text, "mail", "--format", "json", env={"MAIL_PASSWORD": "swordfish"})
    assert result.status == STATUS_OK and result.err == "", result
    (row,) = result.table()
    (notice,) = sent(gateway)
    assert (row["channel"], row["recipient"], row["outcome"], row["marked"]) == ("mail", "a@x", "sent", True)
    assert row["answer"] == "answer 0\x1b[2J" and row["id"] == notice["id"]
    assert notice["recipient"] == "a@x" and notice["type"] == "OutOfStock" and notice["password"] == "swordfish"
    fields = json.loads(notice["payload"])
    assert notice["subject"] == f"[TEST] Out of {fields['sku']}" and notice["sku"] == fields["sku"]
    assert notice["text"] == f"{fields['qty']} of {fields['sku']}"
    assert "swordfish" not in result.out
    assert not gateway.database.exists()


def test_two_tests_have_different_keys(notify, gateway):
    for _ in range(2):
        assert notify("test", config(), "mail").status == STATUS_OK
    first, second = sent(gateway)
    assert first["id"] != second["id"]


def test_the_event_and_the_recipient_can_be_chosen(notify, gateway):
    event = gateway.folder / "event.json"
    event.write_text('{"type": "OutOfStock", "id": "e-1", "sku": "\\"SOFA\\"", "orderid": "o9", "qty": 7}')
    mail = "subject: '', body: '{{\"key\": \"{sku}\", \"text\": \"No {sku} for {orderid}\", \"qty\": {qty}}}'"
    text = config(mail).replace("subject: 'Out of {sku}', ", "")
    result = notify("test", text, "mail", "--event", event, "--recipient", "b@x")
    assert result.status == STATUS_OK and is_safe(result.out), result
    (notice,) = sent(gateway)
    assert notice["recipient"] == "b@x" and notice["sku"] == '"SOFA"' and notice["id"] != "e-1"
    assert json.loads(notice["body"]) == {"key": '"SOFA"', "text": '[TEST] No "SOFA" for o9', "qty": 7}
    assert notice["text"] == '[TEST] Out of stock for "SOFA"' and notice["subject"] == ""


@pytest.mark.once
@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        ("again", "retry", STATUS_FAILED), ("never", "refused", STATUS_FAILED), ("away", "unreachable", STATUS_FAILED),
        ("operator", "misconfigured", STATUS_CONFIG),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_delivery_is_printed_and_fails(notify, gateway, answer, outcome, status):
    result = notify("test", config(f"answer: {answer}"), "mail", "--format", "json")
    assert result.status == status, result
    (row,) = result.table()
    assert row["outcome"] == outcome and row["answer"]
    assert row["retry_after_ms"] == (7000 if answer == "again" else 0)
    assert "mail: not sent: " in result.err and is_safe(result.err)
    assert len(sent(gateway)) == 1


def test_a_channel_that_does_not_answer_has_its_timeout(notify):
    result = notify("test", config("answer: late, timeout: 200ms"), "mail", "--format", "json", timeout=20)
    assert result.status == STATUS_FAILED, result
    (row,) = result.table()
    assert row["outcome"] == "unreachable" and 200 <= row["took_ms"] < 10000


@pytest.mark.once
@pytest.mark.parametrize(
    ("place", "outcomes"),
    [
        ("send", []),
        pytest.param("open", [], marks=pytest.mark.long),
        pytest.param("close", ["refused"], marks=pytest.mark.long),
    ],
)  # fmt: skip
def test_a_plugin_that_hangs_is_given_up(notify, place, outcomes):
    pager = f"{{plugin: refusing_notifier, to: [a@x], timeout: 100ms, hangs_in: {place}, hang: 1h}}"
    result = notify("test", config(pager=pager), "pager", "--format", "json", timeout=20)
    assert result.status == STATUS_FAILED and "pager" in result.err, result
    assert [row["outcome"] for row in (result.table() if result.out else [])] == outcomes


def test_a_channel_that_does_not_open_is_a_configuration_that_is_refused(notify):
    result = notify("test", config("answer: closed"), "mail")
    assert result.status == STATUS_CONFIG and "mail: not sent: " in result.err and result.out == "", result


def test_only_the_secrets_of_the_channel_are_needed(notify, gateway):
    text = config("password: {env: NO_SUCH_VARIABLE}")
    assert notify("test", text, "mail").status == STATUS_CONFIG
    assert sent(gateway) == []
    result = notify("test", text, "console", "--format", "json")
    assert result.status == STATUS_OK and result.table()[0]["outcome"] == "sent", result
    assert "[TEST] Out of stock for " in result.err


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mial"], ["mial", "did you mean 'mail'"]),
        (["events"], ["events", "mail"]),
        (["mail", "--recipient", "c@x"], ["c@x", "a@x"]),
        (["console", "--recipient", "a@x"], ["console"]),
        (["mail", "--event", "absent.json"], ["absent.json"]),
        ([], ["CHANNEL"]),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)  # fmt: skip
def test_wrong_usage_sends_nothing(notify, gateway, arguments, words):
    result = notify("test", config(), *arguments)
    assert result.status == STATUS_USAGE and result.out == "", result
    for word in words:
        assert word in result.err, result
    assert sent(gateway) == []


def test_an_event_that_the_template_does_not_fit_is_not_sent(notify, gateway):
    event = gateway.folder / "event.json"
    event.write_text('{"type": "Allocated", "orderid": "o", "sku": "LAMP", "qty": 2, "batchref": "b"}')
    text = config("text: '{batchref}'", "Allocated: {notify: [mail]}\n  OutOfStock: {notify: [console]}")
    assert notify("test", text, "mail").status == STATUS_OK  # the event that reaches it
    assert [notice["type"] for notice in sent(gateway)] == ["Allocated"]
    event.write_text('{"type": "OutOfStock", "orderid": "o", "sku": "LAMP", "qty": 2}')
    result = notify("test", text, "mail", "--event", event)
    assert result.status == STATUS_FAILED and "batchref" in result.err, result
    assert len(sent(gateway)) == 1


def test_a_notice_without_a_place_for_the_mark_is_sent_with_a_warning(notify, gateway):
    text = config("text: '', body: '{{\"qty\": {qty}}}'").replace("subject: 'Out of {sku}', ", "")
    result = notify("test", text, "mail", "--format", "json")
    assert result.status == STATUS_OK and result.table()[0]["marked"] is False, result
    assert "warning" in result.err


def test_a_gateway_may_run_on_the_same_file(notify, gateway):
    gateway.write_config(config().replace("path: commands.jsonl", "path: commands.jsonl, follow: true"))
    gateway.commands.touch()
    process = gateway.start("run", gateway.config, stderr=subprocess.PIPE)
    try:
        until(gateway.database.exists, 20, process=process)
        result = notify("test", gateway.config.read_text(), "mail")
        assert result.status == STATUS_OK and process.poll() is None, result
        assert len(sent(gateway)) == 1
    finally:
        process.terminate()
        process.communicate(timeout=20)


# ---- explain --------------------------------------------------------------------------------------------------------


@pytest.fixture
def explain(notify, gateway):
    event = gateway.folder / "event.json"

    def call(text, *arguments, event_type="OutOfStock", **fields):
        values = {"type": event_type, "sku": "LAMP", "orderid": "o1", "qty": 2} | fields
        event.write_text(json.dumps(values))
        return notify("explain", text, event, *arguments)

    return call


def test_every_recipient_of_the_route_is_explained_with_its_rules(explain):
    mail = "timeout: 10s, backoff: 250ms, backoff_max: 2m, give_up: 2h, paused: true"
    result = explain(config(mail), "--format", "json", id="e-1")
    assert result.status == STATUS_OK and result.err == "", result
    rows = result.table()
    assert [(row["role"], row["channel"], row["recipient"]) for row in rows] == [
        ("notify", "mail", "a@x"), ("notify", "mail", "b@x"), ("fallback", "console", ""),
    ]  # fmt: skip
    first, last = rows[0], rows[2]
    assert (first["timeout"], first["backoff"], first["backoff_max"], first["give_up"]) == ("10s", "250ms", "2m", "2h")
    assert "paused" in first["delayed_by"] and last["delayed_by"] is None
    assert "console" in first["then"] and "console" not in last["then"] and "mail" in last["when"]
    assert len({row["key"] for row in rows}) == len(rows) and {row["event"] for row in rows} == {"OutOfStock"}
    assert first["plugin"] == "answering_notifier"


def test_no_secret_is_resolved_to_explain(explain):
    result = explain(config("password: {env: NO_SUCH_VARIABLE}"), "--format", "json")
    assert result.status == STATUS_OK and {row["key"] for row in result.table()} == {None}, result


def test_an_event_without_notifiers_is_explained_as_such(explain):
    result = explain(config(), "--format", "json", event_type="Allocated", batchref="b")
    assert result.status == STATUS_FAILED and result.table() == [] and "Allocated" in result.err, result


def test_what_is_no_event_is_wrong_usage(explain):
    result = explain(config(), event_type="OutOfStok")
    assert result.status == STATUS_USAGE and result.out == "" and "'OutOfStock'" in result.err, result


def test_a_running_gateway_says_what_delays_a_notice(explain, gateway):
    """The file is not the one that the gateway runs: there, mail is paused and `pager` is unknown."""
    follow = "path: commands.jsonl, follow: true"
    gateway.write_config(config("paused: true").replace("path: commands.jsonl", follow))
    gateway.commands.touch()
    process = gateway.start("run", gateway.config, stderr=subprocess.PIPE)
    text = config(routes="OutOfStock: {notify: [mail, console], fallback: [pager]}", pager=CONSOLE)
    delays = {}

    def is_explained():
        result = explain(text, "--socket", sockets(gateway)[0], "--format", "json")
        assert result.status == STATUS_OK, result
        delays.update({row["channel"]: row["delayed_by"] for row in result.table()})
        return delays["console"] is None  # it runs

    try:
        until(lambda: sockets(gateway), 20, process=process)
        until(is_explained, 20, lambda: delays, process)
        socket = sockets(gateway)[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert "paused" in delays["mail"] and "channel" in delays["pager"]
    assert explain(text, "--socket", socket).status == STATUS_FAILED


# ---- all of them ----------------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("verb", ["render", "test", "explain"])
def test_a_file_that_is_refused_ends_each_verb(notify, verb):
    arguments = {"render": [], "test": ["mail"], "explain": ["event.json"]}[verb]
    result = notify(verb, config().replace("entrypoints:", "entrypints:"), *arguments)
    assert result.status == STATUS_CONFIG and result.out == "", result

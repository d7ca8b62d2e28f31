# SPDX-License-Identifier: Apache-2.0
"""`gangway notify`: rendering every template, sending a test notice, and explaining who would be notified. The channels
are the real console_notifier and one whose answers a test chooses."""

import json
import shutil

import pytest
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK, STATUS_USAGE, build_folder

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

MAIL = "{plugin: answering_notifier, record: sent.jsonl, to: [a@x, b@x], subject: 'Out of {sku}', %s}"
CONSOLE = "{plugin: console_notifier}"
ROUTES = "OutOfStock: {publish: [events], notify: [mail], fallback: [console]}"


def config(mail="text: 'No {sku} for {orderid}'", routes=ROUTES, **others):
    notifiers = {"mail": MAIL % mail, "console": CONSOLE} | others
    return CONFIG % ("\n".join(f"  {name}: {options}" for name, options in notifiers.items()), f"  {routes}")


@pytest.fixture
def notify(gateway):
    """Calls `gangway notify VERB FILE ...` on a file that is written first, with every plugin and the answering one."""
    folder = gateway.folder / "plugins"
    folder.mkdir(mode=0o755)
    for plugin in [*build_folder().glob("plugins/*.so"), build_folder() / "tests/plugins/answering_notifier.so"]:
        shutil.copyfile(plugin, folder / plugin.name)
        (folder / plugin.name).chmod(0o755)

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
    assert result.status == STATUS_FAILED and result.table() == [], result


@pytest.mark.parametrize("verb", ["render"])
def test_a_file_that_is_refused_ends_each_verb(notify, verb):
    result = notify(verb, config().replace("entrypoints:", "entrypints:"), *{"test": ["mail"]}.get(verb, []))
    assert result.status == STATUS_CONFIG and result.out == "", result

# SPDX-License-Identifier: Apache-2.0
"""`gangway notify history`: to whom a notice was sent, when and with which answer, and deleting what is kept of a
recipient. The channels are console_notifier, which has no recipients, and one whose answers a test chooses."""

import json
import re
import shutil
from pathlib import Path

import pytest
from commands import lines
from gateway import STATUS_FAILED, STATUS_OK, STATUS_USAGE, build_folder
from waiting import until

CONFIG = """\
service: history
plugins: {dir: plugins}
repository: {plugin: %s}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl%s}
notifiers:
  mail: {plugin: answering_notifier, record: sent.jsonl, to: [ann@x, ben@x], text: 'No {sku}'}
  strict: {plugin: answering_notifier, record: refused.jsonl, to: [ann@x, cy@x], text: 'No {sku}', answer: never}
  console: {plugin: console_notifier}
routes:
  OutOfStock: {notify: [mail, strict, console]}
"""
SQLITE = "sqlite_repository, path: gangway.db"
PLUGINS = ["sqlite_repository", "csv_repository", "jsonl_reader", "console_notifier"]
SKUS = ("LAMP", "SOFA")


@pytest.fixture
def history(gateway):
    """Two products are out of stock. Returns a function that calls `gangway notify history FILE ...`."""
    folder = gateway.folder / "plugins"
    folder.mkdir(mode=0o755)
    for plugin in [*PLUGINS, "../tests/plugins/answering_notifier"]:
        copy = folder / f"{Path(plugin).name}.so"
        shutil.copyfile(build_folder() / "plugins" / f"{plugin}.so", copy)
        copy.chmod(0o755)
    gateway.commands.write_text(lines(*(
        command for sku in SKUS for command in (
            {"type": "CreateBatch", "ref": f"b-{sku}", "sku": sku, "qty": 1},
            {"type": "Allocate", "orderid": "o1", "sku": sku, "qty": 9}))))
    gateway.write_config(CONFIG % (SQLITE, ""))

    def call(*arguments):
        return gateway.call("notify", "history", gateway.config, *arguments)

    return call


def rows(result):
    assert result.status == STATUS_OK, result
    return result.table()


def test_the_history_says_what_was_sent_to_whom_when_and_under_which_key(gateway, history):
    assert gateway.run().status == STATUS_OK
    told = rows(history("--format", "json"))
    assert sorted((row["channel"], row["recipient"] or "", row["sku"]) for row in told) == sorted(
        [("mail", name, sku) for name in ("ann@x", "ben@x") for sku in SKUS] + [("console", "", sku) for sku in SKUS])
    assert {(row["event"], row["events"], row["attempts"]) for row in told} == {("OutOfStock", 1, 1)}
    assert [row["sent_at"] for row in told] == sorted(row["sent_at"] for row in told)
    assert all(row["event_at"] <= row["sent_at"] for row in told)
    sent = [json.loads(line) for line in (gateway.folder / "sent.jsonl").read_text().splitlines()]
    assert {row["key"] for row in told if row["channel"] == "mail"} == {notice["id"] for notice in sent}
    assert {row["recipient"] for row in rows(history("--recipient", "ann@x", "--format", "json"))} == {"ann@x"}
    assert rows(history("--recipient", "cy@x", "--format", "json")) == []
    assert len(rows(history("--since", "1h", "--format", "json"))) == len(told)
    until(lambda: rows(history("--since", "1ms", "--format", "json")) == [], 20)


def test_all_that_is_kept_of_a_recipient_is_deleted_and_nothing_of_others(gateway, history):
    assert gateway.run().status == STATUS_OK
    before = rows(history("--format", "json"))
    assert len(gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()) == 4
    assert history("--forget", "nobody@x").status == STATUS_OK
    assert rows(history("--format", "json")) == before
    result = history("--forget", "ann@x")
    assert result.status == STATUS_OK and re.findall(r"\d+", result.out) == ["2", "2"], result
    assert rows(history("--format", "json")) == [row for row in before if row["recipient"] != "ann@x"]
    assert len(gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()) == 2
    assert "ann@x" not in gateway.call("outbox", gateway.config).out
    assert len(rows(history("--recipient", "ben@x", "--format", "json"))) == 2


def test_sent_notices_expire_while_a_gateway_runs(gateway, history):
    gateway.write_config(CONFIG % (SQLITE, ", follow: true") + "notify: {keep: 1s}\n")
    assert gateway.call("migrate", gateway.config).status == STATUS_OK
    process = gateway.start("run", gateway.config)
    until(lambda: len(rows(history("--format", "json"))) == 6, 20, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK
    until(lambda: rows(history("--since", "1s", "--format", "json")) == [], 20)
    process = gateway.start("run", gateway.config)  # which looks for expired notices at once
    until(lambda: rows(history("--format", "json")) == [], 20, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK


def test_wrong_options_and_a_repository_without_a_history_are_refused(gateway, history):
    for wrong in (["--since", "soon"], ["--since", "0s"], ["--forget", ""], ["--forget", "ann@x", "--since", "1h"],
                  ["--forget", "ann@x", "--recipient", "ann@x"]):
        assert history(*wrong).status == STATUS_USAGE, wrong
    assert gateway.run().status == STATUS_OK
    (gateway.folder / "data").mkdir()
    gateway.write_config(CONFIG % ("csv_repository, path: data", ""))
    assert gateway.run().status == STATUS_OK
    result = history()
    assert result.status == STATUS_FAILED and "csv_repository" in result.err

# SPDX-License-Identifier: Apache-2.0
"""One SQLite file under two names. SQLite keeps its log next to the name, so that two processes which use different
names lose commits. Every command must reject the second name and name the first process, and the commits of the first
process must be in the file afterwards."""

import json
import os
import signal

import own_mounts
import pytest
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK, Gateway
from waiting import until

CONFIG = """\
service: shop
repository: {plugin: sqlite_repository, path: stock.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: true}
publishers:
  events: {plugin: jsonl_writer, path: events.jsonl}
routes:
  Allocated: {publish: [events]}
"""
ORDERS = 20
SECONDS = 20


class Twins:
    """Two folders with a bootstrap file each, of which the second has the database of the first under a second name."""

    def __init__(self, folder):
        self.gateways = []
        for name in ("first", "second"):
            (folder / name).mkdir()
            self.gateways.append(Gateway(folder / name, CONFIG))
        self.first, self.second = self.gateways
        self.first.commands.write_text(
            '{"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 1000}\n{"type": "Allocate"}\n'
        )
        self.second.commands.write_text("")
        self.databases = [gateway.folder / "stock.db" for gateway in self.gateways]
        self.under = []

    def close(self):
        for gateway in self.gateways:
            gateway.close()

    def events(self):
        return self.first.events.read_text().count("\n") if self.first.events.exists() else 0

    def order(self, numbers):
        with self.first.commands.open("a") as file:
            for number in numbers:
                order = {"type": "Allocate", "orderid": f"o{number}", "sku": "LAMP", "qty": 1}
                file.write(json.dumps(order) + "\n")

    def run_first(self):
        process = self.first.start("run", self.first.config)
        self.order(range(ORDERS))
        until(lambda: self.events() == ORDERS, SECONDS, process=process)
        return process

    def call_second(self, *arguments):
        return self.second.call(*arguments, under=self.under, timeout=20)

    def refuses_everything(self, words):
        config = self.second.config
        for verb in (["run", config], ["migrate", config], ["positions", config],
                     ["positions", config, "--set", "commands:commands.jsonl:0", "0"],
                     ["dlq", "list", "--config", config], ["dlq", "discard", "1", "--config", config],
                     ["dlq", "replay", "--all", "--config", config],
                     ["query", "availability", "LAMP", "--config", config], ["check", config]):
            result = self.call_second(*verb)
            assert result.status in (STATUS_FAILED, STATUS_CONFIG), (verb, result)
            assert words in result.out + result.err, (verb, result)

    def assert_nothing_was_lost(self):
        result = self.first.call("query", "availability", "LAMP", "--config", self.first.config, "--format", "json")
        assert result.status == STATUS_OK, result
        assert [row["available"] for row in result.table()] == [1000 - self.events()]


@pytest.fixture
def twins(tmp_path):
    twins = Twins(tmp_path)
    yield twins
    twins.close()


def bind_mount(twins):
    """The second name, seen by the processes that run under the returned command only."""
    first, second = twins.databases
    second.touch()
    return own_mounts.within(f'mount --bind "{first}" "{second}"')


def test_a_file_that_is_mounted_alone_is_refused_while_another_name_is_used(twins, counts):
    assert twins.first.call("migrate", twins.first.config).status == STATUS_OK
    twins.under = bind_mount(twins)
    process = twins.run_first()
    twins.refuses_everything(f"process {process.pid}")
    twins.order(range(ORDERS, 2 * ORDERS))
    until(lambda: twins.events() == 2 * ORDERS, SECONDS, process=process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == STATUS_OK
    twins.assert_nothing_was_lost()
    # Nobody else uses it now, so it may be used under this name.
    listed = twins.call_second("dlq", "list", "--config", twins.second.config, "--format", "json")
    assert listed.status == STATUS_OK and len(listed.table()) == 1, listed
    assert twins.call_second("dlq", "discard", "1", "--config", twins.second.config).status == STATUS_OK
    assert twins.first.call("dlq", "list", "--config", twins.first.config, "--format", "json").table() == []
    counts(events=twins.events())


def test_a_gateway_on_a_mounted_file_keeps_the_host_s_name_out(twins):
    """The other way round: the container was first."""
    assert twins.first.call("migrate", twins.first.config).status == STATUS_OK
    twins.under = bind_mount(twins)
    process = twins.second.start("run", twins.second.config, under=twins.under)
    until((twins.second.folder / "stock.db-wal").exists, SECONDS, process=process)
    for verb in (["run", twins.first.config], ["dlq", "list", "--config", twins.first.config]):
        result = twins.first.call(*verb, timeout=20)
        assert result.status in (STATUS_FAILED, STATUS_CONFIG), result
        assert f"process {process.pid}" in result.err, result
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == STATUS_OK


def test_a_hard_link_is_refused_under_both_names(twins):
    assert twins.first.call("migrate", twins.first.config).status == STATUS_OK
    process = twins.run_first()
    os.link(*twins.databases)
    twins.refuses_everything("hard links")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == STATUS_OK
    assert twins.first.call("run", twins.first.config, timeout=20).status == STATUS_CONFIG
    twins.databases[1].unlink()
    twins.assert_nothing_was_lost()


def test_a_link_to_a_file_that_was_not_there_yet_is_the_file(twins):
    """Both start before there is a database, one through a link that leads nowhere yet."""
    twins.databases[1].symlink_to(twins.databases[0])
    process = twins.second.start("run", twins.second.config)
    until(lambda: twins.databases[0].exists() and (twins.first.folder / "stock.db-wal").exists(), SECONDS,
          process=process)
    result = twins.first.call("run", twins.first.config, timeout=20)
    assert result.status == STATUS_CONFIG and f"process {process.pid}" in result.err, result
    # A verb beside the gateway uses the same log, so it may.
    assert twins.first.call("dlq", "list", "--config", twins.first.config).status == STATUS_OK
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == STATUS_OK

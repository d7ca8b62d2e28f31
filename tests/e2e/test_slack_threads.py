# SPDX-License-Identifier: Apache-2.0
"""Notices of one group are one thread of Slack, over a restart of the gateway, and for notices that wait together."""

import itertools

import pytest
from commands import allocate, batch, lines
from gateway import STATUS_OK
from ledger import Ledger, assert_nothing_waits
from log_records import CODE
from waiting import until
from webhook_server import Answer, WebhookServer

CONFIG = """\
service: threads
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
notifiers:
  buyers: {plugin: slack_notifier, token: xoxb-1, channel: C01, api: '%s', ca: '%s', rate: 100/s, thread: group,
           text: '{sku} {orderid} {count}', backoff: 10ms}
routes:
  OutOfStock: {notify: [buyers], group: {by: [sku], wait: 1ms}%s}
"""
SKUS = ("LAMP", "SOFA")


class Slack(WebhookServer):
    """Gives each message a time of its own, as Slack does."""

    def record(self, request):
        super().record(request)
        return Answer(200, {}, b'{"ok": true, "channel": "C01", "ts": "15034359%02d.000100"}' % len(self.requests))


@pytest.fixture
def slack(tmp_path):
    with Slack(tmp_path) as server:
        server.answers(Answer(200))
        yield server


def write_config(gateway, slack, more=""):
    gateway.write_config(CONFIG % (f"https://localhost:{slack.port}/api", slack.ca, more))


def threads(slack):
    """The messages by the thread that they are in: by that of their own, if they began one."""
    found = {}
    for number, request in enumerate(slack.requests, 1):
        message = request.json()
        found.setdefault(message.get("thread_ts", f"15034359{number:02}.000100"), []).append(message["text"].split()[0])
    return sorted(found.values())


def test_the_notices_of_a_group_are_one_thread_over_restarts(gateway, slack):
    write_config(gateway, slack)
    gateway.commands.write_text(lines(*(batch(f"b-{sku}", sku, 1) for sku in SKUS)))
    for life in range(3):
        with gateway.commands.open("a") as file:
            file.write(lines(*(allocate(f"o{life}", sku, 9) for sku in SKUS)))
        result = gateway.run()
        assert result.status == STATUS_OK, result
    assert threads(slack) == [["LAMP"] * 3, ["SOFA"] * 3]
    assert_nothing_waits(Ledger(gateway.database))


def test_without_a_group_there_is_no_thread(gateway, slack):
    write_config(gateway, slack)
    gateway.write_config(gateway.config.read_text().replace(", group: {by: [sku], wait: 1ms}", ""))
    gateway.commands.write_text(lines(batch("b", "LAMP", 1), *(allocate(f"o{order}", "LAMP", 9) for order in range(3))))
    result = gateway.run()
    assert result.status == STATUS_OK, result
    assert threads(slack) == [["LAMP"]] * 3


def test_a_group_with_several_notices_that_wait_together_is_one_thread(gateway, slack):
    """Slack is away while they are closed one after another."""
    port = slack.port
    write_config(gateway, slack)
    gateway.commands.write_text(lines(batch("b", "LAMP", 1)))
    away = gateway.config.read_text().replace(f":{port}/", ":1/").replace("jsonl}", "jsonl, follow: true}")
    for life in itertools.count():
        if Ledger(gateway.database).pending() == {"buyers": 3}:
            break
        assert life < 20
        wait_for_outage(gateway, away, f"o{life}")
    write_config(gateway, slack)
    result = gateway.run()
    assert result.status == STATUS_OK, result
    assert threads(slack) == [["LAMP"] * 3]


def wait_for_outage(gateway, config, order):
    """One more notice, if the one before is closed, which an attempt does."""
    gateway.write_config(config)
    with gateway.commands.open("a") as file:
        file.write(lines(allocate(order, "LAMP", 9)))
    log = gateway.folder / f"log-{order}"
    with log.open("wb") as out:
        process = gateway.start("run", gateway.config, stderr=out)
    until(lambda: CODE.DELIVERY_FAILED in log.read_text() and CODE.GATEWAY_STARTED in log.read_text()
          and Ledger(gateway.database).position() == gateway.commands.stat().st_size, 20, process=process)
    process.terminate()
    assert process.wait(30) == STATUS_OK

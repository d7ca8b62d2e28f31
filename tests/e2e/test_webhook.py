# SPDX-License-Identifier: Apache-2.0
"""Out-of-stock notices as webhooks, from the command to the receiver: the examples in config/ send what each service
accepts, and a gateway whose receiver refuses, fails or is away loses nothing."""

import html
import json

import jsonschema
import pytest
import webhook_formats
import yaml
from commands import allocate, batch, lines
from gateway import ROOT, STATUS_OK
from ledger import Ledger, assert_nothing_waits
from local_server import free_port
from mail_server import MailServer
from waiting import until
from webhook_server import CUT, SILENT, Answer, WebhookServer

SECRET = "whsec_" + "c2VjcmV0" * 4
EXAMPLES = {
    "webhook": (webhook_formats.STANDARD, {"GANGWAY_WEBHOOK_SECRET": SECRET}, "GANGWAY_WEBHOOK_URL"),
    "webhook_teams": (webhook_formats.TEAMS, {}, "GANGWAY_TEAMS_URL"),
    "webhook_discord": (webhook_formats.DISCORD, {}, "GANGWAY_DISCORD_URL"),
    "webhook_ntfy": (webhook_formats.NTFY, {"GANGWAY_NTFY_TOPIC": "stock-4711", "GANGWAY_NTFY_TOKEN": "tk_1"},
                     "GANGWAY_NTFY_URL"),
    "webhook_pagerduty": (webhook_formats.PAGERDUTY, {"GANGWAY_PAGERDUTY_KEY": "0123456789abcdef0123456789abcdef"},
                          "GANGWAY_PAGERDUTY_URL"),
    "slack": (webhook_formats.SLACK, {}, "GANGWAY_SLACK_WEBHOOK"),
}
# What values may do to a body: quotes, backslashes, HTML, other scripts, fields of other events, format characters.
NASTY = ["LAMP", 'L"},"x":{"', "back\\slash\\", "<b>@everyone</b>", "L\u00c4MP \U0001f6cb", "\u202eevil", "{sku}}}"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def server(folder):
    with WebhookServer(folder) as server:
        yield server


def out_of_stock(*skus, first=0):
    """For each SKU an order for which the stock is not enough; first: the number of the first order."""
    commands = []
    for number, sku in enumerate(skus, first):
        commands += [batch(f"b-{number}", sku, 1), allocate(f"o-{number}", sku, 2)]
    return lines(*commands)


# ---- the examples -----------------------------------------------------------------------------------------------


def example(name, server):
    """An example with the server's authority."""
    config = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text(encoding="utf-8"))
    [notifier] = config["notifiers"].values()
    notifier["ca"] = str(server.ca)
    if name == "slack":
        notifier["rate"] = "100/s"
    return yaml.safe_dump(config)


def test_every_example_is_known():
    assert {path.stem for path in (ROOT / "config").glob("webhook*.yaml")} == set(EXAMPLES) - {"slack"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_sends_what_its_service_accepts(gateway, server, name):
    schema, environment, url = EXAMPLES[name]
    environment = environment | {url: server.url}
    gateway.write_config((ROOT / f"config/{name}.yaml").read_bytes())
    linted = gateway.lint(env=environment)
    assert linted.status == STATUS_OK and "warning" not in linted.err, linted
    gateway.write_config(example(name, server))
    server.answers(Answer(200, {}, b"ok"))
    gateway.commands.write_text(out_of_stock(*NASTY), encoding="utf-8")
    checked = gateway.call("check", gateway.config, env=environment)
    assert checked.status == STATUS_OK and server.requests == [], checked
    ran = gateway.run(env=environment)
    assert ran.status == STATUS_OK and ran.summary()["dead"] == 0, ran
    for request in server.requests:
        jsonschema.validate(request.json(), schema)
    for request, sku in zip(server.requests, NASTY, strict=True):
        assert has_text(request.json(), html.escape(sku, quote=False) if name == "slack" else sku)
    assert_nothing_waits(Ledger(gateway.database))


def has_text(value, text):
    """Whether any string in a JSON value contains the text."""
    if isinstance(value, dict):
        return any(has_text(item, text) for item in value.values())
    if isinstance(value, list):
        return any(has_text(item, text) for item in value)
    return isinstance(value, str) and text in value


# ---- receivers that do not take it ------------------------------------------------------------------------------

CONFIG = """\
service: shop
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
notifiers:
  buyers: {plugin: webhook_notifier, url: {env: HOOK}, ca: %s, backoff: 20ms, backoff_max: 100ms, timeout: 2s}
  console: {plugin: console_notifier}
routes:
  OutOfStock: {notify: [buyers], fallback: [console]}
"""


@pytest.fixture
def shop(gateway, server):
    """A gateway with two orders that are out of stock; its environment."""
    gateway.write_config(CONFIG % server.ca)
    gateway.commands.write_text(out_of_stock("LAMP", "SOFA"))
    return {"HOOK": server.url + "/canary-4711"}


def keys(server):
    return [request.headers["Idempotency-Key"] for request in server.requests]


def test_a_notice_is_sent_until_it_is_taken_and_keeps_its_key(gateway, server, shop):
    server.answers(Answer(500), Answer(500), Answer(408), Answer(204))
    ran = gateway.run(env=shop)
    assert ran.status == STATUS_OK and ran.notices() == [], ran
    assert {request.json()["data"]["sku"] for request in server.requests} == {"LAMP", "SOFA"}
    assert len(keys(server)) == 5 and len(set(keys(server))) == 2
    assert [request.json()["id"] for request in server.requests] == keys(server)


@pytest.mark.parametrize("answer", [Answer(404, {}, b"no such hook: canary-4711"),
                                    Answer(302, {"Location": "http://127.0.0.1:1/canary-4711"})], ids=["404", "302"])
def test_what_is_refused_goes_to_the_fallback_and_becomes_a_dead_letter(gateway, server, shop, answer):
    server.answers(answer)
    ran = gateway.run(env=shop)
    assert ran.status == STATUS_OK and len(ran.notices()) == 2, ran
    assert len(keys(server)) == 2
    listed = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json", env=shop)
    reasons = [row["reason"] for row in listed.table()]
    assert len(reasons) == 2 and all(str(answer.status) in reason for reason in reasons)
    assert "canary" not in listed.out + ran.err + ran.out


def test_a_refused_login_waits_for_an_operator_and_loses_nothing(gateway, server, shop, tmp_path):
    server.answers(Answer(401, {}, b"who sent canary-4711?"))
    with open(tmp_path / "log", "wb") as log:
        process = gateway.start("run", gateway.config, env=shop, stdout=log, stderr=log)
        until(lambda: logged((tmp_path / "log").read_text(), "GW-E201") and len(keys(server)) > 3, 20, process=process)
        server.answers(Answer(204))
        assert process.wait(20) == STATUS_OK
    text = (tmp_path / "log").read_text()
    assert "canary" not in text and logged(text, "GW-I202")
    assert len(set(keys(server))) == 2
    assert_nothing_waits(Ledger(gateway.database))


def logged(text, code):
    return any(json.loads(line).get("code") == code for line in text.splitlines() if line.startswith("{"))


def test_a_notice_at_which_the_receiver_breaks_off_holds_up_no_other(gateway, server, shop):
    gateway.write_config((CONFIG % server.ca).replace("backoff: 20ms, backoff_max: 100ms, ", ""))
    gateway.commands.write_text(out_of_stock("POISON", "LAMP", "SOFA", "DESK"))
    taken = set()

    def record(request):
        sku = request.json()["data"]["sku"]
        if sku == "POISON" and len(taken) < 3:
            return Answer(204, {}, CUT)
        taken.add(sku)
        return Answer(204)

    server.record = record
    ran = gateway.run(env=shop, timeout=40)
    assert ran.status == STATUS_OK and ran.notices() == [], ran
    assert taken == {"LAMP", "SOFA", "DESK", "POISON"}


def test_a_notice_in_flight_at_a_kill_comes_again_with_its_key(gateway, server, shop):
    server.answers(Answer(204, {}, SILENT))
    process = gateway.start("run", gateway.config, env=shop)
    until(lambda: len(keys(server)) == 1, 20, process=process)
    process.kill()
    process.wait()
    server.answers(Answer(204))
    assert gateway.run(env=shop).status == STATUS_OK
    assert len(keys(server)) == 3 and keys(server)[0] in keys(server)[1:] and len(set(keys(server))) == 2


# ---- another channel --------------------------------------------------------------------------------------------

SWAPPED = """\
service: shop
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: true}
publishers:
  events: {plugin: jsonl_writer, path: events.jsonl}
notifiers:
  buyers: {%s}
routes:
  Allocated: {publish: [events]}
  OutOfStock: {notify: [buyers], publish: [events]}
"""
BACKOFF = "backoff: 20ms, backoff_max: 50ms"


FALLBACK = """\
service: webhooks
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
notifiers:
  mail: {plugin: smtp_notifier, url: '%s', tls: off, from: a@example.com, to: [b@example.com], %s, give_up: 300ms}
  ops: {plugin: webhook_notifier, url: '%s', ca: %s}
routes:
  OutOfStock: {notify: [mail], fallback: [ops]}
"""


@pytest.mark.parametrize("refuses", [False, True], ids=["away", "refuses-everybody"])
def test_what_waits_for_a_dead_mail_server_longer_than_give_up_reaches_the_fallback_once(gateway, server, refuses):
    """Each notice becomes a dead letter, too, which says that the mail was not sent."""
    skus = [f"SKU-{number}" for number in range(40)]
    with MailServer() as mail:
        mail.answer("MAIL", "421 4.3.2 closing down")
        url = mail.url if refuses else f"smtp://localhost:{free_port()}"
        gateway.write_config(FALLBACK % (url, BACKOFF, server.url, server.ca))
        gateway.commands.write_text(out_of_stock(*skus))
        result = gateway.run()
        assert result.status == STATUS_OK, result
        assert mail.mails == []
    assert sorted(request.json()["data"]["sku"] for request in server.requests) == sorted(skus)
    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == len(skus)
    ledger = Ledger(gateway.database)
    assert len(ledger.rows["dead"]) == len(skus)
    assert_nothing_waits(ledger)


def test_what_waits_for_a_dead_webhook_reaches_slack_once(gateway, server, tmp_path):
    away = f"plugin: webhook_notifier, url: 'https://localhost:1/hook', {BACKOFF}"
    slack = f"plugin: slack_notifier, webhook: '{server.url}', ca: {server.ca}, rate: 100/s, text: '{{sku}}'"
    server.answers(Answer(200, {}, b"ok"))
    skus = [f"SKU-{number}" for number in range(40)]
    gateway.write_config(SWAPPED % away)
    gateway.commands.write_text(out_of_stock(*skus[:30]))
    process = gateway.start("run", gateway.config)
    # A dead channel delays no publisher.
    until(lambda: gateway.event_count() == 30, 20, process=process)
    gateway.write_config(SWAPPED % slack)
    applied = gateway.call("apply", gateway.config)
    assert applied.status == STATUS_OK, applied
    with open(gateway.commands, "a", encoding="utf-8") as commands:
        commands.write(out_of_stock(*skus[30:], first=30))
    until(lambda: len(server.requests) >= 40, 20, process=process)
    process.terminate()
    assert process.wait(20) == STATUS_OK
    assert sorted(request.json()["text"] for request in server.requests) == sorted(skus)
    assert_nothing_waits(Ledger(gateway.database))

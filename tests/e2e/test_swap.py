# SPDX-License-Identifier: Apache-2.0
"""Mail today, Slack tomorrow, both next week: an operator edits one file and applies it, as README.md shows. Every notice
is sent once to each channel that its route names then."""

import pytest
import yaml
from commands import allocate, batch, lines
from gateway import ROOT, STATUS_FAILED, STATUS_OK
from ledger import Ledger, assert_nothing_waits
from waiting import until
from webhook_server import Answer, WebhookServer

pytest.importorskip("aiosmtpd")

from mail_server import MailServer  # noqa: E402  (after that look)


@pytest.fixture
def slack(tmp_path):
    folder = tmp_path / "certificates"
    folder.mkdir()
    with WebhookServer(folder) as server:
        server.answers(Answer(200, {}, b"ok"))
        yield server


def configuration(mail, slack, notify, **slack_options):
    """config/mail.yaml and the channel of config/slack.yaml in one file, at these servers."""
    config = yaml.safe_load((ROOT / "config/mail.yaml").read_text(encoding="utf-8"))
    other = yaml.safe_load((ROOT / "config/slack.yaml").read_text(encoding="utf-8"))
    config["entrypoints"]["commands"]["follow"] = True
    config["notifiers"]["buyers_mail"] |= {"url": mail.url, "tls": "off"}  # which YAML 1.1 takes for false
    config["notifiers"] |= other["notifiers"]
    config["notifiers"]["buyers_slack"] |= {"webhook": slack.url, "ca": str(slack.ca), "rate": "100/s"} | slack_options
    config["routes"]["OutOfStock"]["notify"] = notify
    return yaml.safe_dump(config)


def order(gateway, *numbers):
    """An order for each number, for which there is no stock."""
    with open(gateway.commands, "a", encoding="utf-8") as commands:
        for number in numbers:
            commands.write(lines(batch(f"b-{number}", f"SKU-{number}", 1), allocate(f"o-{number}", f"SKU-{number}", 2)))


def mailed(mail):
    return sorted(int(one.content.split(b"SKU-")[1].split()[0]) for one in mail.mails)


def posted(slack):
    return sorted(int(request.json()["text"].rpartition("SKU-")[2]) for request in slack.requests)


def apply(gateway, text):
    gateway.write_config(text)
    return gateway.call("apply", gateway.config)


def test_mail_today_slack_tomorrow_both_next_week(gateway, slack):
    with MailServer() as mail:
        gateway.write_config(configuration(mail, slack, ["buyers_mail"]))
        order(gateway, *range(20))
        process = gateway.start("run", gateway.config)
        until(lambda: len(mail.mails) == 20, 20, process=process)
        assert posted(slack) == []
        assert apply(gateway, configuration(mail, slack, ["buyers_slack"])).status == STATUS_OK
        order(gateway, *range(20, 40))
        until(lambda: len(slack.requests) == 20, 20, process=process)
        assert apply(gateway, configuration(mail, slack, ["buyers_mail", "buyers_slack"])).status == STATUS_OK
        order(gateway, *range(40, 60))
        until(lambda: len(slack.requests) == 40 and len(mail.mails) == 40, 20, process=process)
        process.terminate()
        assert process.wait(20) == STATUS_OK
        assert mailed(mail) == [*range(20), *range(40, 60)]
        assert posted(slack) == [*range(20, 60)]
    assert_nothing_waits(Ledger(gateway.database))


def test_the_quickstart_changes_its_channel_without_a_server(gateway):
    """As README.md shows it."""
    config = yaml.safe_load((ROOT / "config/quickstart.yaml").read_text(encoding="utf-8"))
    config["entrypoints"]["commands"]["follow"] = True
    gateway.write_config(yaml.safe_dump(config))
    notices = gateway.folder / "notices"
    with notices.open("wb") as out:
        process = gateway.start("run", gateway.config, stdout=out)
    order(gateway, 1)
    until(lambda: notices.read_text().splitlines() == ["Out of stock for SKU-1"], 20, process=process)
    config["notifiers"]["buyers"] = {"plugin": "console_notifier", "text": "Order {orderid} needs {qty} of {sku}"}
    config["routes"]["OutOfStock"]["notify"] = ["buyers"]
    assert apply(gateway, yaml.safe_dump(config)).status == STATUS_OK
    order(gateway, 2)
    until(lambda: notices.read_text().splitlines()[1:] == ["Order o-2 needs 2 of SKU-2"], 20, process=process)
    process.terminate()
    assert process.wait(20) == STATUS_OK
    assert_nothing_waits(Ledger(gateway.database))


def test_a_channel_that_does_not_pass_its_check_changes_nothing(gateway, slack, tmp_path):
    """The webhook's certificate is signed by an authority that the file does not name."""
    with MailServer() as mail:
        gateway.write_config(configuration(mail, slack, ["buyers_mail"]))
        order(gateway, 0)
        process = gateway.start("run", gateway.config)
        until(lambda: len(mail.mails) == 1, 20, process=process)
        wrong = configuration(mail, slack, ["buyers_slack"], ca=str(slack.folder / "other-ca.crt"))
        applied = apply(gateway, wrong)
        assert applied.status == STATUS_FAILED and "refused" in applied.out + applied.err, applied
        order(gateway, 1)
        until(lambda: len(mail.mails) == 2, 20, process=process)
        process.terminate()
        assert process.wait(20) == STATUS_OK
    assert slack.requests == []

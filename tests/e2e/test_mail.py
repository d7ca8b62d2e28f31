# SPDX-License-Identifier: Apache-2.0
"""Notices by mail, end to end: config/mail.yaml with a gateway and a mail server."""

import email
import email.policy
import subprocess
import time

import pytest
from commands import lines
from gateway import ROOT, STATUS_CONFIG, STATUS_FAILED, STATUS_OK
from ledger import Ledger, assert_nothing_waits
from mail_server import MailServer, PlayedServer, Tls
from waiting import until

EXAMPLE = (ROOT / "config/mail.yaml").read_text()
COMMANDS = lines({"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 5},
                 {"type": "Allocate", "orderid": "o1", "sku": "LAMP", "qty": 4},
                 {"type": "Allocate", "orderid": "o<2>", "sku": "LAMP", "qty": 3})


@pytest.fixture
def shop(gateway):
    """A gateway with config/mail.yaml changed by replacements, and three commands of which one is out of stock."""

    def write(**replacements):
        text = EXAMPLE
        for old, new in replacements.items():
            assert old in text
            text = text.replace(old, new)
        gateway.write_config(text)
        gateway.commands.write_text(COMMANDS)
        return gateway

    return write


def at(server):
    return {"smtp://localhost:8025": server.url}


def parsed(mail):
    return email.message_from_bytes(mail.content, policy=email.policy.default)


def test_the_example_sends_its_mail(shop):
    with MailServer() as server:
        gateway = shop(**at(server))
        assert gateway.call("check", gateway.config).status == STATUS_OK
        assert server.mails == []
        result = gateway.run()
        assert result.status == STATUS_OK, result
        [mail] = server.mails
    message = parsed(mail)
    assert (mail.sender, mail.recipient) == ("stock@example.com", "buyers@example.com")
    assert message["To"] == "Buyers <buyers@example.com>" and message["Subject"] == "LAMP is out of stock"
    assert "for order o<2>.\r\n\r\nPieces: 3\r\n" in message.get_body(["plain"]).get_content()
    assert "<b>LAMP</b> for order o&lt;2&gt;." in message.get_body(["html"]).get_content()
    assert_nothing_waits(Ledger(gateway.database))


def test_each_recipient_gets_a_mail_over_tls_after_a_login(shop, gateway, tmp_path):
    tls = Tls(tmp_path / "tls")
    (gateway.folder / "password").write_text("the password\n")
    with MailServer(tls, logins={"gangway": "the password"}) as server:
        shop(**at(server), **{
            "    tls: off ": f"    ca: {tls.ca} ",
            "    # user: gangway": "    user: gangway",
            "    # password: {file: /run/secrets/mail_password}": "    password: {file: password}",
            "    subject:": "      - Chief <chief@example.com>\n    subject:",
        })
        result = gateway.run()
        assert result.status == STATUS_OK, result
        assert [mail.recipient for mail in server.mails] == ["buyers@example.com", "chief@example.com"]
        assert {mail.login for mail in server.mails} == {"gangway"}
        assert len({mail.connection for mail in server.mails}) == 1


def test_a_refused_recipient_becomes_a_dead_letter_with_the_answer(shop):
    with MailServer() as server:
        server.answer("RCPT", "550 5.1.1 no such user")
        gateway = shop(**at(server))
        assert gateway.run().status == STATUS_OK
    [dead] = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()
    assert "550 5.1.1 no such user" in dead["reason"]


def test_lint_names_the_line_of_an_address_that_is_none(shop):
    gateway = shop(**{"Buyers <buyers@example.com>": "Buyers <buyers.example.com>"})
    result = gateway.lint()
    assert result.status == STATUS_CONFIG
    line = next(number for number, text in enumerate(EXAMPLE.splitlines(), 1) if text.startswith("    to:"))
    assert f"gangway.yaml:{line}:" in result.err or f"gangway.yaml:{line + 1}:" in result.err


def test_check_names_a_server_that_is_away(shop):
    gateway = shop(**{"smtp://localhost:8025": "smtp://127.0.0.1:1"})
    result = gateway.call("check", gateway.config)
    assert result.status == STATUS_FAILED and "127.0.0.1:1" in result.out + result.err


def test_killed_gateways_send_each_mail_and_repeat_only_what_was_on_its_way(shop, rng):
    """A mail that comes again has the Message-ID of the first time. What is on its way at a kill is what was sent since
    the last record."""
    orders, kills = 200, 4
    with MailServer() as server:
        gateway = shop(**at(server))
        gateway.commands.write_text(lines(*({"type": "CreateBatch", "ref": f"b{n}", "sku": f"SKU-{n}", "qty": 1}
                                            for n in range(orders)),
                                          *({"type": "Allocate", "orderid": "o1", "sku": f"SKU-{n}", "qty": 2}
                                            for n in range(orders))))
        for _ in range(kills):
            goal = len(server.mails) + rng.randrange(1, 30)
            process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until(lambda goal=goal: len(server.mails) >= goal, 60, process=process)
            process.kill()
            process.wait(20)
        assert gateway.run().status == STATUS_OK
        mails = list(server.mails)
    ids = {}
    for mail in mails:
        ids.setdefault(subject(mail), []).append(parsed(mail)["Message-ID"])
    assert len(ids) == orders and all(len(set(of_one)) == 1 for of_one in ids.values())
    assert len({of_one[0] for of_one in ids.values()}) == orders
    assert max(map(len, ids.values())) <= kills + 1
    assert_nothing_waits(Ledger(gateway.database))


def subject(mail):
    return parsed(mail)["Subject"]


@pytest.mark.long
def test_a_server_that_takes_long_for_each_mail_gets_each_once_from_two_gateways(shop, tmp_path_factory, database):
    """25 s, longer than a lease without signs of life."""

    def play(talk):
        talk.greet("SIZE")
        while talk.hear():  # MAIL
            for answer in ("250 sender", "250 recipient", "354 go"):
                talk.say(answer)
                if answer[0] == "2":
                    talk.hear()
            received.append(talk.hear_mail())
            time.sleep(25)
            talk.say("250 accepted")

    received = []
    with PlayedServer(play) as server:
        gateway = shop(**{"{plugin: sqlite_repository, path: gangway.db}":
                          f"{{plugin: postgres_repository, url: '{database.url}'}}",
                          "path: commands.jsonl}": "path: commands.jsonl, follow: true}"}, **at(server))
        gateway.commands.write_text(lines({"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 1},
                                          *({"type": "Allocate", "orderid": f"o{n}", "sku": "LAMP", "qty": 2}
                                            for n in range(3))))
        other = type(gateway)(tmp_path_factory.mktemp("other"), gateway.config.read_text())
        other.commands.touch()
        running = [each.start("run", each.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for each in (gateway, other)]
        until(lambda: len(received) == 3 and Ledger(database.url).pending() == {}, 150)
        for process in running:
            process.terminate()
            assert process.wait(20) == STATUS_OK
        other.close()
    assert len({mail.partition(b"Message-ID: ")[2].split()[0] for mail in received}) == len(received) == 3

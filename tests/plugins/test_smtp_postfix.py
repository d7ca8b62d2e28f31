# SPDX-License-Identifier: Apache-2.0
"""smtp_notifier and a real mail server, which delivers into Maildirs: what arrives there, and what it refuses."""

import email
import email.policy
import re

import pytest
from commands import lines
from gateway import ROOT, STATUS_OK
from mail_outlet import MailOutlet
from postfix import Postfix, PostfixUnavailable
from waiting import until

BUYERS = "buyers@example.com"


@pytest.fixture(scope="module")
def postfix():
    try:
        server = Postfix(["buyers", "chief", "many", "nasty", "käufer"])
    except PostfixUnavailable as unavailable:
        pytest.skip(f"needs postfix: {unavailable}")
    with server:
        yield server


@pytest.fixture
def outlet(postfix):
    with MailOutlet(url=postfix.url, ca=postfix.tls.ca, to=[BUYERS], **{"from": "shop@example.com"}) as made:
        assert made.opened == ["ok", ""]
        yield made


def arrived(postfix, name, count):
    until(lambda: len(postfix.mails(name)) >= count, 60, postfix.log, postfix.process)
    mails = postfix.mails(name)
    assert len(mails) == count
    return [email.message_from_bytes(mail, policy=email.policy.default) for mail in mails]


def test_the_gateway_delivers_its_notices_into_maildirs(gateway, postfix):
    text = (ROOT / "config/mail.yaml").read_text().replace("smtp://localhost:8025", postfix.url)
    text = text.replace("    tls: off ", f"    ca: {postfix.tls.ca} ")
    gateway.write_config(text.replace("    subject:", "      - chief@example.com\n    subject:"))
    gateway.commands.write_text(lines({"type": "CreateBatch", "ref": "b1", "sku": "LÄMP", "qty": 1},
                                      {"type": "Allocate", "orderid": "o1", "sku": "LÄMP", "qty": 4}))
    assert gateway.call("check", gateway.config).status == STATUS_OK
    result = gateway.run()
    assert result.status == STATUS_OK, result
    ids = []
    for name in ("buyers", "chief"):
        [message] = arrived(postfix, name, 1)
        assert message["Subject"] == "LÄMP is out of stock" and message["Delivered-To"] == f"{name}@example.com"
        assert "There is no stock of LÄMP for order o1." in message.get_body(["plain"]).get_content()
        assert "<b>LÄMP</b>" in message.get_body(["html"]).get_content()
        assert message["Return-Path"] == "<stock@example.com>" and "with ESMTPS" in message["Received"]
        ids.append(message["Message-ID"])
    assert all(re.fullmatch(r"<[^@<>\s]+@example\.com>", id) for id in ids)


def test_a_burst_is_delivered_through_one_connection(outlet, postfix):
    before = postfix.log().count(": connect from ")
    for number in range(100):
        outlet.texts["text"] = f"notice {number}"
        assert outlet.send("many@example.com").both == ("ok", "ok")
    assert postfix.log().count(": connect from ") == before + 1
    texts = {message.get_content().strip() for message in arrived(postfix, "many", 100)}
    assert texts == {f"notice {number}" for number in range(100)}


def test_lone_dots_and_long_lines_survive_the_way(outlet, postfix):
    values = [".\n..\n.", "a\n.\nMAIL FROM:<x@example.com>\nDATA", "x" * 20_000, "From here", "trailing \t\n", "ÄÖ" * 5000]
    for value in values:
        outlet.texts["text"] = value
        assert outlet.send("nasty@example.com").both == ("ok", "ok")
    found = {message.get_payload(decode=True).decode().replace("\r\n", "\n")
             for message in arrived(postfix, "nasty", len(values))}
    assert found == {value.rstrip("\n") + "\n" for value in values}


def test_what_the_server_refuses_is_given_up_with_its_reason(outlet):
    sent = outlet.send("nobody@example.com")
    assert sent.both == ("ok", "permanent") and "550 5.1.1" in sent.answer
    outlet.texts["text"] = "x" * 1_500_000
    sent = outlet.send(BUYERS)
    assert sent.both == ("ok", "permanent") and sent.answer.startswith("552 5.3.4")


def test_an_address_that_is_not_ascii(outlet, postfix):
    assert outlet.send("käufer@example.com").both == ("ok", "ok")
    assert len(arrived(postfix, "käufer", 1)) == 1

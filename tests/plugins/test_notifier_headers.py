# SPDX-License-Identifier: Apache-2.0
"""No text can begin a header, a command or a body: whatever comes from a command, a template, a recipient, an id or an
option, the server receives the lines that the notifier writes, and no other, byte for byte."""

import re

import pytest
from mail_server import PlayedServer
from notifier_outlet import Outlet
from webhook_server import Answer, WebhookServer

INJECTED = {"CR and LF": "a\r\nX-Injected: 1", "LF": "a\nX-Injected: 1", "CR": "a\rX-Injected: 1", "NUL": "a\0X-Injected: 1",
            "the end of the head": "a\r\n\r\nX-Injected: 1", "a command": "a\r\nRCPT TO:<x-injected@example.com>\r\n",
            "the end of a mail": "a\r\n.\r\nX-Injected: 1", "NUL and LF": "\0\nX-Injected: 1\0"}
OK = Answer(200, {}, b"ok")
POSTED = Answer(200, {}, b'{"ok": true, "channel": "C01", "ts": "1503435956.000247"}')


@pytest.fixture(scope="module")
def certificates_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def hook(certificates_folder):
    with WebhookServer(certificates_folder) as server:
        yield server


def assert_lines(head, names):
    """Each line has a name, an ASCII value and an end of its own; the names are among these."""
    assert re.fullmatch(rb"([!-9;-~]+: ?[\t -~]*\r\n([\t ][\t -~]*\r\n)*)+", head), head
    found = {line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n")[:-1] if line[:1] not in b" \t"}
    assert found <= names, found - names


# ---- mail -------------------------------------------------------------------------------------------------------

TO = "buyer@example.com"
OF_MAILS = {"date", "from", "to", "subject", "message-id", "auto-submitted", "mime-version", "content-type",
            "content-transfer-encoding"}
OF_SMTP = ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


class Mails:
    """A mail server that keeps the bytes of commands and mails."""

    def __init__(self):
        self.mails = []
        self.server = PlayedServer(self.play)

    def play(self, talk):
        talk.greet("SIZE")
        while (line := talk.hear()).startswith("MAIL"):
            talk.say("250 sender")
            talk.hear()
            talk.say("250 recipient")
            talk.hear()
            talk.say("354 go")
            self.mails.append(talk.hear_mail())
            talk.say("250 accepted")
        if line == "QUIT":
            talk.say("221 bye")

    def assert_clean(self, names=frozenset(OF_MAILS)):
        for talk in self.server.talks:
            assert all(re.fullmatch(rb"[ -~]+\r\n", line) for line in talk.lines if line), talk.lines
            assert not [line for line in talk.lines if line and line[:4].decode() not in OF_SMTP]
            assert b"injected" not in b"".join(talk.lines).lower()
        for mail in self.mails:
            assert b"\0" not in mail and not re.search(rb"(?<!\r)\n|\r(?!\n)", mail)
            assert_lines(mail.partition(b"\r\n\r\n")[0] + b"\r\n", names)


@pytest.fixture
def mails():
    mails = Mails()
    with mails.server:
        yield mails


def mail_outlet(mails, **options):
    return Outlet("smtp_notifier", **({"url": mails.server.url, "tls": "off", "from": "shop@example.com", "to": [TO]} | options))


PLACES_OF_MAILS = {
    "subject": {"subject": "%s"}, "the first line of the text": {"text": "%s"}, "text": {"text": "x\n%s"},
    "html": {"text": "x", "html": "%s"}, "id": {"text": "x", "id": "%s"},
    "the recipient's name": {"text": "x", "recipient": f"%s <{TO}>"},
    "the recipient's quoted name": {"text": "x", "recipient": f'"%s" <{TO}>'},
    "the recipient's address": {"text": "x", "recipient": "%s@example.com"},
    "the recipient's domain": {"text": "x", "recipient": "buyer@%s"},
    "behind the recipient": {"text": "x", "recipient": f"{TO}%s"},
}


@pytest.mark.parametrize("place", PLACES_OF_MAILS)
def test_a_mail_has_no_line_of_a_text(mails, place):
    with mail_outlet(mails, html="x") as outlet:
        for name, text in INJECTED.items():
            sent = outlet.send(**{"recipient": TO} | {key: value.replace("%s", text)
                                                      for key, value in PLACES_OF_MAILS[place].items()})
            assert (sent.status, sent.verdict) in {("ok", "ok"), ("ok", "permanent")}, (name, sent)
        assert outlet.send(recipient=TO, text="the last one").verdict == "ok"
    mails.assert_clean()
    assert len(mails.mails) >= 1


OPTIONS_OF_MAILS = {
    "headers": {"headers": {"X-Note": "%s"}}, "the name of a header": {"headers": {"%s": "x"}},
    "reply-to": {"headers": {"Reply-To": f"%s <{TO}>"}}, "from": {"from": "%s <shop@example.com>"},
    "the sender's domain": {"from": "shop@%s"}, "the name that greets": {"url": "/%s"},
    "the escaped name that greets": {"url": "/a%0d%0aX-Injected:1"},
}


@pytest.mark.parametrize("text", [name for name in INJECTED if "\0" not in INJECTED[name]])  # an option has no NUL
@pytest.mark.parametrize("option", OPTIONS_OF_MAILS)
def test_a_mail_has_no_line_of_an_option(mails, option, text):
    options = filled(OPTIONS_OF_MAILS[option], INJECTED[text])
    if "url" in options:
        options["url"] = mails.server.url + options["url"]
    with mail_outlet(mails, **options) as outlet:
        if outlet.opened[0] == "ok":
            outlet.send(recipient=TO, text="x")
    mails.assert_clean(frozenset(OF_MAILS | {"x-note", "reply-to"}))


def filled(options, text):
    return {key: {name.replace("%s", text): value.replace("%s", text) for name, value in option.items()}
                 if isinstance(option, dict) else option.replace("%s", text) for key, option in options.items()}


# ---- webhooks and Slack -----------------------------------------------------------------------------------------

OF_POSTS = {"host", "user-agent", "accept", "content-type", "content-length", "authorization", "idempotency-key",
            "traceparent", "tracestate", "webhook-id", "webhook-timestamp", "webhook-signature"}
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"


def webhook(server, **options):
    return Outlet("webhook_notifier", **({"url": server.url, "ca": server.ca, "body": "{{}}", "token": "t",
                                          "signing_secrets": [SECRET]} | options))


def slack_webhook(server, **options):
    server.answers(OK)
    return Outlet("slack_notifier", **({"webhook": server.url, "ca": server.ca, "rate": "100/s", "title": "x"} | options))


def slack_bot(server, **options):
    server.answers(POSTED)
    return Outlet("slack_notifier", **({"token": "xoxb-t", "channel": "#buyers", "api": server.url, "ca": server.ca,
                                        "rate": "100/s", "title": "x", "thread": "group"} | options))


def assert_posts(server, names=frozenset(OF_POSTS)):
    for request in server.requests:
        line, _, head = request.head.partition(b"\r\n")
        assert re.fullmatch(rb"POST /[!-~]* HTTP/1\.1", line), line
        assert head.endswith(b"\r\n\r\n")
        assert_lines(head[:-2], names)


@pytest.mark.parametrize("make", [webhook, slack_webhook, slack_bot])
def test_a_post_has_no_line_of_a_text(hook, make):
    """Wherever a notice has text: its id, recipient, trace context, templates and the channel's own answer."""
    with make(hook) as outlet:
        for text in INJECTED.values():
            outlet.trace(text)
            outlet.answered(f"HTTP 200: ok, thread {text} in #buyers")
            sent = outlet.send(id=text, recipient=text, title=text, text=text, body=text)
            assert (sent.status, sent.verdict) == ("ok", "ok"), sent
    assert len(hook.requests) == len(INJECTED)
    assert_posts(hook)


OPTIONS_OF_POSTS = [
    (webhook, {"headers": {"X-Note": "%s"}}), (webhook, {"headers": {"%s": "x"}}), (webhook, {"headers": {"X-%s": "x"}}),
    (webhook, {"headers": {"Content-Type": "%s"}}), (webhook, {"token": "%s"}), (webhook, {"url": "%s"}),
    (webhook, {"url": "?a=%s"}), (webhook, {"url": "%0d%0aX-Injected:1"}), (webhook, {"signing_secrets": "%s"}),
    (slack_webhook, {"webhook": "%s"}), (slack_webhook, {"webhook": "%0d%0aX-Injected:1"}), (slack_bot, {"token": "%s"}),
    (slack_bot, {"channel": "%s"}), (slack_bot, {"api": "%s"}),
]


@pytest.mark.parametrize("text", [name for name in INJECTED if "\0" not in INJECTED[name]])
@pytest.mark.parametrize(("make", "options"), OPTIONS_OF_POSTS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_post_has_no_line_of_an_option(hook, make, options, text):
    options = filled(options, INJECTED[text])
    for name in {"url", "webhook", "api"} & set(options):
        options[name] = hook.url + options[name]
    with make(hook, **options) as outlet:
        if outlet.opened[0] == "ok":
            outlet.send(text="x", title="x", body="{}")
    assert_posts(hook, frozenset(OF_POSTS | {"x-note"}))


@pytest.mark.parametrize("text", [name for name in INJECTED if "\0" not in INJECTED[name]])
def test_a_basic_login_has_no_line_of_its_own(hook, text):
    with Outlet("webhook_notifier", url=hook.url, ca=hook.ca, body="{{}}", user="me", password=INJECTED[text]) as outlet:
        assert outlet.opened[0] == "ok"
        assert outlet.send(body="{}").verdict == "ok"
    assert_posts(hook)

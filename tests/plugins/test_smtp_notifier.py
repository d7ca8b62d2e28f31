# SPDX-License-Identifier: Apache-2.0
"""What smtp_notifier makes of a mail server's answers, of lost connections, and of servers that are not who they should
be: which notices are sent again, which are given up, and when the whole destination waits."""

import base64
import contextlib
import socket
import threading
import time

import pytest
from local_server import free_port
from mail_outlet import MailOutlet
from mail_server import MailServer, PlayedServer, Tls
from waiting import until

TO = "buyer@example.com"
LOGIN = {"user": "gangway", "password": "canary-of-the-password"}
LOGINS = {LOGIN["user"]: LOGIN["password"]}

OK = ("ok", "ok")
AGAIN = ("ok", "transient")
NEVER = ("ok", "permanent")
WAITS = ("transient", None)
OPERATOR = ("configuration", None)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return Tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def outlet_to(tls):
    """An outlet for a server."""

    @contextlib.contextmanager
    def make(server, **options):
        settings = {"url": server.url, "ca": tls.ca, "from": "Shop <shop@example.com>", "to": [TO]} | options
        with MailOutlet(**settings) as outlet:
            assert outlet.opened == ["ok", ""]
            yield outlet

    return make


# ---- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "answer", "expected"), [
    ("RCPT", "450 4.2.0 greylisted", AGAIN),
    ("RCPT", "451 4.3.0 try later", AGAIN),
    ("RCPT", "452 4.2.2 over quota", AGAIN),
    ("RCPT", "550 5.1.1 no such user", NEVER),
    ("RCPT", "550 5.2.2 mailbox full", AGAIN),
    ("RCPT", "550 5.2.21 unknown", NEVER),
    ("RCPT", "552 exceeded storage allocation", AGAIN),
    ("RCPT", "553 no", NEVER),
    ("RCPT", "421 4.3.2 shutting down", WAITS),
    ("RCPT", "530 5.7.0 authentication required", OPERATOR),
    ("DATA", "451 4.3.0 local error", AGAIN),
    ("DATA", "421 4.3.2 shutting down", WAITS),
    ("DATA", "554 5.7.1 spam", NEVER),
    ("DATA", "552 5.2.2 over quota", AGAIN),
    ("DATA", "552 5.3.4 too big", NEVER),
    ("MAIL", "451 4.3.0 no disk", WAITS),
    ("MAIL", "452 4.3.1 insufficient storage", WAITS),
    ("MAIL", "550 5.1.8 no such sender", OPERATOR),
    ("MAIL", "530 5.7.0 authentication required", OPERATOR),
    ("MAIL", "552 5.3.4 too big", NEVER),
])
def test_an_answer_decides_about_the_notice_or_the_destination(tls, outlet_to, command, answer, expected):
    with MailServer(tls) as server, outlet_to(server) as outlet:
        server.answer(command, answer, 1)
        sent = outlet.send(TO)
        assert sent.both == expected, sent
        assert answer in (sent.answer or sent.text)
        assert server.mails == []
        assert outlet.connection_up() == 1
        assert outlet.send(TO).both == OK
        assert len(server.mails) == 1


def test_one_recipient_that_is_refused_does_not_delay_another(tls, outlet_to):
    with MailServer(tls) as server, outlet_to(server) as outlet:
        server.answer("gone@example.com", "550 5.1.1 no such user")
        for _ in range(3):
            assert outlet.send("gone@example.com").both == NEVER
            assert outlet.send(TO).both == OK
        assert [mail.recipient for mail in server.mails] == [TO] * 3


def test_lines_of_an_answer_are_joined(tls, outlet_to):
    with MailServer(tls) as server, outlet_to(server) as outlet:
        server.answer("RCPT", "550-5.7.1 Blocked\r\n550-5.7.1 by the\r\n550 5.7.1 policy", 1)
        assert outlet.send(TO).answer == "550 5.7.1 Blocked 5.7.1 by the 5.7.1 policy"


@pytest.mark.parametrize(("greeting", "expected"), [("421 busy", WAITS), ("554 go away", OPERATOR)])
def test_a_greeting_that_refuses(outlet_to, greeting, expected):
    def play(talk):
        talk.say(greeting)
        talk.hear()

    with PlayedServer(play) as server, outlet_to(server, tls="off") as outlet:
        sent = outlet.send(TO)
        assert sent.both == expected and greeting in sent.text


# ---- connections ----------------------------------------------------------------------------------------------------


def test_a_burst_goes_through_one_connection(tls, outlet_to):
    with MailServer(tls) as server, outlet_to(server) as outlet:
        for _ in range(20):
            assert outlet.send(TO).both == OK
        assert len({mail.connection for mail in server.mails}) == 1


def test_an_answer_to_the_mail_keeps_the_connection(tls, outlet_to):
    with MailServer(tls) as server, outlet_to(server) as outlet:
        assert outlet.send(TO).both == OK
        server.answer("DATA", "451 4.3.0 local error", 1)
        assert outlet.send(TO).both == AGAIN
        assert outlet.send(TO).both == OK
        assert len({mail.connection for mail in server.mails}) == 1


def test_an_instance_never_uses_the_connection_of_another(tls, outlet_to):
    with MailServer(tls) as server, outlet_to(server) as one, outlet_to(server) as other:
        for outlet in (one, other, one, other):
            assert outlet.send(TO).both == OK
        connections = [mail.connection for mail in server.mails]
        assert connections[0] == connections[2] != connections[1] == connections[3]


def test_an_idle_connection_is_closed_at_once_even_where_the_server_hangs(outlet_to):
    silent = []

    def play(talk):
        talk.greet("SIZE")
        talk.take_mail()
        talk.hear_mail()
        talk.say("250 accepted")
        silent.append(talk.hear())
        time.sleep(5)  # it does not answer QUIT

    with PlayedServer(play) as server, outlet_to(server, tls="off") as outlet:
        assert outlet.send(TO).both == OK
        took = []

        def keep_alive():
            begun = time.monotonic()
            outlet.keepalive()
            took.append(time.monotonic() - begun)
            return silent

        until(keep_alive, 15)
        assert silent == ["QUIT"] and max(took) < 0.5


@pytest.mark.parametrize("how", ["closed", "421 at MAIL"])
def test_a_connection_that_the_server_ended_is_replaced_within_the_attempt(outlet_to, how):
    def play(talk):
        talk.greet("SIZE")
        talk.take_mail()
        talk.hear_mail()
        talk.say("250 accepted")
        if talk.number == 1 and how != "closed":
            talk.hear()
            talk.say("421 too many mails")
        elif talk.number > 1:
            talk.hear()

    with PlayedServer(play) as server, outlet_to(server, tls="off") as outlet:
        assert [outlet.send(TO).both for _ in range(2)] == [OK, OK]
        assert server.connections == 2


def test_a_server_that_is_away_is_awaited(tls, outlet_to):
    port = free_port()
    with outlet_to(MailServer(tls, port=port)) as outlet:
        sent = outlet.send(TO)
        assert sent.both == WAITS and f"localhost:{port}" in sent.text
        assert outlet.connection_up() == 0
        with MailServer(tls, port=port) as server:
            assert outlet.send(TO).both == OK
            assert outlet.connection_up() == 1
            assert len(server.mails) == 1


def test_a_name_that_does_not_resolve_is_awaited(tls, outlet_to):
    with MailServer(tls) as server, outlet_to(server, url="smtp://mail.invalid:25") as outlet:
        assert outlet.send(TO, within=3).both == WAITS


def test_the_mail_that_was_lost_after_its_dot_comes_again_with_the_same_id(tls, outlet_to):
    """The server has it and its answer is lost. Only the Message-ID shows that both are one mail."""
    with MailServer(tls) as server, outlet_to(server) as outlet:
        server.answer("DATA", "drop", 1)
        assert outlet.send(TO, id="notice-17").both == AGAIN
        assert outlet.send(TO, id="notice-17").both == OK
        first, second = (mail.content.decode().partition("Message-ID: ")[2].split()[0] for mail in server.mails)
        assert first == second == "<notice-17@example.com>"


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_a_connection_that_is_lost_before_the_mail_delays_the_destination(tls, outlet_to, command):
    with MailServer(tls) as server, outlet_to(server) as outlet:
        server.answer(command, "drop", 1)
        assert outlet.send(TO).both == WAITS
        assert outlet.send(TO).both == OK and len(server.mails) == 1


# ---- time -----------------------------------------------------------------------------------------------------------


def stall(stage):
    """A server that is silent from this stage on."""

    def play(talk):
        if stage != "greeting":
            talk.say("220 played ESMTP")
            talk.hear()
        if stage in ("RCPT", "mail", "QUIT"):
            talk.say("250 played")
            talk.hear()
            talk.say("250 sender")
            talk.hear()
        if stage == "QUIT":
            talk.say("550 no such user")
        if stage == "mail":
            talk.say("250 recipient")
            talk.hear()
            talk.say("354 go")
            talk.hear_mail()
        while talk.hear():
            pass

    return play


@pytest.mark.parametrize(("stage", "expected"), [("greeting", WAITS), ("EHLO", WAITS), ("RCPT", WAITS), ("mail", AGAIN)])
def test_a_silent_server_is_given_up_at_the_deadline(outlet_to, stage, expected):
    with PlayedServer(stall(stage)) as server, outlet_to(server, tls="off") as outlet:
        sent = outlet.send(TO, within=1.5)
        assert sent.both == expected
        assert 1000 < sent.ms < 3500 and sent.silent_ms < 1600


def test_a_server_that_does_not_answer_quit_delays_nothing(outlet_to):
    with PlayedServer(stall("QUIT")) as server, outlet_to(server, tls="off") as outlet:
        sent = outlet.send(TO, within=10)
        assert sent.both == NEVER and sent.ms < 1000


@pytest.mark.parametrize("stage", ["greeting", "RCPT", "mail"])
def test_a_shutdown_ends_the_attempt(outlet_to, stage):
    with PlayedServer(stall(stage)) as server, outlet_to(server, tls="off") as outlet:
        outlet.cancel_after(0.3)
        sent = outlet.send(TO, within=20)
        assert sent.status == "cancelled" and sent.ms < 3000


@pytest.mark.parametrize("how", ["deadline", "shutdown"])
def test_a_mail_that_is_interrupted_is_never_ended_as_if_it_were_whole(outlet_to, how):
    """The server reads nothing more after the beginning of the mail, until the attempt is over."""
    received = []
    is_under_way, is_over = threading.Event(), threading.Event()

    def play(talk):
        talk.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        talk.greet("SIZE")
        talk.take_mail()
        received.append(talk.file.read(1000))
        is_under_way.set()
        is_over.wait(30)
        with contextlib.suppress(OSError):
            while piece := talk.connection.recv(65536):
                received.append(piece)
        received.append(None)

    with PlayedServer(play) as server, outlet_to(server, tls="off") as outlet:
        outlet.texts["text"] = ("x" * 70 + "\n") * 120_000  # more than the buffers of a connection
        if how == "shutdown":
            threading.Thread(target=lambda: is_under_way.wait(20) and outlet.cancel()).start()
        sent = outlet.send(TO, within=4 if how == "deadline" else 20)
        is_over.set()
        assert sent.both == (AGAIN if how == "deadline" else ("cancelled", None)), sent
        until(lambda: received and received[-1] is None, 20)
        mail = b"".join(received[:-1])
        assert len(mail) > 1000 and b"\r\n.\r\n" not in mail


def test_a_server_that_takes_long_for_a_mail_has_its_time(outlet_to):
    def play(talk):
        talk.greet("SIZE")
        talk.take_mail()
        talk.hear_mail()
        time.sleep(3)  # scanning it
        talk.say("250 accepted")
        talk.hear()

    with PlayedServer(play) as server, outlet_to(server, tls="off") as outlet:
        sent = outlet.send(TO, within=20)
        assert sent.both == OK and sent.ms >= 3000 and sent.silent_ms < 1600


@pytest.mark.parametrize("flood", [b"250-again and again\r\n" * 1000, b"2" * 65536, b"250-" + b"x" * 65536])
def test_replies_without_end_end_the_attempt(outlet_to, flood):
    """Many lines, a line without an end, and long lines."""

    def play(talk):
        talk.say("220 played ESMTP")
        talk.hear()
        while True:
            talk.connection.sendall(flood)

    with PlayedServer(play) as server, outlet_to(server, tls="off") as outlet:
        sent = outlet.send(TO, within=10)
        assert sent.both == WAITS and sent.ms < 5000


# ---- TLS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_implicit", [False, True])
@pytest.mark.parametrize("certificate", ["expired", "other-name", "unknown", "self-signed"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(tls, outlet_to, certificate, is_implicit):
    with MailServer(tls, certificate, is_implicit, logins=LOGINS) as server, outlet_to(server, **LOGIN) as outlet:
        assert outlet.send(TO).both == OPERATOR
        assert outlet.check()[1] == "configuration"
        assert server.mails == [] and server.attempts == []


def test_implicit_tls(tls, outlet_to):
    with MailServer(tls, is_implicit=True, logins=LOGINS) as server, outlet_to(server, **LOGIN) as outlet:
        assert outlet.send(TO).both == OK
        assert outlet.check()[1] == "ok"


@pytest.mark.parametrize("answer", [None, "454 4.7.0 TLS not available", "502 not implemented"])
def test_a_server_without_starttls_gets_no_mail_and_no_password(outlet_to, answer):
    """STARTTLS is not offered, or offered and refused."""

    def play(talk):
        talk.greet("SIZE", "AUTH PLAIN LOGIN", *(["STARTTLS"] if answer else []))
        if talk.hear() == "STARTTLS":
            talk.say(answer)
            talk.hear()

    with PlayedServer(play) as server, outlet_to(server, **LOGIN) as outlet:
        sent = outlet.send(TO)
        assert sent.both == (WAITS if answer and answer[0] == "4" else OPERATOR)
        heard = b"".join(server.talks[0].lines)
        assert b"AUTH" not in heard and b"MAIL" not in heard


def test_tls_off_sends_in_clear_text(outlet_to):
    with MailServer() as server, outlet_to(server, tls="off") as outlet:
        assert outlet.send(TO).both == OK
    with MailServer() as server, outlet_to(server) as outlet:
        assert outlet.send(TO).both == OPERATOR


# ---- logins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mechanism", "expected"), [("auto", "PLAIN"), ("PLAIN", "PLAIN"), ("LOGIN", "LOGIN")])
def test_a_login(tls, outlet_to, mechanism, expected):
    with MailServer(tls, logins=LOGINS) as server, outlet_to(server, mechanism=mechanism, **LOGIN) as outlet:
        assert outlet.send(TO).both == OK
        assert server.attempts == [(expected, LOGIN["user"], LOGIN["password"])]
        assert server.mails[0].login == LOGIN["user"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_refused_login_needs_an_operator(tls, outlet_to, mechanism):
    with MailServer(tls, logins={"gangway": "another"}) as server:
        with outlet_to(server, mechanism=mechanism, **LOGIN) as outlet:
            sent = outlet.send(TO)
            assert sent.both == OPERATOR and "535" in sent.text
            assert outlet.connection_up() == 0
            assert outlet.check()[1] == "configuration"
            server.logins["gangway"] = LOGIN["password"]
            assert outlet.send(TO).both == OK


def test_a_login_that_fails_for_now_is_tried_again(outlet_to):
    def play(talk):
        talk.greet("AUTH PLAIN")
        talk.hear()
        talk.say("454 4.7.0 temporary authentication failure")
        talk.hear()

    with PlayedServer(play) as server, outlet_to(server, tls="off", **LOGIN) as outlet:
        assert outlet.send(TO).both == WAITS


@pytest.mark.parametrize("offers", [["SIZE"], ["AUTH CRAM-MD5"]])
def test_no_mail_is_sent_without_the_login_that_the_file_asks_for(outlet_to, offers):
    """libcurl would send it, where the server offers no login at all."""

    def play(talk):
        talk.greet(*offers)
        while talk.hear():
            talk.say("250 yes")

    with PlayedServer(play) as server, outlet_to(server, tls="off", **LOGIN) as outlet:
        assert outlet.send(TO).both == OPERATOR
        assert b"MAIL" not in b"".join(server.talks[0].lines)


def test_the_token_is_read_at_each_login(tls, outlet_to, tmp_path):
    token = tmp_path / "token"
    token.write_text("first-token\n")
    with MailServer(tls, logins={"gangway": "first-token"}) as server:
        with outlet_to(server, user="gangway", token_file=token) as outlet:
            assert outlet.send(TO).both == OK
            server.logins["gangway"] = "second-token"
            token.write_text("second-token\n")
            assert outlet.send(TO).both == OK
            assert server.attempts == [("XOAUTH2", "gangway", "first-token"), ("XOAUTH2", "gangway", "second-token")]
            token.write_text("expired-token")
            assert outlet.send(TO).both == OPERATOR
            token.unlink()
            sent = outlet.send(TO)
            assert sent.both == OPERATOR and str(token) in sent.text


@pytest.mark.parametrize("content", ["", "two words", "bro\0ken", "x" * 20_000, "ü"])
def test_a_file_without_a_token_needs_an_operator(tls, outlet_to, tmp_path, content):
    token = tmp_path / "token"
    token.write_text(content)
    with MailServer(tls) as server, outlet_to(server, user="gangway", token_file=token) as outlet:
        assert outlet.send(TO).both == OPERATOR
        assert server.attempts == []


@pytest.mark.parametrize("stage", ["AUTH", "MAIL", "RCPT"])
def test_no_text_contains_the_password(outlet_to, stage):
    """A server that repeats what it got, in clear text and as it was sent."""
    sent_as = base64.b64encode(b"\0gangway\0" + LOGIN["password"].encode()).decode()

    def play(talk):
        talk.greet("AUTH PLAIN")
        talk.hear()
        talk.say("334 ")
        heard = talk.hear()
        assert heard == sent_as
        answers = {"AUTH": "235 welcome", "MAIL": "250 sender", "RCPT": "250 recipient"}
        for command, answer in answers.items():
            if command == stage:
                talk.say(f"550 {heard} {LOGIN['password']} {base64.b64encode(LOGIN['password'].encode()).decode()}")
                talk.hear()
                return
            talk.say(answer)
            talk.hear()

    with PlayedServer(play) as server, outlet_to(server, tls="off", **LOGIN) as outlet:
        sent = outlet.send(TO)
        said = sent.text + sent.answer
        assert "550 *** *** ***" in said and "canary" not in said
        assert "canary" not in str(outlet.log())


# ---- check ----------------------------------------------------------------------------------------------------------


def test_check_looks_and_sends_nothing(tls, outlet_to):
    with MailServer(tls, logins=LOGINS) as server, outlet_to(server, **LOGIN) as outlet:
        lines, status = outlet.check()
        assert status == "ok" and lines[0][:2] == ("ok", f"localhost:{server.port}")
        assert server.mails == [] and len(server.attempts) == 1


def test_check_of_a_server_that_is_away(tls, outlet_to):
    with outlet_to(MailServer(tls)) as outlet:
        assert outlet.check()[1] == "transient"


# ---- options --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "option"), [
    ({"url": "http://localhost"}, "url"),
    ({"url": "smtp://user:pass@localhost"}, "url"),
    ({"url": "smtp://"}, "url"),
    ({"url": "localhost:25"}, "url"),
    ({"url": "smtps://localhost", "tls": "off"}, "tls"),
    ({"from": "nobody"}, "from"),
    ({"from": "a@b.example\r\nBcc: c@d.example"}, "from"),
    ({"to": ["a@b.example", "Name\n <c@d.example>"]}, "to"),
    ({"to": ["a b@c.example"]}, "to"),
    ({"to": ["a..b@c.example"]}, "to"),
    ({"to": ["a@b@c.example"]}, "to"),
    ({"to": ["a@b_.example."]}, "to"),
    ({"to": ["<a@b.example> x"]}, "to"),
    ({"to": [f"{'x' * 65}@b.example"]}, "to"),
    ({"to": [f"a@{'x' * 64}.example"]}, "to"),
    ({"to": [b"a\xff@b.example".decode("utf-8", "surrogateescape")]}, "to"),
    ({"headers": {"Subject": "x"}}, "headers"),
    ({"headers": {"content-type": "x"}}, "headers"),
    ({"headers": {"Bcc": "x@y.example"}}, "headers"),
    ({"headers": {"X Y": "x"}}, "headers"),
    ({"headers": {"X-Note": "a\r\nBcc: c@d.example"}}, "headers"),
    ({"headers": {"Reply-To": "no address"}}, "headers"),
    ({"headers": {"Reply-To": "käufer@example.com"}}, "headers"),
    ({"user": "x"}, "user"),
    ({"password": "x"}, "password"),
    ({"user": "x", "password": "x", "token_file": "/x"}, "token_file"),
    ({"user": "x", "password": "x", "mechanism": "XOAUTH2"}, "token_file"),
    ({"mechanism": "PLAIN"}, "mechanism"),
])
def test_lint_refuses(options, option):
    settings = {"url": "smtp://localhost", "from": "shop@example.com", "to": [TO]} | options
    with MailOutlet(**settings) as outlet:
        status, complaint = outlet.opened
        assert status == "configuration" and option in complaint
        assert "pass@" not in complaint

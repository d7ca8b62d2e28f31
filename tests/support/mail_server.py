# SPDX-License-Identifier: Apache-2.0
"""Mail servers for tests, on threads of the test: aiosmtpd, which keeps what it got and answers as the test says, and a
socket that a test plays a server with."""

import asyncio
import contextlib
import queue
import socket
import ssl
import threading
from typing import NamedTuple

import certificates
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, auth_mechanism
from local_server import free_port


class Mail(NamedTuple):
    """What arrived: envelope, bytes, and over which connection, by whom."""

    sender: str
    recipient: str
    content: bytes
    connection: int
    login: str
    options: tuple


class Tls:
    """An authority, a certificate `server` for localhost, and those of certificates.sign_badly."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        certificates.make_authorities(folder)
        certificates.sign(folder, "server", "localhost", names=["localhost"])
        certificates.sign_badly(folder)
        self.ca = folder / "ca.crt"

    def context(self, name="server"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context


class Handler:
    """Answers that the test sets: RCPT by recipient, others by command; a number of them, or each. "drop" closes the
    connection in the place of an answer, "hang" answers nothing."""

    def __init__(self):
        self.mails = []
        self.answers = {}
        self.connections = 0
        self.seen = threading.Condition()

    def answer(self, command, text, times=1_000_000):
        self.answers[command] = [text, times]

    def next_answer(self, *commands):
        for command in commands:
            if self.answers.get(command, ["", 0])[1] > 0:
                self.answers[command][1] -= 1
                return self.answers[command][0]
        return None

    async def give(self, server, text):
        if text == "drop":
            server.transport.abort()
            return "421 unreachable"
        if text == "hang":
            await asyncio.sleep(600)
        return text

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = self.next_answer("MAIL")
        if answer:
            return await self.give(server, answer)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.next_answer(address, "RCPT")
        if answer:
            return await self.give(server, answer)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.next_answer("DATA")
        if answer and answer[0] not in "2d":
            return await self.give(server, answer)
        with self.seen:
            assert len(envelope.rcpt_tos) == 1
            self.mails.append(Mail(envelope.mail_from, envelope.rcpt_tos[0], envelope.content, server.connection,
                                   getattr(session.auth_data, "login", b"").decode(), tuple(envelope.mail_options)))
        return await self.give(server, answer or "250 2.0.0 accepted")


class Protocol(SMTP):
    """Knows XOAUTH2, counts its connections, and leaves STARTTLS out where an attacker would."""

    connection = 0

    def connection_made(self, transport):
        if not self.connection:
            self.event_handler.connections += 1
            self.connection = self.event_handler.connections
        super().connection_made(transport)

    async def push(self, status):
        text = status.encode() if isinstance(status, str) else status
        if getattr(self.event_handler, "strips", None) and text.endswith(self.event_handler.strips):
            return
        await super().push(text)

    @auth_mechanism("XOAUTH2")
    async def auth_XOAUTH2(self, _, args):
        blob = await self.challenge_auth("")
        user, bearer = (part.partition(b"=")[2] for part in blob.split(b"\x01")[:2])
        result = self._authenticate("XOAUTH2", LoginPassword(user, bearer.removeprefix(b"Bearer ")))
        if not result.success:
            await self.challenge_auth('{"status":"401"}')
        return result


class MailServer:
    """Use it as a context. tls: a Tls, or None for clear text. is_implicit: TLS from the first byte. logins: user -> its
    password or token, which it requires if there are any."""

    def __init__(self, tls=None, certificate="server", is_implicit=False, logins=None, port=None, **options):
        self.handler = Handler()
        self.logins = logins or {}
        self.port = port or free_port()
        self.url = f"{'smtps' if is_implicit else 'smtp'}://localhost:{self.port}"
        self.attempts = []
        context = tls.context(certificate) if tls else None
        settings = {"ident": "test", "authenticator": self.authenticate, "auth_required": bool(logins),
                    "auth_require_tls": tls is not None and not is_implicit,
                    "tls_context": None if is_implicit else context,
                    "require_starttls": context is not None and not is_implicit, "timeout": 60} | options
        handler = self.handler

        class Made(Controller):
            def factory(self):
                return Protocol(handler, hostname="localhost", **settings)

        self.controller = Made(handler, hostname="localhost", port=self.port,
                               ssl_context=context if is_implicit else None)

    def authenticate(self, server, session, envelope, mechanism, login):
        self.attempts.append((mechanism, login.login.decode(), login.password.decode()))
        known = self.logins.get(login.login.decode()) == login.password.decode()
        return AuthResult(success=known, handled=False, auth_data=login)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop(no_assert=True)

    @property
    def mails(self):
        return self.handler.mails

    def answer(self, command, text, times=1_000_000):
        self.handler.answer(command, text, times)


class PlayedServer:
    """Use it as a context. Each connection is handed to play(Talk), on a thread; what that raises is the test's."""

    def __init__(self, play):
        self.play = play
        self.errors = queue.SimpleQueue()
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.talks = []
        self.thread = threading.Thread(target=self.accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                talk = Talk(connection, self.connections)
                self.talks.append(talk)
                threading.Thread(target=self.run, args=(talk,), daemon=True).start()

    def run(self, talk):
        try:
            self.play(talk)
        except OSError:
            pass  # the client has left
        except Exception as error:  # noqa: BLE001  (of any kind, for the thread of the test)
            self.errors.put(error)
        finally:
            talk.close()

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for talk in self.talks:
            talk.close()
        if not self.errors.empty():
            raise self.errors.get()


class Talk:
    """A server's side of a connection."""

    def __init__(self, connection, number):
        self.connection = connection
        self.number = number
        self.file = connection.makefile("rb")
        self.lines = []

    def say(self, text):
        self.connection.sendall(text.encode("latin-1") + b"\r\n")

    def hear(self):
        """The next line of the client; empty when it has left."""
        line = self.file.readline()
        self.lines.append(line)
        return line.rstrip(b"\r\n").decode("utf-8", "replace")

    def greet(self, *offers):
        """Greeting and answer to EHLO."""
        self.say("220 played ESMTP")
        self.hear()
        lines = ["played", *offers]
        for line in lines[:-1]:
            self.say(f"250-{line}")
        self.say(f"250 {lines[-1]}")

    def take_mail(self):
        """From MAIL to 354; the mail follows."""
        for answer in ("250 sender", "250 recipient", "354 go"):
            self.hear()
            self.say(answer)

    def hear_mail(self):
        """The mail up to the dot, or as far as the client came."""
        lines = []
        while (line := self.file.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line[0] == ord(".") else line)
        return b"".join(lines)

    def close(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

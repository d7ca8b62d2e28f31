# SPDX-License-Identifier: Apache-2.0
"""The channels that notices go through in these tests: a mail server, a Slack server, webhooks and the console, what a
bootstrap file says of each, and what arrived where, with which key."""

import contextlib
import email
import re
from typing import NamedTuple

from local_server import free_port
from mail_server import MailServer
from webhook_server import Answer, WebhookServer

POSTED = Answer(200, {}, b'{"ok": true, "channel": "C01", "ts": "1503435956.000247", "message": {}}')
CONSOLE = re.compile(r"^NOTICE (\w+) (\S+)$", re.MULTILINE)

BLOCKS = {
    "mail": "{{plugin: smtp_notifier, url: '{mail}', tls: off, from: stock@example.com, to: [{place}@example.com],"
            " subject: '{{orderid}}', text: '{{sku}}'{more}}}",
    "slack": "{{plugin: slack_notifier, token: xoxb-1, channel: '{place}', api: '{slack}', ca: '{ca}', rate: 100/s,"
             " text: '{{orderid}}'{more}}}",
    "webhook": "{{plugin: webhook_notifier, url: '{hook}/{place}', ca: '{ca}'{more}}}",
    "console": "{{plugin: console_notifier, text: 'NOTICE {place} {{orderid}}'{more}}}",
}


class Arrival(NamedTuple):
    place: str  # whom it was for: the part before the @, the channel, the end of the path
    order: str
    kind: str
    key: str  # none on the console


class Channels:
    """Use it as a context."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.mail = stack.enter_context(MailServer())
            self.slack, self.hook = (stack.enter_context(WebhookServer(self.folder)) for _ in range(2))
            self.slack.answers(POSTED)
            self.stack = stack.pop_all()
        self.addresses = {"mail": self.mail.url, "slack": f"https://localhost:{self.slack.port}/api",
                          "hook": f"https://localhost:{self.hook.port}", "ca": self.hook.ca}
        return self

    def __exit__(self, *_):
        self.stack.close()

    def block(self, kind, place, more=""):
        """What a file says of a channel of this kind to this place."""
        return BLOCKS[kind].format(place=place, more=more, **self.addresses)

    def dead(self, kind, place, more=""):
        """The same, with a server that is away. The console has none."""
        away = {"mail": f"smtp://localhost:{free_port()}", "slack": f"https://localhost:{free_port()}/api",
                "hook": f"https://localhost:{free_port()}"}
        return BLOCKS[kind].format(place=place, more=more, **(self.addresses | away))

    def arrived(self, logs=()):
        """Everything that arrived at the servers and in these logs, in the order of each server."""
        return [*map(of_mail, list(self.mail.mails)),
                *(of_slack(request) for request in list(self.slack.requests) if "postMessage" in request.path),
                *(of_webhook(request) for request in list(self.hook.requests) if request.method == "POST"),
                *(Arrival(place, order, "console", "") for log in logs for place, order in CONSOLE.findall(log))]


def of_mail(mail):
    message = email.message_from_bytes(mail.content)
    return Arrival(mail.recipient.partition("@")[0], message["Subject"], "mail", message["Message-ID"])


def of_slack(request):
    message = request.json()
    return Arrival(message["channel"], message["text"], "slack", message["metadata"]["event_payload"]["id"])


def of_webhook(request):
    return Arrival(request.path.rpartition("/")[2], request.json()["data"]["orderid"], "webhook",
                   request.headers["Idempotency-Key"])

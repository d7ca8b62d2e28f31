# SPDX-License-Identifier: Apache-2.0
"""A notifier in its own process (notifier_outlet.c), whatever its plugin."""

import signal
import subprocess
import threading
from typing import NamedTuple

from gateway import build_folder

PROGRAM = build_folder() / "tests/notifier_outlet"


class Sent(NamedTuple):
    """What send returned: its status, how long it took, the error, the longest time without a sign of life; and, where
    the status is ok, the verdict, its pause and its answer."""

    status: str
    ms: int
    text: str
    silent_ms: int
    verdict: str = ""
    pause_ms: int = 0
    answer: str = ""


class Outlet:
    """Use it as a context. Options: as texts, by their names; a list is repeated, a map becomes key.name."""

    def __init__(self, plugin, **options):
        self.process = subprocess.Popen([PROGRAM, plugin, *settings(options)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.opened = self.answer()[0]  # status, text
        self.sent = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Fails when the program did: by a sanitizer's finding, say."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
            assert self.process.wait(30) == 0
            self.process.stdout.close()

    def answer(self):
        lines = []
        for line in self.process.stdout:
            if line == b"\n":
                return lines
            lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n").split("\t"))
        raise AssertionError(f"the outlet ended with {self.process.wait()}")

    def ask(self, *fields):
        self.process.stdin.write("\t".join(map(str, fields)).encode() + b"\n")
        self.process.stdin.flush()
        return self.answer()

    def send(self, within=10.0, id=None, recipient="", **texts):
        """Sends one notice. texts: the rendered templates, by the names of their options; bytes or str."""
        self.sent += 1
        rendered = [part for name, text in texts.items() for part in (name, encoded(text))]
        first, *verdict = self.ask("send", int(within * 1000), encoded(id or f"notice-{self.sent}"), encoded(recipient),
                                   *rendered)
        status, ms, text, silent_ms = first
        if not verdict:
            return Sent(status, int(ms), text, int(silent_ms))
        word, pause_ms, answer = verdict[0]
        return Sent(status, int(ms), text, int(silent_ms), word, int(pause_ms), answer)

    def check(self):
        """(status, subject, finding) of each line, and the status of all."""
        *lines, (status,) = self.ask("check")
        return [tuple(line) for line in lines], status

    def cancel(self):
        """The host is stopping from now on. Any thread, also while a notice is sent."""
        self.process.send_signal(signal.SIGUSR1)

    def cancel_after(self, seconds):
        threading.Timer(seconds, self.cancel).start()

    def events(self, count):
        """The next notices are about so many events, and list at most two."""
        self.ask("events", count)

    def trace(self, value):
        """The events of the next notices have this value as traceparent and as tracestate."""
        self.ask("trace", encoded(value))

    def answered(self, answer):
        """The channel answered so to the last notice of the group of the next notices."""
        self.ask("answered", encoded(answer))

    def keepalive(self):
        self.ask("keepalive")

    def connection_up(self):
        return int(self.ask("connection_up")[0][0])

    def log(self):
        """What was logged since the last call."""
        return ["\t".join(line) for line in self.ask("log")]


def settings(options):
    for name, value in options.items():
        if isinstance(value, dict):
            yield from (f"{name}.{key}={item}" for key, item in value.items())
        elif isinstance(value, (list, tuple)):
            yield from (f"{name}={item}" for item in value)
        else:
            yield f"{name}={value}"


def encoded(text):
    return (text if isinstance(text, bytes) else text.encode()).hex()

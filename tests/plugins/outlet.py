# SPDX-License-Identifier: Apache-2.0
"""A kafka_publisher in its own process (kafka_outlet.c), and what the relay does with its verdicts."""

import subprocess
import time
from typing import NamedTuple

from gateway import build_folder

PROGRAM = build_folder() / "tests/kafka_outlet"
SKUS = 7


class Verdict(NamedTuple):
    status: str
    answer: str


class Published(NamedTuple):
    """Verdicts are there where the status is ok."""

    status: str
    ms: int
    text: str
    verdicts: list

    def statuses(self):
        return [verdict.status for verdict in self.verdicts]


class Outlet:
    """Use it as a context. Options: as the plugin's, `brokers` and `topic` first."""

    def __init__(self, brokers, topic, **options):
        further = options.pop("librdkafka", {})
        chosen = {"brokers": brokers, "topic": topic} | options
        settings = [f"{key}={value}" for key, value in chosen.items()]
        settings += [f"librdkafka.{key}={value}" for key, value in further.items()]
        self.process = subprocess.Popen([PROGRAM, *settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.opened = Verdict(*self.answer()[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Fails when the program did: by a sanitizer's finding, say."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
            assert self.process.wait(30) == 0

    def answer(self):
        lines = []
        for line in self.process.stdout:
            if line == "\n":
                return lines
            lines.append(line.rstrip("\n").split("\t"))
        raise AssertionError(f"the outlet ended with {self.process.wait()}")

    def ask(self, command):
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        return self.answer()

    def publish(self, first, count, within=10.0, big=None, size=0):
        """Big: the number of the event with a payload of this size, or 0 for all."""
        extra = "" if big is None else f" {big} {size}"
        (status, ms, text), *verdicts = self.ask(f"publish {first} {count} {int(within * 1000)}{extra}")
        return Published(status, int(ms), text, [Verdict(*verdict) for verdict in verdicts])

    def deliver(self, first, count, within=60.0, attempt=10.0):
        """As a relay does it: again from the first that failed on, until there is none. Returns how often that was."""
        deadline = time.monotonic() + within
        tries, end = 0, first + count
        while first < end:
            assert time.monotonic() < deadline, f"event {first} could not be delivered"
            published = self.publish(first, end - first, attempt)
            tries += 1
            for status in published.statuses():
                assert status in ("ok", "transient")
                if status != "ok":
                    break
                first += 1
        return tries

    def check(self):
        """(status, subject, finding) of each line, and the status of all."""
        *lines, (status,) = self.ask("check")
        return [tuple(line) for line in lines], status

    def keepalive(self):
        self.ask("keepalive")

    def connection_up(self):
        return int(self.ask("connection_up")[0][0])

    def log(self):
        """What was logged since the last call."""
        return [line[0] for line in self.ask("log")]

    def keep_until(self, holds, within=30.0):
        """Keeps it alive, as the core does, but faster, until holds()."""
        deadline = time.monotonic() + within
        while not holds():
            assert time.monotonic() < deadline
            self.keepalive()
            time.sleep(0.05)  # between two looks


def numbers(records):
    """SKU -> the numbers of its events as they lie in their partition."""
    found = {}
    for record in (record for of_one in records.values() for record in of_one):
        found.setdefault(record.key.decode(), []).append(int(record.header("ce_id").removeprefix("event-")))
    return found


def first_seen(found):
    """The same without what repeats something before it."""
    return {sku: list(dict.fromkeys(of_one)) for sku, of_one in found.items()}


def expected(first, count, without=()):
    """What numbers() finds when each of these events is there once, in order."""
    found = {}
    for number in range(first, first + count):
        if number not in without:
            found.setdefault(f"SKU-{number % SKUS}", []).append(number)
    return found

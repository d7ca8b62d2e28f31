# SPDX-License-Identifier: Apache-2.0
"""A producer that sends commands while gateways read them. It logs each command before the send, and the broker's
answer. The verdict compares this log with the topic."""

import json
import threading
import time
from collections import Counter

from confluent_kafka import KafkaException, Producer

SEND_SECONDS = 120  # how long one message is retried: a broker may be down


class Sender(threading.Thread):
    """Sends commands, keyed by SKU, over so many seconds. Before it sends one it writes so to its own log, and afterwards
    what became of it; a message is known by its header `message-id`. again: how many of a hundred it sends twice."""

    def __init__(self, url, topic, commands, seconds, log, rng, again=0, is_tried_again=True):
        super().__init__(daemon=True)
        self.topic, self.commands, self.seconds, self.log, self.rng, self.again = topic, commands, seconds, log, rng, again
        self.name = log.stem
        self.settings = {
            "bootstrap.servers": url, "acks": "all", "enable.idempotence": True, "linger.ms": 5, "log_level": 0,
            "partitioner": "murmur2_random", "message.timeout.ms": 1000 * (SEND_SECONDS if is_tried_again else 1),
        }
        self.producer = Producer(self.settings)
        self.stopped = threading.Event()
        self.start()

    def run(self):
        begin, at = time.monotonic(), 0
        with self.log.open("a") as self.file:
            while at < len(self.commands) and not self.stopped.is_set():
                now = time.monotonic() - begin
                due = len(self.commands) if now >= self.seconds else int(now / self.seconds * len(self.commands))
                for number in range(at, due):
                    self.send(number, self.commands[number])
                at = max(at, due)
                self.producer.poll(0)
                self.stopped.wait(0.01)  # the pace of the load
            self.producer.flush(SEND_SECONDS)

    def send(self, number, command):
        for _ in range(2 if self.rng.random() * 100 < self.again else 1):
            self.note("send", number)
            while not self.try_to_send(number, command):
                self.producer.poll(0.05)

    def try_to_send(self, number, command):
        """A producer that librdkafka has given up, because it cannot tell what the broker has, is replaced."""
        try:
            self.producer.produce(
                self.topic, command, key_of(command), headers={"message-id": f"{self.name}-{number}"},
                on_delivery=lambda error, message: self.note("failed", number, error=str(error)) if error else
                self.note("ok", number, partition=message.partition(), offset=message.offset()))
        except BufferError:
            return False
        except KafkaException as problem:
            if not problem.args[0].fatal():
                raise
            self.producer.flush(SEND_SECONDS)  # fails what it holds
            self.producer = Producer(self.settings)
            return False
        return True

    def note(self, what, number, **more):
        self.file.write(json.dumps({"what": what, "number": number} | more) + "\n")
        self.file.flush()

    def stop(self):
        self.stopped.set()
        self.join()

    def faults(self, records):
        """What the log says against all records that the topic has, or had: sentences."""
        notes = [json.loads(line) for line in self.log.read_text().splitlines()]
        mine = {(record.partition, record.offset, record.header("message-id")): record for record in records
                if record.header("message-id").startswith(self.name + "-")}  # a record may be kept and be there still
        places = {place: record.value for place, record in mine.items()}
        partitions = {(partition, identity): value for (partition, _, identity), value in places.items()}
        found = []
        for note in notes:
            if note["what"] == "ok" and self.found(note, places, partitions) != self.commands[note["number"]]:
                found.append(f"the broker confirmed {note} and does not have it there")
        return found + self.surplus(notes, mine.values())

    def found(self, note, places, partitions):
        """A broker that recognises a repeat confirms it without an offset."""
        identity = f"{self.name}-{note['number']}"
        if note["offset"] is None:
            return partitions.get((note["partition"], identity))
        return places.get((note["partition"], note["offset"], identity))

    def surplus(self, notes, mine):
        """What is in the topic more often than it was sent."""
        left = Counter(note["number"] for note in notes if note["what"] == "send")
        left.subtract(int(record.header("message-id").rpartition("-")[2]) for record in mine)
        return [f"message {number} of {self.name} is there {-count} times too often" for number, count in left.items()
                if count < 0]


def key_of(command):
    """The SKU that a command is about: that of its batch, where it names one. What is malformed goes anywhere."""
    try:
        fields = json.loads(command)
        name = fields.get("ref") or fields.get("batchref") or fields["sku"]
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return name.split("/")[0].removeprefix("NO-")

# SPDX-License-Identifier: Apache-2.0
"""The input of a gateway by source: a file of commands, a partition of a topic, a queue. Each returns its messages in
order up to a position, and knows its positions by name; those of a queue have ids instead. Knows neither gateway nor broker."""

import hashlib
from collections import deque
from typing import NamedTuple

from message_syntax import is_blank


class Taken(NamedTuple):
    """A message that a transaction was about."""

    source: object
    offset: int
    payload: bytes
    line: int = 0  # in a file, from 1
    mark: int | None = None  # what tells it from another message at the same offset, where we know that
    id: str | None = None  # where its sender gave it one by which repeats are to be dropped
    identity: str | None = None  # of a message without a position: a digest of its id

    def place(self):
        return f"line {self.line} of {self.source.title}" if self.line else f"offset {self.offset} of {self.source.title}"

    def has_caused(self, event_id):
        """Whether the event's id derives from this message: its source, its position, and a number."""
        if self.identity:
            return event_id.rpartition("-")[0] == self.identity
        tag, offset, _ = event_id.rsplit("-", 2)
        return int(offset) == self.offset and (self.mark is None or tag == marked(self.source.names[-1], self.mark))


def marked(name, mark):
    """How the ids of events begin whose message came from the source of this name, with this mark."""
    return f"{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}-{mark:x}"


class FileSource:
    """A file of commands; an offset counts bytes."""

    def __init__(self, path):
        self.title = path.name
        self.lines = path.read_bytes().splitlines(keepends=True)
        self.taken = 0  # lines
        self.first = self.offset = 0
        self.names = []  # that were found to be its own

    def has_name(self, name):
        """A file's source is named by the entrypoint, the path and a hash of its first line."""
        return name.split(":")[1].rsplit("/", 1)[-1] == self.title

    def is_moved(self, before, after):
        return False  # this source is never moved

    def take_until(self, offset):
        """The messages up to this offset. None when it is in a line."""
        taken = []
        while self.offset < offset and self.taken < len(self.lines):
            line = self.lines[self.taken]
            self.taken += 1
            if not is_blank(line):
                taken.append(Taken(self, self.offset, line.rstrip(b"\n"), self.taken))
            self.offset += len(line)
        return taken if self.offset == offset else None

    def lost(self):
        """What to say when messages are left that no position has passed; else None."""
        if all(is_blank(line) for line in self.lines[self.taken :]):
            return None
        return f"{self.title} was taken up to line {self.taken} of {len(self.lines)}"


class PartitionSource:
    """A partition of a topic. records: (offset, payload, mark, id) in order, all that the broker has; first: the offset at
    which a gateway that knows nothing begins."""

    def __init__(self, topic, partition, records, first=0):
        self.topic, self.partition = topic, partition
        self.title = f"{topic}/{partition}"
        self.moves = deque()
        self.names = []
        self.first = first
        self.go_on(records, first)

    def go_on(self, records, offset):
        self.waiting = deque(record for record in records if record[0] >= offset)
        self.offset = offset

    def has_name(self, name):
        """The name has cluster, group, topic and partition, in this order."""
        return name.replace("/", ":").split(":")[-2:] == [self.topic, str(self.partition)]

    def expect_move(self, before, after, records):
        """An operator moves it, once: from then on there are these records, the others were given up."""
        self.moves.append((before, after, records))

    def is_moved(self, before, after):
        """Whether a change of its position is what the operator did."""
        if not self.moves or (before, after) != self.moves[0][:2]:
            return False
        self.go_on(self.moves.popleft()[2], after)
        return True

    def take_until(self, offset):
        """The messages up to this offset. None when it is behind the last record, or goes back."""
        if offset < self.offset:
            return None
        taken = []
        while self.waiting and self.waiting[0][0] < offset:
            at, payload, mark, identity = self.waiting.popleft()
            taken.append(Taken(self, at, payload, mark=mark, id=identity))
        is_in_reach = self.waiting or offset == (taken[-1].offset + 1 if taken else self.offset)
        self.offset = offset
        return taken if is_in_reach else None

    def lost(self):
        if self.moves:
            return f"the move of {self.title} to {self.moves[0][1]} was never seen"
        if not self.waiting:
            return None
        return f"{self.title} was taken up to offset {self.offset} of {self.waiting[-1][0] + 1}"


class QueueSource:
    """A queue of RabbitMQ with one consumer at a time. messages: (id, payload, whether it must be applied) in the order in
    which they were sent; one that was sent again is there once. The broker keeps the order, and gives what was returned
    its old place. So the messages of one turn are in this order, and those of each product in all turns."""

    def __init__(self, entrypoint, queue, messages):
        self.title = queue
        self.names, self.offsets, self.messages, self.due = [], {}, {}, set()
        for offset, (identity, payload, is_due) in enumerate(messages):
            digest = id_digest(entrypoint, queue, identity)
            self.offsets[digest] = offset
            self.messages[digest] = Taken(self, offset, payload, identity=digest)
            if is_due:
                self.due.add(digest)
        self.waiting = set(self.messages)

    def has_name(self, name):
        return False  # it has no positions

    def take(self, digest):
        """The message with this id. None: there is none, or it was taken before."""
        if digest not in self.waiting:
            return None
        self.waiting.remove(digest)
        return self.messages[digest]

    def lost(self):
        missing = [self.messages[digest] for digest in self.waiting & self.due]
        return f"{len(missing)} messages of {self.title}, as {missing[0].payload[:80]}" if missing else None


def id_digest(entrypoint, scope, identity):
    """What the inbox stores of a message's id."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (entrypoint, "protocol", scope, identity):
        digest.update(len(part.encode()).to_bytes(8, "little") + part.encode())
    return digest.hexdigest()

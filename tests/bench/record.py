# SPDX-License-Identifier: Apache-2.0
"""What a gateway's worker sends to PostgreSQL, byte by byte, so that a program without a gateway can send the same.

A server on loopback that passes everything on and notes the `apply` statements: their SQL once, and the parameters of
each. The file: the settings of the session (as the startup message has them), the SQL, then each apply as the number of
its parameters and, for each, its length (-1: null) and bytes. All numbers 32 bits, in network order; texts with their
length before them.
"""

import socket
import struct
import threading


class Recorder:
    """Listens on self.port; what each connection that applies something sent is in recordings(), one each."""

    def __init__(self, upstream):
        self.upstream = upstream  # the path of the server's socket
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.conversations = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.upstream)
            conversation = Conversation()
            self.conversations.append(conversation)
            threading.Thread(target=forward, args=(client, server, conversation.feed), daemon=True).start()
            threading.Thread(target=forward, args=(server, client, None), daemon=True).start()

    def close(self):
        self.listener.close()

    def recordings(self):
        """Each worker's, in the order in which they connected."""
        return [conversation.recording() for conversation in self.conversations if conversation.applied]


def forward(source, target, note):
    while chunk := receive(source):
        if note:
            note(chunk)
        target.sendall(chunk)
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other direction was first


def receive(source):
    try:
        return source.recv(1 << 18)
    except OSError:
        return b""


class Conversation:
    """What one client says: cut into the protocol's messages."""

    def __init__(self):
        self.pending, self.settings, self.sql, self.applied = bytearray(), None, b"", []

    def feed(self, chunk):
        self.pending += chunk
        while (size := self.complete()) is not None:
            message = bytes(self.pending[:size])
            del self.pending[:size]
            self.take(message)

    def complete(self):
        """The size of the first message, when all of it is there."""
        head = 0 if self.settings is None else 1
        if len(self.pending) < head + 4:
            return None
        size = head + struct.unpack_from("!I", self.pending, head)[0]
        return size if len(self.pending) >= size else None

    def take(self, message):
        if self.settings is None:
            fields = message[8:].split(b"\0")
            self.settings = dict(zip(fields[::2], fields[1::2])).get(b"options", b"")
        elif message[:1] == b"P":
            name, sql = message[5:].split(b"\0")[:2]
            if b"apply" in name:
                self.sql = sql
        elif message[:1] == b"B":
            self.take_bind(message)

    def take_bind(self, message):
        _, rest = message[5:].split(b"\0", 1)
        name, rest = rest.split(b"\0", 1)
        if b"apply" not in name:
            return
        formats = struct.unpack_from("!H", rest)[0]
        at = 2 + 2 * formats
        count = struct.unpack_from("!H", rest, at)[0]
        start = at = at + 2
        for _ in range(count):
            length = struct.unpack_from("!i", rest, at)[0]
            at += 4 + max(length, 0)
        self.applied.append(struct.pack("!I", count) + rest[start:at])

    def recording(self):
        texts = (struct.pack("!I", len(text)) + text for text in (self.settings, self.sql))
        return b"".join((*texts, *self.applied))

# SPDX-License-Identifier: Apache-2.0
"""A broker that speaks AMQP 0-9-1 as far as a consumer needs it, and then does what no real broker does: it claims a
size, sends frames in another order, or stalls in the middle of a message. One connection after the other."""

import contextlib
import socket
import struct
import threading
import time

METHOD, HEADER, BODY = 1, 2, 3
END = b"\xce"
START, START_OK, TUNE, OPEN, OPEN_OK = (10, 10), (10, 11), (10, 30), (10, 40), (10, 41)
CHANNEL_OPEN, CHANNEL_OPEN_OK = (20, 10), (20, 11)
DECLARE, DECLARE_OK = (50, 10), (50, 11)
QOS, QOS_OK, CONSUME, CONSUME_OK, DELIVER = (60, 10), (60, 11), (60, 20), (60, 21), (60, 60)


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + END


def method(number, arguments=b"", channel=1):
    return frame(METHOD, channel, struct.pack(">HH", *number) + arguments)


def short(text):
    return bytes([len(text)]) + text


def deliver(tag=1):
    return method(DELIVER, short(b"0") + struct.pack(">QB", tag, 0) + short(b"") + short(b"orders"))


def header(size):
    return frame(HEADER, 1, struct.pack(">HHQH", 60, 0, size, 0))


def body(content):
    return frame(BODY, 1, content)


class FakeBroker:
    """Listens on a port of 127.0.0.1. message: the bytes that each consumer gets once it consumes; afterwards the broker
    is silent and keeps the connection. lives: (when the message was sent, when the client had closed) of each
    connection."""

    def __init__(self, message):
        self.message, self.lives = message, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    @property
    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with contextlib.suppress(OSError, EOFError), connection:
                    Client(connection).consume()
                    connection.sendall(self.message)
                    sent = time.monotonic()
                    while connection.recv(65536):
                        pass
                    self.lives.append((sent, time.monotonic()))


class Client:
    """A client on one connection."""

    def __init__(self, connection):
        self.connection, self.read = connection, b""

    def take(self, size):
        while len(self.read) < size:
            more = self.connection.recv(65536)
            if not more:
                raise EOFError
            self.read += more
        taken, self.read = self.read[:size], self.read[size:]
        return taken

    def await_method(self, number):
        """Reads frames up to this method."""
        while True:
            kind, _, size = struct.unpack(">BHI", self.take(7))
            payload = self.take(size + 1)
            if kind == METHOD and struct.unpack(">HH", payload[:4]) == number:
                return

    def answer(self, number, reply, arguments=b"", channel=1):
        self.await_method(number)
        self.connection.sendall(method(reply, arguments, channel))

    def consume(self):
        """Everything up to consume-ok."""
        self.take(8)
        self.connection.sendall(method(START, b"\0\x09" + struct.pack(">I", 0) + struct.pack(">I", 5) + b"PLAIN" +
                                       struct.pack(">I", 5) + b"en_US", 0))
        self.answer(START_OK, TUNE, struct.pack(">HIH", 2047, 131072, 2), 0)
        self.answer(OPEN, OPEN_OK, b"\0", 0)
        self.answer(CHANNEL_OPEN, CHANNEL_OPEN_OK, b"\0\0\0\0")
        self.answer(QOS, QOS_OK)
        self.answer(CHANNEL_OPEN, CHANNEL_OPEN_OK, b"\0\0\0\0", 2)
        self.answer(DECLARE, DECLARE_OK, short(b"orders") + struct.pack(">II", 1, 0), 2)
        self.answer(CONSUME, CONSUME_OK, short(b"0"))

# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of PostgreSQL that reads the wire protocol, so that it can cut a connection at an exact place:
before a chosen request reaches the server, after it did, or when the server has answered and the client does not know.

    with Proxy(server.port) as proxy:
        proxy.cut("apply", BEFORE_ANSWER, when=lambda count: count % 7 == 0)
        ... a client that connects to proxy.port ...
        proxy.heal()

A request is chosen by a part of its text: of the name of the statement that a Bind names, or of the SQL of a Parse or a
simple query. Besides, all of a connection can be slowed down, cut into slices, reset after a number of bytes, held
for a while, or lead nowhere, both ways or one way, and bits can be flipped: in what frames PostgreSQL's messages, or anywhere behind a text. Two threads serve a connection, one in each direction. A connection that turns to TLS is passed on unread, and so is every
one with is_unread=True, so that another protocol's server can stand behind it.
"""

import contextlib
import random
import socket
import struct
import threading
import time
from collections import deque

from local_server import free_port

# Where a chosen request is cut.
BEFORE_REQUEST = "before the request reaches the server"
AFTER_REQUEST = "after the server has the request, before it has answered"  # the server is left alone with it
BEFORE_ANSWER = "when the server has answered, and the client has nothing of it"
BEFORE_READY = "when the client has all of the answer but for ReadyForQuery"

# The two directions of a connection.
TO_SERVER, TO_CLIENT = "to the server", "to the client"

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102
LONGEST = 1 << 30
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # struct linger
SEND_SECONDS = 60  # a peer that reads nothing for so long does not keep a thread


class Proxy:
    def __init__(self, port, host="127.0.0.1", is_unread=False):
        self.server = (host, port)
        self.is_unread = is_unread
        self.lock = threading.Lock()
        self.freed = threading.Condition(self.lock)
        self.connections = set()
        self.cuts = 0  # how many connections were cut by a rule or by their number of bytes
        self.matches = 0  # how many requests the rule chose among
        self.flips = 0
        self.heal()
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.acceptor.join()
        self.reset()

    def url(self, url):
        """The same URL, through here."""
        return url.replace(f":{self.server[1]}/", f":{self.port}/")

    # ---- what goes wrong ----

    def cut(self, text, place, when=lambda count: True, hold_s=0.0):
        """From now on: of the requests that have text in their name or SQL, numbered from 1, those for which when(number)
        holds are cut at place. hold_s: how long an answer is held before the cut."""
        with self.lock:
            self.matches = 0
            self.rule = (text.encode(), place, when, hold_s)

    def slow(self, latency_s):
        """Each piece, in each direction, arrives so much later."""
        self.latency_s = latency_s

    def slice(self, size):
        """Each piece is sent in slices of so many bytes, in each direction."""
        self.slice_size = size

    def reset_within(self, most, rng=random):
        """Each new connection is reset after a random number of bytes, up to most, both directions counted."""
        self.budget = lambda: rng.randint(1, most)

    def flip_frames(self, one_in, rng):
        """From now on, of PostgreSQL's messages, in both directions, one in so many has a bit of its type or of its length
        flipped."""
        self.spoil = lambda piece: flipped_frames(piece, one_in, rng)

    def flip_behind(self, text, one_in, rng):
        """From now on, one in so many pieces that have this text in them has a bit flipped in the 16 bytes behind it."""
        self.spoil = lambda piece: flipped_behind(piece, text, one_in, rng)

    def swallow(self, *ways):
        """From now on nothing passes these ways, without arguments both ways, not even that an end has closed its socket:
        the other end has to find out."""
        with self.lock:
            self.swallowing = frozenset(ways or (TO_SERVER, TO_CLIENT))
            for connection in self.connections:
                connection.swallowed = self.swallowing

    def hold(self, *ways):
        """From now on nothing passes these ways, without arguments both ways, until heal() lets it pass, late."""
        with self.freed:
            self.held = frozenset(ways or (TO_SERVER, TO_CLIENT))

    def lead_to(self, port):
        """From now on new connections go to the server on this port, such as a promoted standby; None: they are refused."""
        self.server = (self.server[0], port)

    def heal(self):
        """New requests and connections are served again, and what was held passes; swallowed data stays lost."""
        with self.freed:
            self.held = frozenset()
            self.freed.notify_all()
            self.rule = None
            self.latency_s = 0.0
            self.slice_size = LONGEST
            self.budget = None
            self.spoil = None
            self.swallowing = frozenset()

    def reset(self):
        """Resets every open connection, at both ends."""
        with self.lock:
            open_now = list(self.connections)
        for connection in open_now:
            connection.cut()
        for connection in open_now:
            connection.join()

    # ---- its insides ----

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.server[1] is None:
                    raise ConnectionRefusedError
                server = socket.create_connection(self.server, timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self.lock:
                connection = Connection(self, client, server)
                connection.swallowed = self.swallowing
                self.connections.add(connection)
                connection.start()  # before anybody can join it

    def wait_while_held(self, connection, way):
        with self.freed:
            self.freed.wait_for(lambda: way not in self.held or connection.is_cut)

    def chosen(self, text):
        """The place and the hold of a request with this text, when it is to be cut; else None."""
        with self.lock:
            if self.rule is None or self.rule[0] not in text:
                return None
            self.matches += 1
            _, place, when, hold_s = self.rule
            return (place, hold_s) if when(self.matches) else None


class Connection:
    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.lock = threading.Lock()
        self.budget = proxy.budget() if proxy.budget else None
        self.swallowed = frozenset()
        self.is_cut = False
        self.transparent = proxy.is_unread
        self.single_bytes = 0  # answers of one byte that are due: to a request for TLS
        self.answers = deque([None])  # for each ReadyForQuery that is due, the cut that it belongs to; first the login's
        self.running = 2
        self.threads = [threading.Thread(target=self.pump, args=arguments, daemon=True) for arguments in (
            (client, server, TO_SERVER, Requests(self)), (server, client, TO_CLIENT, Answers(self)))]
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))

    def start(self):
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()

    def pump(self, source, sink, way, reader):
        try:
            while data := source.recv(1 << 16):
                if way in self.swallowed:
                    continue
                if self.proxy.latency_s:
                    time.sleep(self.proxy.latency_s)
                self.proxy.wait_while_held(self, way)
                for piece in [data] if self.transparent else reader.pieces(data):
                    self.send(sink, piece)
            if not self.is_cut and way not in self.swallowed:
                sink.shutdown(socket.SHUT_WR)
        except Cut:
            pass
        except OSError:
            if self.swallowed:  # a reset does not pass either
                drain(source)
            else:
                self.cut()
        finally:
            with self.lock:
                self.running -= 1
                if self.running == 0:
                    self.client.close()
                    self.server.close()
            with self.proxy.lock:
                if self.running == 0:
                    self.proxy.connections.discard(self)

    def send(self, sink, piece):
        spoil = self.proxy.spoil
        if spoil is not None and piece:
            spoilt = spoil(piece)
            self.proxy.flips += spoilt != piece
            piece = spoilt
        if self.budget is None:
            self.send_slices(sink, piece)
            return
        with self.lock:
            part = piece[: self.budget]
            self.budget -= len(part)
        self.send_slices(sink, part)
        if len(part) < len(piece):
            self.fail()

    def send_slices(self, sink, piece):
        size = self.proxy.slice_size
        for at in range(0, len(piece), size):
            sink.sendall(piece[at : at + size])

    def cut(self):
        """Both ends get a reset as soon as both threads have seen it."""
        with self.proxy.freed:
            self.is_cut = True
            self.proxy.freed.notify_all()
        for sock in (self.client, self.server):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
                sock.shutdown(socket.SHUT_RD)

    def fail(self):
        """Cuts on purpose."""
        with self.proxy.lock:
            self.proxy.cuts += 1
        self.cut()
        raise Cut

    def abandon(self):
        """Cuts the client off, and leaves the server alone with the request until it has answered."""
        with self.proxy.lock:
            self.proxy.cuts += 1
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        self.client.close()
        raise Cut


def drain(sock):
    with contextlib.suppress(OSError):
        while sock.recv(1 << 16):
            pass


def flipped(piece, at, rng):
    return piece[:at] + bytes([piece[at] ^ 1 << rng.randrange(8)]) + piece[at + 1 :]


def flipped_frames(piece, one_in, rng):
    """piece: whole messages, each with a type and a length; a login's first message, which has no type, and an answer of
    one byte stay as they are."""
    at = 0
    while at + 5 <= len(piece) and piece[at] != 0:
        (length,) = struct.unpack_from("!I", piece, at + 1)
        if rng.randrange(one_in) == 0:
            piece = flipped(piece, at + rng.randrange(5), rng)
        at += 1 + length
    return piece


def flipped_behind(piece, text, one_in, rng):
    at = piece.find(text)
    if at < 0 or at + len(text) + 16 > len(piece) or rng.randrange(one_in):
        return piece
    return flipped(piece, at + len(text) + rng.randrange(16), rng)


class Cut(Exception):
    """This direction of a connection is over."""


class Requests:
    """What the client says, message by message."""

    def __init__(self, connection):
        self.connection, self.buffer, self.started, self.fate = connection, b"", False, None

    def pieces(self, data):
        """Yields what may go to the server; cuts where the rule says."""
        self.buffer += data
        while message := self.take():
            yield from self.judge(message)

    def take(self):
        """The next whole message, or None."""
        head = 1 if self.started else 0
        if len(self.buffer) < head + 4:
            return None
        (length,) = struct.unpack_from("!I", self.buffer, head)
        assert 4 <= length <= LONGEST, "this is not PostgreSQL's protocol"
        if len(self.buffer) < head + length:
            return None
        message, self.buffer = self.buffer[: head + length], self.buffer[head + length :]
        return message

    def judge(self, message):
        if not self.started:
            code = struct.unpack_from("!I", message, 4)[0]
            if code in (SSL_REQUEST, GSS_REQUEST):
                self.connection.single_bytes += 1
            elif code != CANCEL_REQUEST:
                self.started = True
            yield message
            return
        kind = message[:1]
        if kind in b"QPB":
            self.fate = self.fate or self.connection.proxy.chosen(chosen_part(kind, message[5:]))
            if self.fate and self.fate[0] == BEFORE_REQUEST:
                self.connection.fail()
        if kind in b"QSF":  # what is answered with a ReadyForQuery
            fate, self.fate = self.fate, None
            self.connection.answers.append(fate)
            yield message
            if fate and fate[0] == AFTER_REQUEST:
                self.connection.abandon()
        else:
            yield message


def chosen_part(kind, body):
    """The part that the rule looks at: the text of a query; the statement's name in a Bind; the text of a Parse without
    a name, because a named one is only prepared here."""
    if kind == b"Q":
        return body
    first, rest = body.split(b"\0", 1)
    if kind == b"B":
        return rest.split(b"\0", 1)[0]
    return b"" if first else rest.split(b"\0", 1)[0]


class Answers:
    """What the server says, message by message."""

    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def pieces(self, data):
        """Yields what may go to the client; cuts where the rule says."""
        self.buffer += data
        connection = self.connection
        while connection.single_bytes and self.buffer:
            connection.single_bytes -= 1
            answer, self.buffer = self.buffer[:1], self.buffer[1:]
            connection.transparent = answer in b"SG"
            yield answer
        if connection.transparent:
            yield self.buffer
            return
        passed = b""
        while message := self.take():
            fate = connection.answers[0] if connection.answers else None
            place, hold_s = fate or (None, 0.0)
            ready = message[:1] == b"Z"
            if place and ready:
                yield passed
                time.sleep(hold_s)
                if place == AFTER_REQUEST:  # which was cut, and counted, when it came
                    connection.cut()
                    raise Cut
                connection.fail()
            if ready:
                connection.answers.popleft()
            if place not in (BEFORE_ANSWER, AFTER_REQUEST):
                passed += message
        yield passed

    def take(self):
        if len(self.buffer) < 5:
            return None
        (length,) = struct.unpack_from("!I", self.buffer, 1)
        if len(self.buffer) < 1 + length:
            return None
        message, self.buffer = self.buffer[: 1 + length], self.buffer[1 + length :]
        return message

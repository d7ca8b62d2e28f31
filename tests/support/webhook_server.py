# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server of the test's own, which records each request and answers as the test says.

    with WebhookServer(folder) as server:
        server.answers(Answer(503, {"Retry-After": "2"}), Answer(204))   # then the last one again and again
        ... a client that posts to server.url and trusts server.ca ...
        assert server.requests[0].json() == {...}

It speaks HTTP/1.1 and keeps connections open. Its certificate is for `localhost`, signed by an authority of its own,
unless another one is given."""

import contextlib
import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import certificates
from local_server import free_port

# Bodies that are no bytes.
ENDLESS = "bytes until the client ends the connection"
SLOW = "a byte a tenth of a second until the client ends the connection"
SLOW_HEAD = "a head that is not complete until the client ends the connection"
ENDLESS_HEAD = "headers until the client ends the connection"
SILENT = "no answer until the client ends the connection"
CUT = "an end of the connection instead of an answer"


class Answer(NamedTuple):
    status: int = 204
    headers: dict = {}
    body: object = b""  # or one of the above


class Request(NamedTuple):
    method: str
    path: str
    headers: object  # email.message.Message: names in any case
    body: bytes
    connection: int  # its number
    head: bytes = b""  # as it came, up to the empty line

    def json(self):
        return json.loads(self.body)


class WebhookServer:
    """Use it as a context. certificate: the name of a pair of files in the folder, where `server` and its authority are
    made unless they are there; None: http without TLS."""

    def __init__(self, folder, certificate="server"):
        self.folder, self.certificate = folder, certificate
        self.ca = folder / "ca.crt"
        if certificate is not None and not self.ca.exists():
            certificates.make_authorities(folder)
            certificates.sign(folder, "server", "localhost", names=["localhost"])
        self.requests = []
        self.connections = 0
        self.given = [Answer()]
        self.lock = threading.Lock()
        self.port = free_port()
        self.is_closing = threading.Event()
        self.server = Listener(self)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://localhost:{self.port}/hook"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.is_closing.is_set():
            return
        self.is_closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answers(self, *answers):
        """What the next requests get; the last one is for all that follow."""
        with self.lock:
            self.given = list(answers)

    def record(self, request):
        """Notes the request, and gives what it is answered with."""
        with self.lock:
            self.requests.append(request)
            return self.given.pop(0) if len(self.given) > 1 else self.given[0]


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, owner):
        self.owner = owner
        self.context = None
        if owner.certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(owner.folder / f"{owner.certificate}.crt",
                                         owner.folder / f"{owner.certificate}.key")
        super().__init__(("127.0.0.1", owner.port), Handler)

    def finish_request(self, request, client_address):
        """On a thread of the connection's own, so that a handshake holds up nobody."""
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context is not None:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (OSError, ssl.SSLError):
                return
        with self.owner.lock:
            self.owner.connections += 1
            number = self.owner.connections
        with contextlib.suppress(OSError, ssl.SSLError):
            Handler(request, client_address, self, number)
        with contextlib.suppress(OSError):
            request.close()

    def handle_error(self, *_):
        """A client that goes away is what some tests are about."""


class KeptLines:
    """A file that keeps the lines that were read, until they are taken. What is not read as a line is not kept."""

    def __init__(self, file):
        self.file, self.lines = file, []

    def __getattr__(self, name):
        return getattr(self.file, name)

    def readline(self, *arguments):
        self.lines.append(self.file.readline(*arguments))
        return self.lines[-1]

    def take(self):
        lines, self.lines = self.lines, []
        return b"".join(lines)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, request, client_address, server, number=0):
        self.number = number
        super().__init__(request, client_address, server)

    def setup(self):
        super().setup()
        self.rfile = KeptLines(self.rfile)

    def do_POST(self):
        head = self.rfile.take()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.give(self.server.owner.record(Request(self.command, self.path, self.headers, body, self.number, head)))

    do_GET = do_PUT = do_HEAD = do_POST

    def give(self, answer):
        if answer.body == CUT:
            self.close_connection = True
            return
        if answer.body == SILENT:
            self.linger(lambda: b"")
        if answer.body in (SLOW_HEAD, ENDLESS_HEAD):
            self.wfile.write(b"HTTP/1.1 %d Any\r\n" % answer.status)
            lines = b"x: 1\r\n" if answer.body == SLOW_HEAD else b"x: 1\r\n" * 10_000
            self.linger(lambda: lines, 0.1 if answer.body == SLOW_HEAD else 0)
        else:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.give_body(answer)

    def give_body(self, answer):
        if answer.body in (ENDLESS, SLOW):
            self.end_headers()
            self.linger(lambda: b"x" * 65536 if answer.body == ENDLESS else b"x", 0 if answer.body == ENDLESS else 0.1)
            return
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def linger(self, next_bytes, pause=0.05):
        """Sends until the client has gone, or the server closes."""
        self.close_connection = True
        with contextlib.suppress(OSError, ssl.SSLError):
            while not self.server.owner.is_closing.is_set():
                self.wfile.write(next_bytes())
                self.wfile.flush()
                time.sleep(pause)  # it is the slowness that the test is about

    def log_message(self, *_):
        """Standard error is the test's."""

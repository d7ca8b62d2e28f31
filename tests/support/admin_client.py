# SPDX-License-Identifier: Apache-2.0
"""Asks the admin interface of a running gateway, with Python's HTTP client."""

import http.client
import socket
from pathlib import Path


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def sockets(gateway):
    """The sockets in the gateway's runtime directory."""
    return sorted(Path(gateway.sockets).glob("*.sock"))


def ask(where, path, method="GET", body=None, headers=None):
    """(status, text). where: the path of a socket, or the port of a listener on 127.0.0.1."""
    connection = http.client.HTTPConnection("127.0.0.1", where, timeout=20) if isinstance(where, int) \
        else UnixConnection(where)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

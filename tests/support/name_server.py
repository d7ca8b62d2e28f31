# SPDX-License-Identifier: Apache-2.0
"""A DNS server that a test makes answer, refuse or stay silent. This process and its children ask it for every name
that is not in /etc/hosts. It needs the rights to mount and to bind port 53, which root has."""

import os
import socket
import struct
import tempfile
import threading
from pathlib import Path

import own_mounts
import pytest

ADDRESS = "127.0.53.53"
NO_ERROR, NO_SUCH_NAME = 0, 3
TYPE_A = 1


class NameServer:
    """Use it as a context. addresses: name -> IPv4 address; every other name does not exist. With is_silent nothing is
    answered, and a client waits as long as its own patience lasts."""

    def __init__(self):
        self.addresses = {}
        self.is_silent = False
        self.asked = 0
        own_mounts.be_alone()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind((ADDRESS, 53))
        except PermissionError:
            self.socket.close()
            pytest.skip("needs the right to bind port 53: run as root")
        with tempfile.NamedTemporaryFile("w", prefix="resolv-", delete=False) as settings:
            settings.write(f"nameserver {ADDRESS}\noptions timeout:30 attempts:2\n")
        self.settings = Path(settings.name)
        os.chmod(self.settings, 0o644)
        own_mounts.cover("/etc/resolv.conf", self.settings)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        own_mounts.uncover("/etc/resolv.conf")
        self.settings.unlink()
        self.stop()

    def stop(self):
        """Wakes the thread by a message of no bytes, which is its end."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"", (ADDRESS, 53))
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            if not query:
                return
            self.asked += 1
            if not self.is_silent:
                self.socket.sendto(self.answer(query), client)

    def answer(self, query):
        name, end = read_name(query)
        (kind,) = struct.unpack_from("!H", query, end)
        address = self.addresses.get(name)
        records = b""
        if address and kind == TYPE_A:
            records = struct.pack("!HHHIH", 0xC00C, TYPE_A, 1, 0, 4) + socket.inet_aton(address)
        code = NO_ERROR if address else NO_SUCH_NAME
        header = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, 1 if records else 0, 0, 0)
        return header + query[12 : end + 4] + records


def read_name(query):
    """The name that a query is about, and where its type begins."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), at + 1

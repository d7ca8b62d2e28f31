# SPDX-License-Identifier: Apache-2.0
"""What the tests' own servers share: their user, their ports, and that none outlives the tests."""

import contextlib
import ctypes
import os
import pwd
import random
import signal
import socket

PR_SET_PDEATHSIG = 1


def ordinary_user():
    """Whom root becomes for a server; None when we are no root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def identity(user, folder):
    """The arguments that make subprocess run a server as this user, in its folder, knowing nothing of our settings."""
    changed = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    return changed | {"cwd": folder, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}}


def die_with_parent(number=signal.SIGQUIT):
    """For preexec_fn: a test run that is killed leaves no server behind. The kernel sends the signal when the thread ends
    that began the server."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


given_ports = set()


def free_port():
    """A port on which no process listens, below those that the kernel assigns to clients. Never a port that was
    returned before, whose user may not listen yet."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in given_ports:
                given_ports.add(port)
                return port

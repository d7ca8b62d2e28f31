# SPDX-License-Identifier: Apache-2.0
"""The name server answers, refuses and stays silent, for a program that this process starts."""

import subprocess

import pytest
from name_server import NameServer


def look_up(name, timeout=10):
    done = subprocess.run(["getent", "ahostsv4", name], capture_output=True, text=True, timeout=timeout)
    return done.stdout.split()[0] if done.stdout else None


def test_a_name_has_an_address_or_none_or_nobody_answers():
    with NameServer() as names:
        names.addresses["shop.test"] = "127.0.0.9"
        assert look_up("shop.test") == "127.0.0.9"
        assert look_up("else.test") is None
        names.is_silent = True
        with pytest.raises(subprocess.TimeoutExpired):
            look_up("shop.test", timeout=1)
        names.is_silent = False
        assert look_up("shop.test") == "127.0.0.9"

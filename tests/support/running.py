# SPDX-License-Identifier: Apache-2.0
"""A gateway that runs beside a test: how to wait for what it logs, and how to stop it."""

import contextlib
import re
import signal

from gateway import STATUS_OK, Result
from log_records import logged
from waiting import until


class Running:
    """A gateway that runs until stop(), which says how it ended."""

    def __init__(self, gateway, env=None):
        self.gateway, self.result = gateway, None
        self.out, self.log = gateway.folder / "out", gateway.folder / "log"
        with self.out.open("wb") as out, self.log.open("wb") as err:
            self.process = gateway.start("run", gateway.config, env=env, stdout=out, stderr=err)

    def stop(self, seconds=30):
        """SIGTERM: it drains and ends."""
        if self.result is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(seconds)
            self.result = self.ended()
        return self.result

    def ended(self):
        return Result(self.process.returncode, self.out.read_text(), self.text())

    def text(self):
        """The log so far."""
        return self.log.read_text(errors="backslashreplace")

    def logged(self, code, *facts):
        """The records of this event so far that hold these facts."""
        return logged(self.text(), code, *facts)

    def await_code(self, code, *facts, seconds=30):
        """The first record of this event that holds these facts."""
        until(lambda: self.logged(code, *facts), seconds, self.text, self.process)
        return self.logged(code, *facts)[0]

    def await_log(self, pattern, seconds=30):
        """The first line of the log that has this in it (a regular expression)."""
        def found():
            return [line for line in self.text().splitlines() if re.search(pattern, line)]

        until(found, seconds, self.text, self.process)
        return found()[0]


@contextlib.contextmanager
def running(*gateways, env=None):
    """Runs them, and stops them at the end; each must end with status 0. Yields a list of Running, or the one. What a
    test that fails leaves running ends with Gateway.close()."""
    started = [Running(gateway, env) for gateway in gateways]
    yield started[0] if len(started) == 1 else started
    for one in started:
        assert one.stop().status == STATUS_OK, one.result

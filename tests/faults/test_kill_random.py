# SPDX-License-Identifier: Apache-2.0
"""kill -9 and SIGTERM at random moments under load, repeatedly, with each repository. GANGWAY_TEST_SEED repeats a
schedule, but not its exact moments."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import ledger
import pytest
import reference
from crash import CrashTest
from gateway import SMALL_STEPS, STATUS_OK, Result, wait, whole
from ledger import read_events
from log_records import CODE, logged
from waiting import until

MIXED = {"changes": 20, "faulty": 2, "repeats": 2}
KILLS = 12


@pytest.fixture
def crash(tmp_path, repository):
    test = CrashTest(tmp_path, repository)
    yield test
    test.close()


def live(gateway, seconds, how):
    """One life that gets a signal after so many seconds, unless it has ended by itself before. SIGTERM ends it as it ends
    any program until it has begun, so that the seconds count from then on."""
    out, err = ((gateway.folder / name).open("w+b") for name in ("stdout", "stderr"))
    with out, err:
        process = gateway.start("run", gateway.config, stdout=out, stderr=err)
        if how == signal.SIGTERM:
            log = Path(err.name)
            until(lambda: logged(log.read_text(errors="replace"), CODE.GATEWAY_STARTED) or has_ended(process), 30)
        timer = threading.Timer(seconds, os.kill, (process.pid, how))  # before it is reaped: wait() comes after
        timer.start()
        has_ended(process, 0)
        timer.cancel()
        timer.join()
        status, peak = wait(process, 60)
        return Result(status, whole(out), whole(err), peak)


def has_ended(process, at_once=os.WNOHANG):
    """Whether it has; it is not reaped, so that its id stays its own. at_once=0: waits until it has."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | at_once) is not None


def seconds_of_a_whole_run(crash):
    """How long it takes undisturbed; afterwards it is as if nothing had run yet."""
    before = time.monotonic()
    result = crash.gateway.run(timeout=600)
    assert result.status == STATUS_OK, result
    seconds = time.monotonic() - before
    crash.start_over()
    return seconds


def test_killed_at_random_it_ends_as_the_model_says(crash, superstore_commands, rng, counts):
    model = reference.run(superstore_commands(20_000, **MIXED))
    longest = seconds_of_a_whole_run(crash) / 4
    for _ in range(KILLS):
        if not crash.ended(live(crash.gateway, rng.uniform(0, longest), signal.SIGKILL)):
            break
        crash.assert_snapshot_is_sound()
    crash.ended(crash.gateway.run(timeout=600))
    counts(kills=crash.kills, repeats=crash.repeats())
    assert crash.kills >= 3
    crash.assert_whole(model)


def test_terminated_at_random_it_drains_and_repeats_nothing(crash, superstore_commands, rng, counts):
    model = reference.run(superstore_commands(20_000, **MIXED))
    longest = seconds_of_a_whole_run(crash) / 4
    for _ in range(KILLS):
        result = live(crash.gateway, rng.uniform(0, longest), signal.SIGTERM)
        assert result.status == STATUS_OK, result
        crash.ended(result)
        crash.assert_snapshot_is_sound()
    crash.ended(crash.gateway.run(timeout=600))
    ledger.assert_same_events(read_events(crash.gateway.events), model)
    assert crash.notices == model.notices
    counts(terminations=KILLS, repeats=crash.repeats())
    crash.assert_whole(model)


class Appender(threading.Thread):
    """A sender that writes commands while the gateway reads them, sometimes only half a line."""

    def __init__(self, path, lines, rng):
        super().__init__(daemon=True)
        self.path, self.lines, self.rng = path, lines, rng

    def run(self):
        content = b"".join(self.lines)
        at = 0
        with self.path.open("ab", buffering=0) as file:
            while at < len(content):
                at += file.write(content[at : at + self.rng.randint(1, 20_000)])
                time.sleep(0.005)  # the pace of the load, not a wait for anything


def test_killed_while_it_follows_a_file_that_grows(crash, superstore_commands, rng, counts):
    commands = superstore_commands(20_000, **MIXED)
    lines = commands.read_bytes().splitlines(keepends=True)
    commands.write_bytes(lines[0])
    crash.configure(SMALL_STEPS.replace("path: commands.jsonl", "path: commands.jsonl, follow: true"))
    appender = Appender(commands, lines[1:], random.Random(rng.random()))
    appender.start()
    while appender.is_alive() and crash.kills < KILLS:
        assert crash.ended(live(crash.gateway, rng.uniform(0.05, 0.5), signal.SIGKILL))
    appender.join()
    crash.configure(SMALL_STEPS)
    crash.ended(crash.gateway.run(timeout=600))
    counts(kills=crash.kills, repeats=crash.repeats())
    crash.assert_whole(reference.Model().feed(lines))

# SPDX-License-Identifier: Apache-2.0
"""In a program with a moved clock the wall clock is moved and the monotonic clock is not."""

import subprocess
import sys
import time

import pytest
from moved_clock import DAY, MovedClock

READ = """\
import time
for line in iter(input, "end"):
    print(time.time(), time.clock_gettime(time.CLOCK_REALTIME), time.monotonic(), flush=True)
"""
TOLERANCE_SECONDS = 60


@pytest.fixture
def clock():
    with MovedClock() as clock:
        yield clock


def test_only_the_wall_clock_moves_and_while_the_program_runs(clock):
    program = subprocess.Popen([sys.executable, "-c", READ], env=clock.environment, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)

    def read():
        program.stdin.write("now\n")
        program.stdin.flush()
        return [float(word) for word in program.stdout.readline().split()]

    for seconds in (0, 30 * DAY, -30 * DAY):
        clock.move(seconds)
        wall, also_wall, monotonic = read()
        assert wall - time.time() == pytest.approx(seconds, abs=TOLERANCE_SECONDS)
        assert also_wall - time.time() == pytest.approx(seconds, abs=TOLERANCE_SECONDS)
        assert monotonic == pytest.approx(time.monotonic(), abs=TOLERANCE_SECONDS)
    assert program.communicate("end\n", timeout=60)[0] == "" and program.returncode == 0


def test_a_program_that_cannot_find_its_clock_does_not_run(clock):
    done = subprocess.run([sys.executable, "-c", ""], env=clock.environment | {"MOVED_CLOCK": "/nowhere"}, check=False)
    assert done.returncode == 127

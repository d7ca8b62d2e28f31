# SPDX-License-Identifier: Apache-2.0
"""What pytest selects with and without --long, and how often a test that takes rng runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from seeds import LONG_SEEDS

TESTS = """
import pytest

def test_plain(): pass

def test_random(rng, counts): counts(drawn=rng.randrange(9))

@pytest.mark.long
def test_slow(): pass
"""


def pytest_report(folder, *options, **env):
    (folder / "test_some.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "seeds", *options, "test_some.py"]
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": Path(__file__).parent, **env}, capture_output=True,
                          text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("options, expected", [
    ([], {"test_plain": 1, "test_random": 1}),
    (["--seeds", "3"], {"test_plain": 1, "test_random": 3}),
    (["--long"], {"test_random": LONG_SEEDS, "test_slow": 1}),
    (["--long", "--seeds", "2"], {"test_random": 2, "test_slow": 1}),
])
def test_what_is_selected_and_how_often_it_runs(tmp_path, options, expected):
    report = pytest_report(tmp_path, *options)
    passed = [re.search(r"::(\w+)", line)[1] for line in report if "PASSED" in line]
    assert {name: passed.count(name) for name in passed} == expected
    assert sum("drawn" in line for line in report) == expected["test_random"]


def test_a_seed_repeats_a_run(tmp_path):
    drawn = [[line for line in pytest_report(tmp_path, GANGWAY_TEST_SEED="7") if "drawn" in line] for _ in range(2)]
    assert drawn[0] == drawn[1] != []

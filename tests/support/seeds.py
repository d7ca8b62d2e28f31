# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: how often the tests that choose at random run, and which tests the gate leaves out.

A test that takes `rng` runs once per seed. `--seeds N`, or GANGWAY_SEEDS, is their number; GANGWAY_TEST_SEED is the
first, so that a failed run can be repeated. A test marked `long` runs only with `--long`, which selects these tests and
those that take `rng`, with LONG_SEEDS seeds unless told otherwise. Seeds and counts are at the end of the report.
"""

import os
import random

import pytest

LONG_SEEDS = 20
LINES = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--seeds", type=int, default=os.environ.get("GANGWAY_SEEDS"),
                     help=f"number of seeds for each test that takes rng (1; with --long {LONG_SEEDS})")
    parser.addoption("--long", action="store_true",
                     help="select what the gate leaves out: tests marked long, and more seeds for those that take rng")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: too slow for the gate, runs with --long only")
    config.stash[LINES] = []


def seed_count(config):
    chosen = config.getoption("seeds")
    return int(chosen) if chosen else LONG_SEEDS if config.getoption("long") else 1


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        first = int(os.environ.get("GANGWAY_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
        metafunc.parametrize("seed", range(first, first + seed_count(metafunc.config)))


def is_selected(item, is_long_run):
    is_long = item.get_closest_marker("long") is not None
    return is_long or "seed" in item.fixturenames if is_long_run else not is_long


def pytest_collection_modifyitems(config, items):
    is_long_run = config.getoption("long")
    left_out = [item for item in items if not is_selected(item, is_long_run)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if is_selected(item, is_long_run)]


@pytest.fixture
def rng(seed):
    return random.Random(seed)


@pytest.fixture
def counts(request):
    """counts(kills=3): the report ends with these numbers, beside the seed."""

    def tell(**numbers):
        text = ", ".join(f"{word} {number}" for word, number in numbers.items())
        request.config.stash[LINES].append(f"{request.node.name}: {text}")

    return tell


def pytest_terminal_summary(terminalreporter, config):
    if config.stash[LINES]:
        terminalreporter.section("seeds and counts")
        for line in config.stash[LINES]:
            terminalreporter.line(line)

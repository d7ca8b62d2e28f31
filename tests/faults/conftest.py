# SPDX-License-Identifier: Apache-2.0
"""What the fault programs share: how often each runs with another seed, what each has counted, and the repositories.

A program that takes `rng` runs once per seed: `--seeds N`, or GANGWAY_SEEDS, says how many (1); GANGWAY_TEST_SEED says
which is the first, so that a run that failed can be had again. The seeds and the counts stand at the end of the report.
"""

import os
import random

import pytest
import repositories
from load import Load

LINES = []


def pytest_addoption(parser):
    parser.addoption("--seeds", type=int, default=int(os.environ.get("GANGWAY_SEEDS", "1")),
                     help="how many seeds each fault program runs with")


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        first = int(os.environ.get("GANGWAY_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
        metafunc.parametrize("seed", range(first, first + metafunc.config.getoption("seeds")))


@pytest.fixture
def rng(seed):
    return random.Random(seed)


@pytest.fixture
def counts(request):
    """counts(kills=3): told at the end of the report, beside the seed."""

    def tell(**numbers):
        LINES.append(f"{request.node.name}: " + ", ".join(f"{word} {number}" for word, number in numbers.items()))

    return tell


def pytest_terminal_summary(terminalreporter):
    if LINES:
        terminalreporter.section("seeds and counts")
        for line in LINES:
            terminalreporter.line(line)


@pytest.fixture(params=["sqlite", "csv", "postgres"])
def repository(request, tmp_path):
    """Each repository that survives the end of its process."""
    if request.param == "csv":
        return repositories.Csv(tmp_path)
    if request.param == "sqlite":
        return repositories.Sqlite(tmp_path)
    return repositories.Postgres(request.getfixturevalue("database"))


@pytest.fixture
def load(tmp_path, database, rng, superstore_csv):
    """Gateways under load on one PostgreSQL database."""
    load = Load(tmp_path, database, rng)
    yield load
    load.close()


@pytest.fixture
def kafka_load(tmp_path, database, rng, superstore_csv, kafka):
    """Gateways between two topics of a Kafka broker, on one PostgreSQL database."""
    from kafka_load import KafkaLoad  # which needs a Debian package that only these tests need

    load = KafkaLoad(tmp_path, database, rng, kafka)
    yield load
    kafka.heal()
    load.close()

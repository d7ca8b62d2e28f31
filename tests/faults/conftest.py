# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the fault programs: the repositories, and gateways under load."""

import pytest
import repositories
from load import Load


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


@pytest.fixture
def rabbit_load(tmp_path, database, rng, superstore_csv, rabbit):
    """Gateways that read a queue of a RabbitMQ node, on one PostgreSQL database."""
    pytest.importorskip("pika", reason="needs the package python3-pika")
    from rabbit_load import RabbitLoad

    load = RabbitLoad(tmp_path, database, rng, rabbit)
    load.declare()
    yield load
    load.close()


@pytest.fixture
def exchange_load(tmp_path, database, rng, superstore_csv, rabbit):
    """Gateways that publish to an exchange of a RabbitMQ node, on one PostgreSQL database."""
    pytest.importorskip("pika", reason="needs the package python3-pika")
    from exchange_load import ExchangeLoad

    load = ExchangeLoad(tmp_path, database, rng, rabbit)
    yield load
    load.close()


@pytest.fixture
def bridge_load(tmp_path, database, rng, superstore_csv, rabbit):
    """Gateways between a queue and an exchange of a RabbitMQ node, each reached through a proxy, on one PostgreSQL
    database. Only a queue with a single active consumer keeps its order while the broker believes in a consumer that is
    cut off."""
    pytest.importorskip("pika", reason="needs the package python3-pika")
    from bridge_load import BridgeLoad

    load = BridgeLoad(tmp_path, database, rng, rabbit)
    load.declare(**{"x-single-active-consumer": True})
    yield load
    load.close()

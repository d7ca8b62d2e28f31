# SPDX-License-Identifier: Apache-2.0
"""Tests that ask for `repository` run on each of them, with a gateway that is configured for it."""

import pytest
import repositories
from gateway import QUICKSTART


@pytest.fixture(params=["sqlite", "csv", "postgres"])
def repository(request, gateway, tmp_path):
    if request.param == "sqlite":
        chosen = repositories.Sqlite(tmp_path)
    elif request.param == "csv":
        chosen = repositories.Csv(tmp_path)
    else:
        chosen = repositories.Postgres(request.getfixturevalue("database"))
    gateway.write_config(chosen.into(QUICKSTART))
    return chosen


@pytest.fixture
def new_stream(kafka, database):
    """Makes topics, a group and gateways between them: a function that takes what kafka_stream.Stream does."""
    from kafka_stream import Stream  # which needs a Debian package that only these tests need

    streams = []

    def make(**options):
        streams.append(Stream(kafka, database, **options))
        return streams[-1]

    yield make
    for stream in streams:
        stream.close()


@pytest.fixture
def stream(new_stream):
    """One topic of commands in six partitions, whose messages say what they are, and one of events."""
    return new_stream()

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

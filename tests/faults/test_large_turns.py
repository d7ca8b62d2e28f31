# SPDX-License-Identifier: Apache-2.0
"""One command with more effects than any limit inside a repository is applied as a whole, and all events are
delivered."""

import json

import pytest
import repositories
from commands import lines
from gateway import QUICKSTART, STATUS_OK, Gateway

LINES = 24_000  # each with a Deallocated, an OutOfStock and a notice of it
EVENTS = {"Allocated": LINES, "Deallocated": LINES, "OutOfStock": LINES}


@pytest.fixture(params=["sqlite", "postgres"])
def gateway(request, tmp_path):
    repository = repositories.Sqlite(tmp_path) if request.param == "sqlite" else repositories.Postgres(
        request.getfixturevalue("database"))
    gateway = Gateway(tmp_path, repository.into(QUICKSTART))
    yield gateway
    gateway.close()


def test_a_batch_that_shrinks_by_tens_of_thousands_of_lines(gateway):
    commands = [{"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": LINES}]
    commands += [{"type": "Allocate", "orderid": f"o{i}", "sku": "LAMP", "qty": 1} for i in range(LINES)]
    commands += [{"type": "ChangeBatchQuantity", "ref": "b", "qty": 0}]
    gateway.commands.write_text(lines(*commands))
    result = gateway.run()
    assert result.status == STATUS_OK, result
    assert result.summary()["applied"] == LINES + 2 and result.summary()["dead"] == 0
    counts = dict.fromkeys(EVENTS, 0)
    for line in gateway.events.read_text().splitlines():
        counts[json.loads(line)["type"]] += 1
    assert counts == EVENTS
    assert len(result.notices()) == LINES
    assert gateway.query("availability", "LAMP")[0]["available"] == 0

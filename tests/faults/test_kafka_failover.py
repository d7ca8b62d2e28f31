# SPDX-License-Identifier: Apache-2.0
"""The database returns to an earlier state while gateways read commands from Kafka. Positions and message ids go
back with the stock; the group's committed offsets at the broker do not."""

import pytest
from load import RECOVERY_SECONDS
from standby import Pair
from test_standby import fail_over_at_random
from waiting import until


@pytest.fixture
def failover_load(tmp_path, rng, superstore_csv, kafka):
    """A kafka_load whose database has a standby that lags."""
    from kafka_load import KafkaLoad  # which needs a Debian package that only these tests need

    with Pair() as pair:
        load = KafkaLoad(tmp_path, pair.database(), rng, kafka)
        load.pair = pair
        yield load
        load.close()


@pytest.mark.parametrize("dedupe", ["position", "id"])
def test_a_standby_that_lags_is_promoted_under_load(failover_load, rng, counts, dedupe):
    """Each product's commands are in one partition, so the new history has the events of the lost one in their order."""
    load = failover_load
    load.uses_ids = dedupe == "id"
    load.send(5, 5_000, again=20)
    for _ in range(2):
        load.start(dedupe=dedupe)
    until(load.has_delivered, RECOVERY_SECONDS, load.tell)
    _, gone = fail_over_at_random(load, load.pair, rng)
    verdict = load.end()
    counts(gone=gone, transactions=verdict.transactions, repeats=verdict.repeats)

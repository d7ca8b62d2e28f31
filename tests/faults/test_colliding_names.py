# SPDX-License-Identifier: Apache-2.0
"""Order ids that collide in a table with an unkeyed hash take no longer than any other ids."""

import json
import time

import pytest
from colliding_names import colliding_names, hash_without_key
from gateway import STATUS_OK

LINES = 200_000
CONFIG = """
service: collisions
repository: {plugin: memory_repository}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
"""


def write_commands(path, orders):
    with path.open("w") as file:
        file.write(json.dumps({"type": "CreateBatch", "ref": "b", "sku": "S", "qty": len(orders)}) + "\n")
        for order in orders:
            file.write('{"type":"Allocate","orderid":"%s","sku":"S","qty":1}\n' % order)
        file.write(json.dumps({"type": "ChangeBatchQuantity", "ref": "b", "qty": 0}) + "\n")


def seconds_of(gateway, orders):
    gateway.write_config(CONFIG)
    write_commands(gateway.commands, orders)
    began = time.monotonic()
    result = gateway.run(timeout=100)
    assert result.status == STATUS_OK, result
    assert result.summary()["applied"] == len(orders) + 2, result
    return time.monotonic() - began


def test_the_names_collide_where_the_hash_has_no_key():
    names = colliding_names(1_000)
    assert len(set(names)) == 1_000
    assert len({hash_without_key(name.encode()) for name in names}) == 1


@pytest.mark.once
def test_a_batch_of_colliding_orders_shrinks_to_nothing_as_fast_as_another(gateway):
    plain = seconds_of(gateway, ["order-%050d" % number for number in range(LINES)])
    chosen = seconds_of(gateway, colliding_names(LINES))
    assert chosen < 5 * plain + 10, (chosen, plain)

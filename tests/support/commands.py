# SPDX-License-Identifier: Apache-2.0
"""Commands as the messages of tests, and the JSONL that they are written as."""

import json


def batch(ref, sku, qty, eta=None):
    return {"type": "CreateBatch", "ref": ref, "sku": sku, "qty": qty} | ({"eta": eta} if eta else {})


def allocate(orderid, sku, qty):
    return {"type": "Allocate", "orderid": orderid, "sku": sku, "qty": qty}


def deallocate(orderid, sku, qty):
    return {"type": "Deallocate", "orderid": orderid, "sku": sku, "qty": qty}


def change(ref, qty):
    return {"type": "ChangeBatchQuantity", "ref": ref, "qty": qty}


def lines(*commands):
    """JSONL. A string stays as it is, for lines that are no commands."""
    return "".join((command if isinstance(command, str) else json.dumps(command)) + "\n" for command in commands)

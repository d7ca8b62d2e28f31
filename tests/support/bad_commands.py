# SPDX-License-Identifier: Apache-2.0
"""Messages that are no valid commands, for each way in: name -> (payload, words of which the reason must have one)."""

import json

LIMIT = 64 << 10
GOOD = {"type": "Allocate", "orderid": "o", "sku": "LAMP", "qty": 1}


def good(**changes):
    return json.dumps(GOOD | changes).encode()


BAD = {
    "malformed JSON": (b'{"type": "Allocate", "orderid"', ("byte",)),
    "an empty payload": (b"", ("empty",)),
    "a tombstone": (None, ("empty", "tombstone", "no payload")),
    "a payload that is too large": (good(note="x" * LIMIT), ("limit", "large", "long")),
    "a quantity that is a text": (good(qty="1"), ("qty",)),
    "a SKU that is a number": (good(sku=7), ("sku",)),
    "no order id": (json.dumps({"type": "Allocate", "sku": "LAMP", "qty": 1}).encode(), ("orderid",)),
    "a SKU that nobody has": (good(sku="SOFA"), ("Invalid sku SOFA",)),
    "a batch that nobody has": (b'{"type":"ChangeBatchQuantity","ref":"nope","qty":1}', ("Unknown batch nope",)),
    "a type that nobody knows": (good(type="Nonsense"), ("Nonsense",)),
    "an event's type": (good(type="Allocated"), ("Allocated",)),
    "no type": (b'{"orderid":"o","sku":"LAMP","qty":1}', ("type",)),
    "a byte that is no UTF-8": (good().replace(b"LAMP", b"L\xffMP"), ("UTF-8",)),
    "a key that comes twice": (b'{"type":"Allocate","orderid":"o","sku":"LAMP","qty":1,"qty":1}', ("twice", "duplicate")),
    "Avro, perhaps": (b"\0\0\0\0\x07\x02o\x08LAMP\x02", ("byte",)),
}

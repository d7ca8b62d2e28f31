# SPDX-License-Identifier: Apache-2.0
"""Messages that are no valid commands, for each way in: name -> (payload, words of which the reason must have one),
and what every dead letter of them has."""

import json
import re

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


def assert_is_rejected(letter, name):
    assert any(word in letter["reason"] for word in BAD[name][1]), letter["reason"]
    assert letter["reason"].isprintable() and len(letter["reason"]) < 600
    assert letter["kind"] == "command" and letter["entrypoint"] == "orders"


def assert_is_whole(letter, name):
    assert letter["payload"] == (BAD[name][0] or b"").decode() and letter["replayable"]


def assert_is_the_beginning(letter, name):
    """Of a payload that is too large: the broker has the rest."""
    payload = BAD[name][0]
    assert not letter["replayable"] and letter["bytes"] == len(payload)
    assert letter["payload"] == payload[:4096].decode()
    assert str(len(payload)) in letter["reason"] and re.fullmatch("[0-9a-f]{32}", letter["digest"])


def assert_each_is_dead(summary):
    """The summary of a run over one good command, and each bad one with a good one behind it."""
    assert summary == {"received": 1 + 2 * len(BAD), "applied": 1 + len(BAD), "skipped": 0, "duplicate": 0,
                       "dead": len(BAD)}

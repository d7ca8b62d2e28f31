# SPDX-License-Identifier: Apache-2.0
"""Random commands and random bytes: the gateway and the reference model must agree on every one. GANGWAY_TEST_SEED
repeats a run whose seed the name of the test has."""

import json

import ledger
import pytest
import reference
import superstore
from gateway import QUICKSTART, STATUS_OK
from ledger import read_events


def assert_agreed(gateway, repository):
    model = reference.run(gateway.commands)
    result = gateway.run()
    assert result.status == STATUS_OK, result
    state = repository.state()
    ledger.assert_dead_letters(gateway.dead_letters(), model)
    ledger.assert_same_state(state, model)
    ledger.assert_nothing_waits(state)
    ledger.assert_same_events(read_events(gateway.events), model)
    assert result.notices() == model.notices
    return model


def crowded_command(rng):
    """Few products, batches and orders, so that they keep meeting: full batches, lines that move, come back, move."""
    sku, ref, orderid = f"S{rng.randrange(4)}", f"b{rng.randrange(40)}", f"o{rng.randrange(60)}"
    kind = rng.choices(("CreateBatch", "Allocate", "Deallocate", "ChangeBatchQuantity"), (2, 10, 3, 4))[0]
    if kind == "CreateBatch":
        eta = rng.choice((None, "2026-01-01", "2026-01-02", "2026-02-01T10:00Z"))
        fields = {"ref": ref, "sku": f"S{int(ref[1:]) % 4}" if rng.random() < 0.9 else sku, "qty": rng.randrange(40)}
        fields |= {"eta": eta} if rng.random() < 0.7 else {}
    elif kind == "ChangeBatchQuantity":
        fields = {rng.choice(("ref", "batchref")): ref, "qty": rng.choice((0, 5, 10, 20, 30, 60))}
    else:
        fields = {"orderid": orderid, "sku": sku, "qty": rng.randint(1, 9)}
    return json.dumps({"type": kind, **fields})


@pytest.mark.parametrize("turn", [pytest.param(1, marks=pytest.mark.once), pytest.param(7, marks=pytest.mark.once),
                                  1000])
def test_crowded_products_end_as_the_model_says_whatever_the_size_of_a_turn(gateway, repository, rng, turn):
    count = {1: 2000, 7: 7000, 1000: 20_000}[turn]  # a turn waits for the disk
    text = QUICKSTART.replace("path: commands.jsonl", f"path: commands.jsonl, turn: {turn}")
    gateway.write_config(repository.into(text))
    gateway.commands.write_text("".join(crowded_command(rng) + "\n" for _ in range(count)))
    model = assert_agreed(gateway, repository)
    assert {event[0] for event in model.events} == {"Allocated", "Deallocated", "OutOfStock"}


# What a byte is replaced with: what means something in JSON or UTF-8 more often than chance would have it.
BYTES = b'{}[]:,"\\/ \t\r\x00\x01\x7f\x80\x85\xbf\xc0\xc2\xed\xef\xf0\xff0123456789+-.eEtfnuNTZ'


def damaged(line, rng):
    """The line with a few bytes replaced, removed, put in, or a piece of it doubled."""
    line = bytearray(line)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 8))):
        at = rng.randrange(len(line) + 1)
        change = rng.randrange(4)
        if change == 0:
            line[at : at + 1] = bytes([rng.choice(BYTES)])
        elif change == 1:
            del line[at : at + rng.choice((1, 1, 2, 10))]
        elif change == 2:
            line[at:at] = bytes(rng.choice(BYTES) for _ in range(rng.choice((1, 1, 2, 5))))
        else:
            line[at:at] = line[at : at + rng.randint(1, 30)]
    return bytes(line)


SOUND = (
    '{"type":"CreateBatch","ref":"b","sku":"LAMP","qty":100,"eta":"2026-02-28"}',
    '{"type":"CreateBatch","ref":"caf\u00e9","sku":"caf\u00e9","qty":2147483647,"eta":null}',
    '{"type":"Allocate","orderid":"o\\u00e9","sku":"LAMP","qty":1}',
    '{"type": "Allocate", "orderid": "\\ud83d\\udecb", "sku": "LAMP", "qty": 10, "note": [1, -2.5e3, {"a": null}]}',
    '{"qty":3,"sku":"LAMP","orderid":"o","type":"Deallocate"}',
    '{"type":"ChangeBatchQuantity","ref":"b","batchref":"b","qty":50}',
)


def test_damaged_lines_are_read_as_the_model_reads_them(gateway, repository, rng):
    lines = [line.encode() for line in SOUND * 4 + superstore.MALFORMED]
    gateway.commands.write_bytes(b"".join(damaged(rng.choice(lines), rng) + b"\n" for _ in range(20_000)))
    model = assert_agreed(gateway, repository)
    assert model.outcomes["dead"] > 5000 and model.outcomes["received"] - model.outcomes["dead"] > 500

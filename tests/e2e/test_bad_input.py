# SPDX-License-Identifier: Apache-2.0
"""Every kind of bad line becomes one dead letter with its position and a reason. The good lines around it are applied,
the counters add up, and memory stays bounded."""

import itertools
import json

import ledger
import pytest
import reference
from gateway import STATUS_OK, Gateway
from ledger import Ledger, read_events


def allocate(**changes):
    members = {"type": '"Allocate"', "orderid": '"o"', "sku": '"LAMP"', "qty": "2"} | changes
    text = "{" + ",".join(f'"{name}":{value}' for name, value in members.items() if value is not None) + "}"
    return text.encode()


def create(**changes):
    members = {"type": '"CreateBatch"', "ref": '"b"', "sku": '"LAMP"', "qty": "2"} | changes
    return allocate(**{"orderid": None} | members)


LIMIT = 1 << 20

# name -> (the line, words of which the reason must have one)
MALFORMED = {
    "text": (b"hello", ("JSON", "byte")),
    "cut short": (allocate()[:-1], ("byte",)),
    "two objects in a line": (allocate() + allocate(), ("byte",)),
    "an array": (b"[" + allocate() + b"]", ("object",)),
    "null": (b"null", ("object",)),
    "a number": (b"1", ("object",)),
    "a NUL byte": (b"\0", ("byte",)),
    "a NUL byte behind the object": (allocate() + b"\0", ("byte",)),
    "a NUL byte in a text": (allocate(note='"a\0b"'), ("byte", "control")),
    "a byte order mark": (b"\xef\xbb\xbf" + allocate(), ("BOM", "byte order mark")),
    "a byte that is no UTF-8": (allocate().replace(b"LAMP", b"L\xffMP"), ("UTF-8",)),
    "an overlong form": (allocate().replace(b"LAMP", b"L\xc1\x81MP"), ("UTF-8",)),
    "an encoded surrogate": (allocate().replace(b"LAMP", b"\xed\xa0\x80"), ("UTF-8",)),
    "a code point above the last": (allocate().replace(b"LAMP", b"\xf4\x90\x80\x80"), ("UTF-8",)),
    "a lone surrogate": (allocate(sku='"\\ud800"'), ("surrogate",)),
    "a lone low surrogate where nobody reads": (allocate(note='["\\udc00"]'), ("surrogate",)),
    "a lone surrogate as a key": (allocate(note='{"\\ud800":1}'), ("surrogate",)),
    "33 levels": (allocate(note="[" * 32 + "]" * 32), ("32", "deep")),
    "a hundred thousand levels": (allocate(note="[" * 100_000 + "]" * 100_000), ("32", "deep")),
    "a hundred thousand levels never closed": (allocate(note="[" * 100_000), ("32", "deep", "byte")),
    "a duplicate key": (allocate(note='1,"qty":2'), ("twice", "duplicate")),
    "a duplicate key, escaped": (allocate(note='1,"q\\u0074y":2'), ("twice", "duplicate")),
    "a duplicate key further in": (allocate(note='{"a":{"b":1,"b":1}}'), ("twice", "duplicate")),
    "NaN": (allocate(qty="NaN"), ("byte",)),
    "Infinity": (allocate(note="-Infinity"), ("byte",)),
    "a leading zero": (allocate(qty="02"), ("byte",)),
    "a plus sign": (allocate(qty="+2"), ("byte",)),
    "a comma too many": (allocate()[:-1] + b",}", ("byte",)),
    "single quotes": (b"{'type':'Allocate'}", ("byte",)),
    "an unknown escape": (allocate(note='"\\x"'), ("byte",)),
    "a line above the limit": (allocate(note='"' + "x" * LIMIT + '"'), ("large", "long", "limit")),
}

# name -> (the line, the field that the reason must name)
ILL_TYPED = {
    "no type": (allocate(type=None), "type"),
    "a type that is null": (allocate(type="null"), "type"),
    "a type in lower case": (allocate(type='"allocate"'), "type"),
    "an event's name": (allocate(type='"Allocated"', batchref='"b"'), "type"),
    "the internal event's name": (allocate(type='"AllocationRequired"'), "type"),
    "no order id": (allocate(orderid=None), "orderid"),
    "an order id that is a number": (allocate(orderid="17"), "orderid"),
    "an empty SKU": (allocate(sku='""'), "sku"),
    "a SKU of 256 bytes": (allocate(sku='"' + "x" * 256 + '"'), "sku"),
    "a SKU of 10 kB": (allocate(sku='"' + "x" * 10_000 + '"'), "sku"),
    "a SKU with NUL": (allocate(sku='"LAMP\\u0000"'), "sku"),
    "a SKU with DEL": (allocate(sku='"LAMP\x7f"'), "sku"),
    "a SKU with a C1 control": (allocate(sku='"LAMP\\u0085"'), "sku"),
    "quantity 0": (allocate(qty="0"), "qty"),
    "quantity -1": (allocate(qty="-1"), "qty"),
    "quantity -0": (allocate(qty="-0"), "qty"),
    "2^31": (allocate(qty=str(1 << 31)), "qty"),
    "2^63": (allocate(qty=str(1 << 63)), "qty"),
    "2^64": (allocate(qty=str(1 << 64)), "qty"),
    "2^64 + 2": (allocate(qty=str((1 << 64) + 2)), "qty"),
    "a thousand digits": (allocate(qty="9" * 1000), "qty"),
    "0.1": (allocate(qty="0.1"), "qty"),
    "2.0": (allocate(qty="2.0"), "qty"),
    "2e0": (allocate(qty="2e0"), "qty"),
    "1e400": (allocate(qty="1e400"), "qty"),
    "a quantity as text": (allocate(qty='"2"'), "qty"),
    "true": (allocate(qty="true"), "qty"),
    "a batch of -1": (create(qty="-1"), "qty"),
    "a batch of 2^31": (create(qty=str(1 << 31)), "qty"),
    "an empty ETA": (create(eta='""'), "eta"),
    "a day that does not exist": (create(eta='"2026-02-29"'), "eta"),
    "an ETA that is a number": (create(eta="20260101"), "eta"),
    "two references that differ": (create(type='"ChangeBatchQuantity"', batchref='"c"'), "ref"),
}

# name -> (the line, the reason)
REFUSED = {
    "a SKU that nobody has": (allocate(sku='"zygote"'), "Invalid sku zygote"),
    "a SKU in other letters": (allocate(sku='"lamp"'), "Invalid sku lamp"),
    "a SKU with a blank": (allocate(sku='"LAMP "'), "Invalid sku LAMP "),
    "deallocating what nobody has": (allocate(type='"Deallocate"', sku='"zygote"'), "Invalid sku zygote"),
    "a batch that nobody has": (create(type='"ChangeBatchQuantity"', ref='"nope"'), "Unknown batch nope"),
    "a reference of another SKU": (create(ref='"first"', sku='"TABLE"'), "Batch first already exists for sku LAMP"),
}

BAD = MALFORMED | ILL_TYPED | REFUSED


class Run:
    """One run over a file with a good line before, between and after all bad ones."""

    def __init__(self, folder):
        self.gateway = Gateway(folder)
        lines = [create(ref='"first"', qty="1000000")]
        self.line_of = {}
        for number, (name, (line, _)) in enumerate(BAD.items()):
            lines.append(line)
            self.line_of[name] = len(lines)
            lines.append(allocate(orderid=f'"good-{number}"'))
        content = b"".join(line + b"\n" for line in lines)
        self.gateway.commands.write_bytes(content)
        self.model = reference.run(self.gateway.commands)
        self.result = self.gateway.run()
        self.letters = self.gateway.dead_letters() if self.result.status == STATUS_OK else []

    def reason(self, name):
        reasons = [reason for line, reason in self.letters if line == self.line_of[name]]
        assert len(reasons) == 1, f"one dead letter for line {self.line_of[name]}: {self.letters}\n{self.result}"
        return reasons[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("bad-input"))
    yield run
    run.gateway.close()


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_line_is_a_dead_letter_that_says_why(run, name):
    reason = run.reason(name)
    assert any(word.lower() in reason.lower() for word in MALFORMED[name][1]), reason


@pytest.mark.parametrize("name", ILL_TYPED)
def test_a_wrong_field_is_a_dead_letter_that_names_it(run, name):
    assert ILL_TYPED[name][1] in run.reason(name)


@pytest.mark.parametrize("name", REFUSED)
def test_a_rejected_command_is_a_dead_letter_with_the_reason_of_the_domain(run, name):
    assert run.reason(name) == REFUSED[name][1]


def test_the_good_lines_around_them_are_applied(run):
    assert run.result.status == STATUS_OK, run.result
    state = Ledger(run.gateway.database)
    ledger.assert_same_state(state, run.model)
    ledger.assert_same_events(read_events(run.gateway.events), run.model)
    ledger.assert_dead_letters(run.letters, run.model)


def test_the_counters_add_up_to_what_was_received(run):
    summary = run.result.summary()
    assert summary == {
        "received": 1 + 2 * len(BAD), "applied": 1 + len(BAD), "skipped": 0, "duplicate": 0, "dead": len(BAD)
    }


def test_a_reason_shows_no_control_character_and_stays_short(run):
    for _, reason in run.letters:
        assert reason.isprintable() and len(reason) < 600, repr(reason)


# ---- lines that are no message, and numbers that are fine -----------------------------------------------------------


def run_lines(gateway, *lines):
    gateway.commands.write_bytes(b"".join(lines))
    result = gateway.run()
    assert result.status == STATUS_OK, result
    model = reference.run(gateway.commands)
    ledger.assert_same_state(Ledger(gateway.database), model)
    ledger.assert_same_events(read_events(gateway.events), model)
    assert result.summary()["received"] == model.outcomes["received"]
    return model


def test_blank_lines_are_no_messages_and_a_return_before_the_newline_is_white_space(gateway):
    model = run_lines(gateway, b"\n", b"\r\n", b" \t \n", create() + b"\r\n", b"\n", allocate() + b"  \r\n", b"  ")
    assert model.outcomes == {"received": 2, "applied": 2}


def test_an_empty_file_ends_at_once(gateway):
    assert run_lines(gateway, b"").outcomes["received"] == 0


def test_unused_members_may_contain_any_json(gateway):
    odd = ("1e400", "-0", "9" * 5000, '"\\u0000\\ud83d\\udecb"', "[" * 31 + "]" * 31, '{"qty":{"qty":[]}}', "null")
    lines = [allocate(orderid=f'"o{number}"', note=value) + b"\n" for number, value in enumerate(odd)]
    model = run_lines(gateway, create(qty="100") + b"\n", *lines)
    assert model.outcomes == {"received": 1 + len(odd), "applied": 1 + len(odd)}


def test_identifiers_come_out_byte_by_byte_as_they_went_in(gateway):
    skus = ("caf\u00e9", "cafe\u0301", " ", "\u2028", "\U0001f6cb\ufe0f", 'quote " and \\', "a\u00a0b", "x" * 255)
    lines = []
    for sku in skus:
        text = json.dumps(sku)
        lines += [create(ref=text, sku=text) + b"\n", allocate(orderid=text, sku=text) + b"\n"]
    model = run_lines(gateway, *lines)
    assert len(model.events) == len(skus) and model.dead_letters == []


def test_the_largest_quantities_add_up_in_64_bits(gateway):
    most = str((1 << 31) - 1)
    batches = [create(ref=f'"b{number}"', qty=most) + b"\n" for number in range(5)]
    run_lines(gateway, *batches, allocate(qty=most) + b"\n", allocate(orderid='"p"', qty=most) + b"\n")
    (row,) = gateway.query("availability", "LAMP")
    assert row["available"] == 3 * ((1 << 31) - 1)


@pytest.mark.once
def test_a_hundred_thousand_small_bad_lines_are_as_many_dead_letters(gateway):
    count = 100_000
    bad = itertools.cycle([b"{}\n", b"x\n", b"0\n"])
    run_lines(gateway, create() + b"\n", *itertools.islice(bad, count), allocate() + b"\n")
    assert len(Ledger(gateway.database).rows["dead"]) == count


@pytest.mark.once
def test_a_line_of_a_gibibyte_is_one_dead_letter_and_never_in_memory(gateway):
    size = 1 << 30
    with gateway.commands.open("wb") as file:
        file.write(create() + b"\n")
        file.seek(size, 1)  # NUL bytes that take no room on the disk
        file.write(b"\n" + allocate() + b"\n")
    result = gateway.run(timeout=300)
    assert result.status == STATUS_OK, result
    assert result.peak_bytes < 256 << 20
    assert result.summary()["applied"] == 2
    ((line, reason),) = gateway.dead_letters()
    assert line == 2 and str(size) in reason
    (number, *_), = Ledger(gateway.database).rows["dead"]
    assert str(size) in json.dumps(gateway.dead_letter(number))

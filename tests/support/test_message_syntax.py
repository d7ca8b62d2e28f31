# SPDX-License-Identifier: Apache-2.0
"""The reader of the reference model: what it accepts, what it rejects, and the reasons."""

import pytest
from message_syntax import MAX_BYTES, Rejection, is_blank, read_command


def allocate(**changes):
    """An Allocate as bytes; changes give a member's JSON text, None leaves it out."""
    members = {"type": '"Allocate"', "orderid": '"o"', "sku": '"S"', "qty": "2"} | changes
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items() if text is not None) + "}"


def create(eta):
    return f'{{"type":"CreateBatch","ref":"b","sku":"S","qty":1,"eta":{eta}}}'


def rejection(line):
    with pytest.raises(Rejection) as caught:
        read_command(line if isinstance(line, bytes) else line.encode())
    return caught.value


def test_reads_the_four_commands():
    assert read_command(allocate().encode()) == ("Allocate", "o", "S", 2)
    assert read_command(allocate(type='"Deallocate"').encode()) == ("Deallocate", "o", "S", 2)
    assert read_command(create('"2026-01-31"').encode()) == ("CreateBatch", "b", "S", 1, "2026-01-31")
    assert read_command(b'{"type":"ChangeBatchQuantity","ref":"b","qty":0}') == ("ChangeBatchQuantity", "b", 0)


def test_white_space_around_a_message_is_fine_and_alone_it_is_no_message():
    assert read_command(b" \t" + allocate().encode() + b" \r") == ("Allocate", "o", "S", 2)
    assert is_blank(b" \t\r\n") and is_blank(b"") and not is_blank(b"\x00")


@pytest.mark.parametrize(
    "extra",
    ["1e400", "-0", "99999999999999999999999", "1" * 5000, '"\\u0000\\ud83d\\ude00"', '{"a":[{"b":null}]}', "true",
     "[" * 31 + "]" * 31],
)
def test_unused_fields_may_contain_any_json(extra):
    assert read_command(allocate(note=extra).encode())[0] == "Allocate"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"{}{}",
        b"[]",
        b"null",
        b'"Allocate"',
        allocate().encode()[:-1],
        allocate().encode() + b",",
        allocate().encode() + b"\x00",
        b"\xef\xbb\xbf" + allocate().encode(),
        b"\xff\xfe" + allocate().encode("utf-16-le"),
        allocate(sku='"\xff"').encode("latin-1"),
        allocate(sku='"\\udc00"'),
        allocate(note='"\\ud800"'),
        allocate(note='["\\ud800\\u0041"]'),
        allocate(note='{"\\udfff":1}'),
        allocate(sku=b'"\xed\xa0\x80"'.decode("latin-1")).encode("latin-1"),
        allocate(note="NaN"),
        allocate(note="-Infinity"),
        allocate(note="01"),
        allocate(note="+1"),
        allocate(note="1."),
        allocate(note=".5"),
        allocate(note="0x10"),
        allocate(note="'a'"),
        allocate(note='"\n"'),
        allocate(note='"\\x41"'),
        allocate(note="[1,]"),
        allocate(note="[" * 32 + "]" * 32),
        allocate(note="[" * 100_000 + "]" * 100_000),
        allocate(note='{"a":1,"a":1}'),
        allocate(note='{"a":1,"\\u0061":2}'),
        b'{"type":"Allocate",' + allocate().encode()[1:],
        b"/* */" + allocate().encode(),
        allocate(note='"' + "x" * MAX_BYTES + '"'),
    ],
)
def test_what_is_no_json_object_is_malformed(line):
    assert rejection(line).kind == "malformed"


@pytest.mark.parametrize("text", [None, "null", "1", '"allocate"', '"Allocated"', '"AllocationRequired"', '""', "[]"])
def test_a_type_that_is_no_command_is_rejected(text):
    assert rejection(allocate(type=text)).field == "type"


@pytest.mark.parametrize(
    "text",
    [None, "null", '"2"', "2.0", "2e0", "-0", "0", "-1", "2147483648", "9223372036854775808", "18446744073709551616",
     "0.1", "1e400", "true", "[2]", "1" * 5000],
)
def test_a_quantity_is_an_integer_in_range(text):
    assert rejection(allocate(qty=text)).field == "qty"


def test_the_largest_quantity_is_taken_and_a_batch_may_be_empty():
    assert read_command(allocate(qty="2147483647").encode())[3] == 2147483647
    assert read_command(b'{"type":"CreateBatch","ref":"b","sku":"S","qty":0}')[3] == 0
    assert rejection(b'{"type":"CreateBatch","ref":"b","sku":"S","qty":-1}').field == "qty"


@pytest.mark.parametrize(
    "text",
    [None, "null", "1", '""', '"\\u0000"', '"a\\tb"', '"a\x7f"', '"a\x85"', '"\\u009f"', '"' + "x" * 256 + '"',
     '"' + "\u00e9" * 128 + '"', '{"a":1}'],
)
def test_an_identifier_is_1_to_255_bytes_without_control_characters(text):
    assert rejection(allocate(sku=text)).field == "sku"


@pytest.mark.parametrize("sku", ["x" * 255, "\u00e9" * 127, "\U0001f6cb" * 63, " ", "\u2028", "\ufeff", "a\u00a0b"])
def test_identifiers_are_opaque(sku):
    assert read_command(allocate(sku=f'"{sku}"').encode())[2] == sku


def test_the_first_wrong_field_is_named():
    assert rejection(allocate(orderid="1", sku="1", qty="-1")).field == "orderid"
    assert rejection(allocate(sku=None, qty="-1")).field == "sku"
    assert rejection(b'{"qty":"x","sku":5,"ref":null,"type":"CreateBatch"}').field == "ref"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("null", ""),
        ('"2026-01-31"', "2026-01-31"),
        ('"2024-02-29"', "2024-02-29"),
        ('"0001-01-01"', "0001-01-01"),
        ('"9999-12-31"', "9999-12-31"),
        ('"2026-01-31T23:59"', "2026-01-31"),
        ('"2026-01-31T00:00:00"', "2026-01-31"),
        ('"2026-01-31T00:00:00.123456"', "2026-01-31"),
        ('"2026-01-31T00:00:00Z"', "2026-01-31"),
        ('"2026-01-31T23:30:00+05:30"', "2026-01-31"),
        ('"2026-01-31T00:30:00-11:00"', "2026-01-31"),
    ],
)
def test_an_eta_is_a_date_as_it_is_written(text, day):
    assert read_command(create(text).encode())[4] == day


@pytest.mark.parametrize(
    "text",
    ['""', '"20260131"', '"2026-W05-6"', '"2026-031"', '"2026-02-30"', '"2025-02-29"', '"0000-01-01"', '"2026-00-01"',
     '"2026-13-01"', '"2026-1-1"', '" 2026-01-31"', '"2026-01-31 "', '"2026-01-31 00:00"', '"2026-01-31T"',
     '"2026-01-31T24:00:01"', '"10000-01-01"', '"-2026-01-31"', '"tomorrow"', "20260131", "true", "[]",
     '"\uff12026-01-31"'],
)
def test_anything_else_is_no_eta(text):
    assert rejection(create(text)).field == "eta"


@pytest.mark.parametrize(
    "refs",
    ["", '"ref":"a","batchref":"b",', '"ref":null,"batchref":"b",', '"ref":"a","batchref":7,',
     '"ref":"a","batchref":null,', '"ref":"7","batchref":7,', '"batchref":"",'],
)
def test_ref_and_batchref_must_agree(refs):
    assert rejection(f'{{"type":"ChangeBatchQuantity",{refs}"qty":1}}').field == "ref"


@pytest.mark.parametrize("refs", ['"ref":"b",', '"batchref":"b",', '"ref":"b","batchref":"\\u0062",'])
def test_ref_or_batchref_or_both_will_do(refs):
    assert read_command(f'{{"type":"ChangeBatchQuantity",{refs}"qty":1}}'.encode())[1] == "b"

# SPDX-License-Identifier: Apache-2.0
"""The reader of the reference model: one JSONL line to one command, or a Rejection. It is written from the contract
alone.

It checks the syntax only and knows nothing of products. It shares no code with the gateway, so both do not make the
same mistake.
"""

import json
import re
from datetime import date

LINE_QTY = (1, 2147483647)
BATCH_QTY = (0, 2147483647)
MAX_DEPTH = 32
MAX_BYTES = 1 << 20
MAX_IDENTIFIER_BYTES = 255

INTEGER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
SURROGATE = re.compile("[\ud800-\udfff]")
ETA = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?)?"
)


class Rejection(Exception):
    """Why a message cannot be taken. kind: `malformed` (no JSON object that we read), `field` (then field is the first
    one that is wrong), or `semantics` (then text is the reason, word by word)."""

    def __init__(self, kind, field=None, text=""):
        super().__init__(kind, field, text)
        self.kind, self.field, self.text = kind, field, text

    def __repr__(self):
        return f"Rejection({self.kind!r}, field={self.field!r}, text={self.text!r})"


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


# ---- JSON -----------------------------------------------------------------------------------------------------------


def unique_members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Rejection("malformed", text="duplicate key")
    return members


def no_constant(name):
    raise Rejection("malformed", text=f"{name} is no JSON")


DECODER = json.JSONDecoder(
    object_pairs_hook=unique_members, parse_int=Number, parse_float=Number, parse_constant=no_constant
)


def depth(value):
    """Of an object or an array: 1, or one more than its deepest member."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return 0
    return 1 + max(map(depth, value), default=0)


def has_lone_surrogate(value):
    """The decoder joins pairs, so every surrogate that is left stands alone."""
    if isinstance(value, str):
        return SURROGATE.search(value) is not None
    if isinstance(value, dict):
        return any(map(has_lone_surrogate, value)) or any(map(has_lone_surrogate, value.values()))
    return isinstance(value, list) and any(map(has_lone_surrogate, value))


def parse_object(line):
    """The members of the one JSON object that this line (bytes) is."""
    if len(line) > MAX_BYTES:
        raise Rejection("malformed", text="too long")
    try:
        text = line.decode("utf-8")
        value = DECODER.decode(text)
        too_deep = text.count("{") + text.count("[") > MAX_DEPTH and depth(value) > MAX_DEPTH
    except UnicodeDecodeError:
        raise Rejection("malformed", text="not UTF-8") from None
    except RecursionError:
        raise Rejection("malformed", text="too deep") from None
    except json.JSONDecodeError as error:
        raise Rejection("malformed", text=error.msg) from None
    if not isinstance(value, dict):
        raise Rejection("malformed", text="not an object")
    if too_deep:
        raise Rejection("malformed", text="too deep")
    if "\\u" in text and has_lone_surrogate(value):
        raise Rejection("malformed", text="lone surrogate")
    return value


# ---- fields ---------------------------------------------------------------------------------------------------------


def is_identifier(value):
    if type(value) is not str or not value or CONTROL.search(value):
        return False
    return len(value) <= MAX_IDENTIFIER_BYTES // 4 or len(value.encode()) <= MAX_IDENTIFIER_BYTES


def identifier(members, name, field=None):
    value = members.get(name)
    if not is_identifier(value):
        raise Rejection("field", field or name)
    return value


def integer(members, field, bounds):
    value = members.get(field)
    if type(value) is not Number or not INTEGER.fullmatch(value) or len(value) > 11:
        raise Rejection("field", field)
    number = int(value)
    if not bounds[0] <= number <= bounds[1]:
        raise Rejection("field", field)
    return number


def eta(members):
    """The date as text, or the empty text for none: texts then sort as rule 2 wants."""
    value = members.get("eta")
    if value is None:
        return ""
    match = ETA.fullmatch(value) if type(value) is str else None
    if not match:
        raise Rejection("field", "eta")
    try:
        date(*map(int, match.groups()))
    except ValueError:
        raise Rejection("field", "eta") from None
    return value[:10]


def changed_batch(members):
    """`ref`, or `batchref`, or both when they are equal. Whatever is wrong, the field is `ref`."""
    if "ref" not in members and "batchref" in members:
        return identifier(members, "batchref", "ref")
    ref = identifier(members, "ref")
    if "batchref" in members and identifier(members, "batchref", "ref") != ref:
        raise Rejection("field", "ref")
    return ref


# ---- commands -------------------------------------------------------------------------------------------------------


def read_create_batch(members):
    return (
        "CreateBatch",
        identifier(members, "ref"),
        identifier(members, "sku"),
        integer(members, "qty", BATCH_QTY),
        eta(members),
    )


def read_allocate(members):
    return "Allocate", identifier(members, "orderid"), identifier(members, "sku"), integer(members, "qty", LINE_QTY)


def read_deallocate(members):
    return "Deallocate", identifier(members, "orderid"), identifier(members, "sku"), integer(members, "qty", LINE_QTY)


def read_change_batch_quantity(members):
    return "ChangeBatchQuantity", changed_batch(members), integer(members, "qty", BATCH_QTY)


READERS = {
    "CreateBatch": read_create_batch,
    "Allocate": read_allocate,
    "Deallocate": read_deallocate,
    "ChangeBatchQuantity": read_change_batch_quantity,
}


def is_blank(line):
    """A line of white space is no message; CR before LF is white space."""
    return not line.strip(b" \t\r\n")


def read_command(line):
    """The command of a line (bytes): a tuple of its type and its fields in the table's order. Raises Rejection."""
    members = parse_object(line)
    kind = members.get("type")
    if type(kind) is not str or kind not in READERS:
        raise Rejection("field", "type")
    return READERS[kind](members)

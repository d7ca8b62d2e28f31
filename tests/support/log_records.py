# SPDX-License-Identifier: Apache-2.0
"""Reads a gateway's log, JSON or plain, and finds records by their event code.

CODE has every code under the name that core/include/gangway/event_code.h gives it: CODE.SOURCE_STOPPED is "GW-E106".
"""

import json
import re
import types
from pathlib import Path

HEADER = Path(__file__).resolve().parents[2] / "core/include/gangway/event_code.h"
CODE = types.SimpleNamespace(**dict(re.findall(r'^#define GW_CODE_(\w+)\s+"(GW-[EWI]\d{3})"', HEADER.read_text(), re.M)))

PLAIN = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z) (?P<level>error|warning|info|debug)"
                   r"(?: (?P<code>[A-Z]+-[EWI]\d{3}))?(?: (?P<component>[^ :]+))?: (?P<message>.*)")


def records(text):
    """The records among the lines of a text, in order, as the JSON log has them. Of a plain one the fields stay at the end
    of its message."""
    return [record for record in map(record_of, text.splitlines()) if record is not None]


def record_of(line):
    """A line as a record; None when it is none, or not whole yet."""
    plain = PLAIN.search(line)
    if plain:
        return {name: value for name, value in plain.groupdict().items() if value is not None}
    try:
        record = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return None
    return record if isinstance(record, dict) and {"time", "level", "message"} <= record.keys() else None


def logged(text, code, *facts):
    """The records of this event whose line holds each of these facts: a name, an offset, a figure."""
    return [record for record in records(text) if record.get("code") == code
            and all(str(fact) in " ".join(map(str, record.values())) for fact in facts)]

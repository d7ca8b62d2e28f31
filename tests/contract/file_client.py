#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts messages into, and gets events out of, a file, for the contract suites.

file_client.py feed PATH      appends the messages on standard input, one line each; creates the file
file_client.py feed-csv PATH  appends them as rows of a table
file_client.py fetch PATH     prints the events of a file that jsonl_writer wrote

What both speak is described in entrypoint/feed.h and publisher/arrival.h.
"""

import base64
import csv
import json
import re
import sys
from pathlib import Path

# How a line begins; what follows are the payload's members, byte for byte.
LINE = re.compile(rb'\{"type": ("(?:[^"\\]|\\.)*"), "id": ("(?:[^"\\]|\\.)*")(?:, )?(.*\})')
COLUMNS = ["type", "orderid", "sku", "qty", "pad"]


def payload_of(message):
    if "payload_base64" in message:
        return base64.b64decode(message["payload_base64"])
    return message["payload"].encode()


def feed(path):
    with open(path, "ab") as out:
        for line in sys.stdin.buffer:
            out.write(payload_of(json.loads(line)) + b"\n")


def feed_csv(path):
    with open(path, "a", encoding="utf-8", newline="") as out:
        rows = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        if out.tell() == 0:
            rows.writeheader()
        for line in sys.stdin.buffer:
            rows.writerow(json.loads(payload_of(json.loads(line))))


def fetch(path):
    if not path.exists():
        return
    for line in path.read_bytes().splitlines(keepends=True):
        found = LINE.fullmatch(line, endpos=len(line) - 1)
        if found is None or not line.endswith(b"\n"):
            raise SystemExit(f"{path}: no line of an event: {line!r}")
        kind, name, members = found.groups()
        event = {"id": json.loads(name), "type": json.loads(kind), "payload": "{" + members.decode()}
        print(json.dumps(event))


{"feed": feed, "feed-csv": feed_csv, "fetch": fetch}[sys.argv[1]](Path(sys.argv[2]))

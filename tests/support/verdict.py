# SPDX-License-Identifier: Apache-2.0
"""Decides from a history of committed changes whether anything was lost, applied twice, oversold or out of order.

The history is replayed in the order of its commits, beside the reference model, which gets the commands of each
transaction by the positions. After each transaction the database's rows of the products concerned must equal the
model's, and the outbox rows must be the model's events. It knows no database: a history is plain rows, so a test can
plant a fault in one.
"""

import json
from collections import Counter
from pathlib import Path

import reference
from ledger import grouped, reason_fits
from message_syntax import Rejection, read_command
from sources import FileSource, QueueSource

EVERYTHING_TO_EVENTS = {kind: ("events",) for kind in reference.FIELDS}

# table -> the columns that name a row in it.
KEYS = {
    "products": ("id",), "batches": ("id",), "allocations": ("orderid", "product", "qty"), "positions": ("source",),
    "outbox": ("destination", "number"), "dead_letters": ("id",), "inbox": ("id",),
}
MOST_TOLD = 50
KIND_DELIVERY = 2  # of a dead letter
NO_OFFSET = -1  # of a dead letter whose message has no position
ANOTHER_BODY = Rejection("semantics", text="this message id was used before with another body")


class Change:
    __slots__ = ("subject", "operation", "before", "after")

    def __init__(self, subject, operation, before, after):
        self.subject, self.operation, self.before, self.after = subject, operation, before, after

    def key(self):
        row = self.after or self.before
        return self.subject, *(row[name] for name in KEYS[self.subject])


class Transaction:
    """What was committed at once: its changes in the order in which they were made."""

    def __init__(self, name):
        self.name, self.changes = name, []

    def add(self, subject, operation, before, after):
        self.changes.append(Change(subject, operation, before, after))

    def of(self, subject):
        return [change for change in self.changes if change.subject == subject]


class Verdict:
    """commands: what went in, as files or as other sources; routes: event type -> the destinations that get it."""

    def __init__(self, commands, routes=EVERYTHING_TO_EVENTS):
        self.routes = routes
        self.sources = [FileSource(source) if isinstance(source, Path) else source for source in commands]
        self.named = {}  # as a position names it -> source
        self.newest = {}  # (queue, SKU) -> the offset of the newest command that was applied
        self.payloads = {}  # id of a message -> the first payload that came with it
        self.model = reference.Model()
        self.violations = []
        self.rows = {}  # key -> row: the tables as the history has left them
        self.stock = Stock()
        self.lines_of = Counter()  # batch id -> what its lines add up to
        self.outbox = {}  # (destination, id) -> row: all that ever were in it
        self.numbers = {}  # (destination, SKU) -> the highest number so far
        self.transactions = self.deliveries_made = self.repeats = 0

    def violation(self, text):
        if len(self.violations) < MOST_TOLD:
            self.violations.append(text)

    def summary(self):
        counts = dict(self.model.outcomes)
        return (f"{self.transactions} transactions, {counts}, {len(self.outbox)} outbox rows, {self.deliveries_made} "
                f"deliveries of which {self.repeats} repeats, {len(self.violations)} violations")

    def assert_clean(self):
        assert not self.violations, "\n".join([self.summary(), *self.violations])

    # ---- the history ----

    def replay(self, transactions):
        for transaction in transactions:
            self.transactions += 1
            for change in transaction.changes:
                self.redo(transaction, change)
            taken = self.take_positions(transaction) + self.take_ids(transaction)
            self.check_stock(transaction)
            self.check_against_model(transaction, taken)
        for source in self.sources:
            if source.lost():
                self.violation(f"lost: {source.lost()}")

    def redo(self, transaction, change):
        """What a change found must be what the last one left: nothing happens that is not written down."""
        there = self.rows.get(change.key())
        if there != change.before:
            self.violation(f"{transaction.name}: {change.operation} of {change.key()} found {change.before}, not {there}")
        self.stock.redo(change)
        if change.subject == "allocations":
            for row, sign in ((change.before, -1), (change.after, 1)):
                if row:
                    self.lines_of[row["batch"]] += sign * row["qty"]
        if change.after is None:
            self.rows.pop(change.key(), None)
        else:
            self.rows[change.key()] = change.after

    def source_named(self, name):
        """The source that a position or a dead letter means, or None."""
        if name not in self.named:
            source = self.named[name] = next((source for source in self.sources if source.has_name(name)), None)
            if source is not None:
                source.names.append(name)
        return self.named[name]

    def take_positions(self, transaction):
        """The messages that the positions of a transaction say it is about."""
        taken = []
        for change in transaction.of("positions"):
            name = (change.after or change.before)["source"]
            source = self.source_named(name)
            if source is None or change.after is None:
                self.violation(f"{transaction.name}: the position of {name} is nobody's, or was removed")
                continue
            before, after = change.before["next"] if change.before else source.first, change.after["next"]
            if source.is_moved(before, after):
                continue
            if before != source.offset:
                self.violation(f"{transaction.name}: {name} goes on at {before}, and had come to {source.offset}")
            messages = source.take_until(after)
            if messages is None:
                self.violation(f"{transaction.name}: {name} stops at {after}, which no message ends at, or again")
            taken += messages or []
        return taken

    def take_ids(self, transaction):
        """The messages of queues that a transaction is about: each has stored its id, once."""
        taken, queues = [], [source for source in self.sources if isinstance(source, QueueSource)]
        for change in transaction.of("inbox") if queues else []:
            digest = change.after["id"].replace("-", "")
            messages = [message for queue in queues if (message := queue.take(digest))]
            if not messages:
                self.violation(f"{transaction.name}: the id {digest} is no message's, or was stored before")
            taken += messages
        return sorted(taken, key=lambda message: message.offset)

    def check_stock(self, transaction):
        """What must hold in every committed state."""
        touched = {change.after["id"] for change in transaction.of("batches") if change.after}
        touched |= {(change.after or change.before)["batch"] for change in transaction.of("allocations")}
        for number in touched:
            batch = self.rows.get(("batches", number))
            if batch is None:
                self.violation(f"{transaction.name}: a line is on batch {number}, which is not there")
                continue
            if not 0 <= batch["allocated"] <= batch["purchased"]:
                self.violation(f"{transaction.name}: oversold: {batch}")
            if batch["allocated"] != self.lines_of[number]:
                self.violation(f"{transaction.name}: the lines of {batch['ref']} are {self.lines_of[number]}, not {batch}")

    # ---- the model ----

    def check_against_model(self, transaction, taken):
        events, rejected, named = [], [], set()
        for message in taken:
            if isinstance(message.source, QueueSource):
                self.check_order(transaction, message)
            before = len(self.model.events), len(self.model.dead_letters)
            self.feed(message)
            named |= self.products_named(message.payload)
            events += [(message, event) for event in self.model.events[before[0] :]]
            rejected += [(message, letter.rejection) for letter in self.model.dead_letters[before[1] :]]
        for change in transaction.of("products"):
            if change.before and change.after["version"] < change.before["version"]:
                self.violation(f"{transaction.name}: a version falls: {change.before} -> {change.after}")
            named.add((change.after or change.before)["sku"])
        for change in transaction.of("batches") + transaction.of("allocations"):
            named.add(self.stock.skus.get((change.after or change.before)["product"]))
        self.compare_products(transaction, named)
        self.check_outbox(transaction, events)
        self.check_dead_letters(transaction, rejected)

    def check_order(self, transaction, message):
        """The commands of each product are applied in the order in which they were put into the queue."""
        for sku in self.products_of(message.payload):
            newest = self.newest.get((message.source, sku), -1)
            if message.offset < newest:
                self.violation(f"{transaction.name}: {message.place()} is applied behind offset {newest} of {sku}")
            self.newest[message.source, sku] = max(newest, message.offset)

    def feed(self, message):
        """Passes the message to the model, unless its id was seen before."""
        if message.id is None or message.id not in self.payloads:
            self.model.message(message.payload)
        elif self.payloads[message.id] == message.payload:
            self.model.outcomes.update(("received", "duplicate"))
        else:
            self.model.outcomes.update(("received", "dead"))
            self.model.dead_letters.append(reference.DeadLetter(0, message.payload, ANOTHER_BODY))
        self.payloads.setdefault(message.id, message.payload)

    def products_of(self, payload):
        """The product that a command is about, if it says one or its batch is known."""
        try:
            kind, *fields = read_command(payload)
        except Rejection:
            return set()
        if kind == "ChangeBatchQuantity":
            batch = self.model.batches.get(fields[0])
            return {batch.sku} if batch else set()
        return {fields[1]}

    def products_named(self, payload):
        return self.products_of(payload) & self.model.products.keys()

    def compare_products(self, transaction, skus):
        """The products that a transaction is about, and all that is in them, are what the model has."""
        for sku in skus:
            found, expected = self.stock.products.get(sku), modelled(self.model.products.get(sku))
            if found != expected:
                self.violation(f"{transaction.name}: {sku} is not as the model has it: {difference(found, expected)}")

    # ---- what goes out ----

    def check_outbox(self, transaction, events):
        """The rows are what the events imply, each named by the command that it came from."""
        rows = sorted((change.after for change in transaction.of("outbox")), key=lambda row: row["number"])
        expected = grouped(((to, event_sku(event)), (reference.event_members(event), message)) for message, event in events
                           for to in self.routes.get(event[0], ()))
        found = grouped(((row["destination"], row["sku"]), (row_members(row), row["id"])) for row in rows)
        for key in {**expected, **found}:
            self.compare_events(transaction, key, found.get(key, []), expected.get(key, []))
        for row in rows:
            if self.outbox.setdefault((row["destination"], row["id"]), row) is not row:
                self.violation(f"{transaction.name}: the event {row['id']} was raised again")
            last = self.numbers.get((row["destination"], row["sku"]), 0)
            if row["number"] <= last:
                self.violation(f"{transaction.name}: outbox number {row['number']} of {row['sku']} follows {last}")
            self.numbers[row["destination"], row["sku"]] = row["number"]

    def compare_events(self, transaction, key, found, expected):
        if [members for members, _ in found] != [members for members, _ in expected]:
            implied = [(members, message.place()) for members, message in expected]
            self.violation(f"{transaction.name}: the outbox rows of {key} are {found or None}, and the events are "
                           f"{implied or None}")
        else:
            for (_, identity), (_, message) in zip(found, expected):
                if not message.has_caused(identity):
                    self.violation(f"{transaction.name}: {identity} is no id of an event of {message.place()}")

    def check_dead_letters(self, transaction, rejected):
        found = {}
        for change in transaction.of("dead_letters"):
            row = change.after
            if row.get("kind") == KIND_DELIVERY:
                continue  # an event's; whether it was delivered in the end is for deliveries() to say
            if found.setdefault(self.place_of(row), row) is not row:
                self.violation(f"{transaction.name}: two dead letters of one message: {row}")
        for message, rejection in rejected:
            row = found.pop((message.source, message.offset), None)
            if row is None:
                self.violation(f"{transaction.name}: {message.place()} has no dead letter")
            elif row["line"] != message.line or not reason_fits(row["reason"], rejection):
                self.violation(f"{transaction.name}: the dead letter of {message.place()} says {row['line']}: {row['reason']}")
        for row in found.values():
            self.violation(f"{transaction.name}: a dead letter of a good message: {row}")

    def place_of(self, letter):
        """(source, offset) of the message of a dead letter; one without a position is known by its identity."""
        if letter["offset"] != NO_OFFSET:
            return self.source_named(letter["source"]), letter["offset"]
        return next(((source, source.offsets[letter["identity"]]) for source in self.sources
                     if isinstance(source, QueueSource) and letter["identity"] in source.offsets), (None, letter["id"]))

    def deliveries(self, events, destination="events"):
        """events: what a destination got, in order, as ledger.Event."""
        rows = {identity: row for (to, identity), row in self.outbox.items() if to == destination}
        firsts = {}
        for event in events:
            if firsts.setdefault(event.id, event) != event:
                self.violation(f"one id, two events: {firsts[event.id]} and {event}")
        self.deliveries_made += len(events)
        self.repeats += len(events) - len(firsts)
        newest = {}
        for event in firsts.values():
            row = rows.pop(event.id, None)
            if row is None:
                self.violation(f"delivered, and never committed: {event}")
                continue
            if event.members != row_members(row):
                self.violation(f"{event} is not what the outbox had: {row}")
            if row["number"] <= newest.get(row["sku"], 0):
                self.violation(f"out of order for {row['sku']}: {event} after number {newest[row['sku']]}")
            newest[row["sku"]] = row["number"]
        for identity in rows:
            self.violation(f"never delivered: {identity}")

    # ---- the end ----

    def compare_with(self, now):
        """now: table -> its rows. The history leads to the state, and nothing waits any more."""
        for row in now["outbox"]:
            self.violation(f"still in the outbox: {row['destination']} {row['id']}")
        for subject in ("products", "batches", "allocations", "positions"):
            rows = {Change(subject, "", None, row).key(): row for row in now[subject]}
            for key, row in rows.items():
                if self.rows.get(key) != row:
                    self.violation(f"the history does not lead to {key}: {self.rows.get(key)} instead of {row}")
            for key in self.rows.keys() - rows.keys():
                if key[0] == subject:
                    self.violation(f"gone without a trace: {key}")


class Stock:
    """The history's products with all that is in them, each as `modelled` says it."""

    def __init__(self):
        self.skus, self.refs, self.products = {}, {}, {}

    def redo(self, change):
        row = change.after or change.before
        if change.subject == "products":
            self.skus[row["id"]] = row["sku"]
            self.put(row["sku"], ("version",), change.after and row["version"])
        elif change.subject == "batches":
            self.refs[row["id"]] = row["ref"]
            state = row["purchased"], row["allocated"], row["eta"] or "", row["created"]
            self.put(self.skus.get(row["product"]), ("batch", row["ref"]), change.after and state)
        elif change.subject == "allocations":
            state = self.refs.get(row["batch"]), row["seq"]
            self.put(self.skus.get(row["product"]), ("line", row["orderid"], row["qty"]), change.after and state)

    def put(self, sku, key, state):
        product = self.products.setdefault(sku, {})
        if state is None:
            product.pop(key, None)
        else:
            product[key] = state


def modelled(product):
    """All that is in one of the model's products, flat, so that a difference is short."""
    if product is None:
        return None
    state = {("version",): product.version}
    for batch in product.batches:
        state["batch", batch.ref] = batch.purchased, batch.allocated, batch.eta, batch.created
        for (orderid, qty), seq in batch.lines.items():
            state["line", orderid, qty] = batch.ref, seq
    return state


def difference(found, expected):
    if found is None or expected is None:
        return f"{found} instead of {expected}"
    keys = [key for key in {**expected, **found} if found.get(key) != expected.get(key)]
    return f"{len(keys)} differ, as {keys[0]}: {found.get(keys[0])} instead of {expected.get(keys[0])}"


def event_sku(event):
    return dict(reference.event_members(event))["sku"]


def row_members(row):
    return [("type", row["type"]), *map(tuple, json.loads(row["payload"], object_pairs_hook=list))]

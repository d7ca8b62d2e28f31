# SPDX-License-Identifier: Apache-2.0
"""The verdict on a history: a true one is clean, and each planted fault is found and named."""

import json

import pytest
import reference
from ledger import Event
from verdict import KEYS, Change, Transaction, Verdict

COMMANDS = [
    {"type": "CreateBatch", "ref": "b1", "sku": "S", "qty": 10},
    {"type": "CreateBatch", "ref": "b2", "sku": "S", "qty": 10, "eta": "2026-01-01"},
    {"type": "CreateBatch", "ref": "t1", "sku": "T", "qty": 7},
    {"type": "Allocate", "orderid": "o1", "sku": "S", "qty": 4},
    {"type": "Allocate", "orderid": "o2", "sku": "S", "qty": 4},
    {"type": "Allocate", "orderid": "o2", "sku": "T", "qty": 4},
    {"type": "ChangeBatchQuantity", "ref": "b1", "qty": 4},
    {"type": "Allocate", "orderid": "o3", "sku": "S", "qty": 99},
    {"type": "Allocate", "orderid": "o4", "sku": "U", "qty": 1},
    {"type": "Allocate", "orderid": "o5", "sku": "S", "qty": 0},
    {"type": "Deallocate", "orderid": "o1", "sku": "S", "qty": 4},
    {"type": "Allocate", "orderid": "o1", "sku": "S", "qty": 4},
]
TURN = 2


class Pretender:
    """What a gateway that agrees with the model would have committed and delivered."""

    def __init__(self, path):
        self.model = reference.Model()
        self.rows, self.ids, self.outbox = {}, {}, []
        self.transactions, self.offset, self.line = [], 0, 0
        lines = path.read_bytes().splitlines(keepends=True)
        for start in range(0, len(lines), TURN):
            self.turn(path.name, lines[start : start + TURN])

    def turn(self, name, lines):
        transaction = Transaction(f"turn {len(self.transactions) + 1}")
        effects, dead = [], []
        for line in lines:
            events, letters = len(self.model.events), len(self.model.dead_letters)
            self.model.feed([line])
            self.line += 1
            effects += [(self.offset, number, event) for number, event in enumerate(self.model.events[events:], 1)]
            dead += [(self.offset, self.line, letter) for letter in self.model.dead_letters[letters:]]
            self.offset += len(line)
        wanted = self.modelled() | {("positions", f"in:{name}:0"): {"source": f"in:{name}:0", "next": self.offset}}
        self.note(transaction, wanted)
        for offset, number, event in effects:
            members = dict(reference.event_members(event))
            row = {"destination": "events", "number": len(self.outbox) + 1, "id": f"f-{offset}-{number}",
                   "type": members.pop("type"), "sku": members["sku"], "payload": json.dumps(members)}
            self.outbox.append(row)
            transaction.add("outbox", "INSERT", None, row)
        for offset, number, letter in dead:
            reason = letter.rejection.text or letter.rejection.field
            transaction.add("dead_letters", "INSERT", None, {
                "id": number, "source": f"in:{name}:0", "offset": offset, "line": number, "reason": reason})
        self.transactions.append(transaction)

    def identity(self, *name):
        return self.ids.setdefault(name, len(self.ids) + 1)

    def modelled(self):
        rows = []
        for product in self.model.products.values():
            number = self.identity("product", product.sku)
            rows.append(("products", {"id": number, "sku": product.sku, "version": product.version}))
            for b in product.batches:
                rows.append(("batches", {
                    "id": self.identity("batch", b.ref), "product": number, "ref": b.ref, "purchased": b.purchased,
                    "allocated": b.allocated, "eta": b.eta or None, "created": b.created}))
                rows += [("allocations", {"orderid": orderid, "product": number, "qty": qty, "seq": seq,
                                          "batch": self.identity("batch", b.ref)})
                         for (orderid, qty), seq in b.lines.items()]
        return {Change(subject, "", None, row).key(): row for subject, row in rows}

    def note(self, transaction, wanted):
        for subject in KEYS:
            keys = [key for key in {**self.rows, **wanted} if key[0] == subject]
            for key in keys:
                before, after = self.rows.get(key), wanted.get(key)
                if before != after:
                    transaction.add(subject, "CHANGE", before, after)
        self.rows |= wanted
        for key in [key for key in self.rows if key not in wanted and key[0] != "positions"]:
            del self.rows[key]

    def events(self):
        return [Event(row["id"], [("type", row["type"]), *json.loads(row["payload"]).items()]) for row in self.outbox]

    def now(self):
        return {subject: [row for key, row in self.rows.items() if key[0] == subject] for subject in KEYS}


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(command) + "\n" for command in COMMANDS))
    truth = Pretender(path)
    truth.path = path
    return truth


def judge(truth, events=None, now=None):
    verdict = Verdict([truth.path])
    verdict.replay(truth.transactions)
    verdict.compare_with(now or truth.now())
    verdict.deliveries(truth.events() if events is None else events)
    return verdict


def found(truth, words, **what):
    violations = judge(truth, **what).violations
    assert any(words in violation for violation in violations), violations or "nothing was found"


def last(truth, subject):
    return [change for transaction in truth.transactions for change in transaction.of(subject)][-1]


def test_a_true_history_is_clean(truth):
    verdict = judge(truth)
    verdict.assert_clean()
    assert (verdict.transactions, verdict.deliveries_made, verdict.repeats) == (6, 8, 0)
    assert len(truth.model.dead_letters) == 2


def test_a_repeated_delivery_is_counted_and_no_violation(truth):
    verdict = judge(truth, events=truth.events() + truth.events()[-3:])
    verdict.assert_clean()
    assert verdict.repeats == 3


def test_an_oversold_batch_is_found(truth):
    batch = last(truth, "batches").after
    batch["allocated"] = batch["purchased"] + 1
    found(truth, "oversold")


def test_a_line_that_was_committed_twice_is_found(truth):
    for transaction in truth.transactions:
        for change in transaction.of("allocations"):
            transaction.changes.append(change)
            found(truth, "CHANGE of ('allocations'")
            return


def test_a_line_on_another_batch_than_by_the_rules_is_found(truth):
    last(truth, "allocations").after["batch"] = truth.identity("batch", "t1")
    found(truth, "is not as the model has it")


def test_a_whole_turn_that_was_applied_twice_is_found(truth):
    truth.transactions.insert(4, truth.transactions[3])
    found(truth, "had come to")


def test_a_lost_turn_is_found(truth):
    del truth.transactions[2]
    found(truth, "had come to")


def test_the_last_turn_lost_is_found(truth):
    del truth.transactions[-1]
    found(truth, "lost: in.jsonl was taken up to line 10 of 12")


def test_turns_in_the_wrong_order_are_found(truth):
    truth.transactions[2:4] = truth.transactions[3:1:-1]
    found(truth, "is not as the model has it")


def test_a_turn_whose_work_was_not_done_is_found(truth):
    turn = truth.transactions[1]
    turn.changes = turn.of("positions")
    found(truth, "turn 2: S is not as the model has it")


def test_a_version_that_falls_is_found(truth):
    change = last(truth, "products")
    change.after["version"] = change.before["version"] - 1
    found(truth, "a version falls")


@pytest.mark.parametrize("too_much", [-2, 1])
def test_a_version_that_rises_otherwise_than_by_one_for_each_change_is_found(truth, too_much):
    last(truth, "products").after["version"] += too_much
    found(truth, "is not as the model has it: 1 differ, as ('version',)")


def test_a_position_in_the_middle_of_a_line_is_found(truth):
    last(truth, "positions").after["next"] -= 1
    found(truth, "which no line ends at")


def test_an_event_that_was_never_written_down_is_found(truth):
    turn = truth.transactions[1]
    turn.changes.remove(turn.of("outbox")[0])
    found(truth, "the outbox rows of ('events', 'S') are None")


def test_an_event_that_nothing_caused_is_found(truth):
    outbox = last(truth, "outbox").after
    truth.transactions[0].add("outbox", "INSERT", None, outbox | {"number": 0, "id": "f-0-1"})
    found(truth, "and the events are None")


def test_an_event_that_was_raised_twice_is_found(truth):
    last(truth, "outbox").after["id"] = truth.outbox[0]["id"]
    found(truth, "was raised again")


def test_numbers_that_do_not_follow_the_commits_are_found(truth):
    last(truth, "outbox").after["number"] = 1
    found(truth, "outbox number 1 of S follows")


def test_a_dead_letter_that_is_missing_is_found(truth):
    for turn in truth.transactions:
        turn.changes = [change for change in turn.changes if change.subject != "dead_letters"]
    found(truth, "line 9 of in.jsonl has no dead letter")


def test_a_dead_letter_with_another_reason_is_found(truth):
    last(truth, "dead_letters").after["reason"] = "nobody knows"
    found(truth, "the dead letter of line 10 says 10: nobody knows")


def test_a_good_message_among_the_dead_is_found(truth):
    truth.transactions[0].add("dead_letters", "INSERT", None, last(truth, "dead_letters").after | {"offset": 0})
    found(truth, "a dead letter of a good message")


def test_an_event_that_was_never_delivered_is_found(truth):
    found(truth, "never delivered", events=truth.events()[1:])


def test_an_event_that_was_delivered_and_never_committed_is_found(truth):
    found(truth, "never committed", events=[*truth.events(), Event("f-999-1", truth.events()[0].members)])


def test_an_event_that_was_changed_on_its_way_is_found(truth):
    events = truth.events()
    events[0].members = events[1].members
    found(truth, "is not what the outbox had", events=events)


def test_two_events_under_one_id_are_found(truth):
    events = truth.events()
    found(truth, "one id, two events", events=[*events, Event(events[0].id, events[1].members)])


def test_deliveries_of_one_product_in_the_wrong_order_are_found(truth):
    events = truth.events()
    found(truth, "out of order for S", events=[events[1], events[0], *events[2:]])


def test_deliveries_of_two_products_may_change_places(truth):
    events = truth.events()
    assert [dict(event.members)["sku"] for event in events[1:3]] == ["S", "T"]
    judge(truth, events=[events[0], events[2], events[1], *events[3:]]).assert_clean()


def test_what_still_waits_for_delivery_is_found(truth):
    found(truth, "still in the outbox", now=truth.now() | {"outbox": truth.outbox[:1]})


def test_a_change_that_nobody_wrote_down_is_found(truth):
    now = truth.now()
    now["batches"][0] = now["batches"][0] | {"purchased": 1}
    found(truth, "the history does not lead to", now=now)
    now = truth.now()
    now["allocations"].pop()
    found(truth, "gone without a trace", now=now)

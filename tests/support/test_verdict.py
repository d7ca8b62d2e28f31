# SPDX-License-Identifier: Apache-2.0
"""The verdict on a history: a correct history is clean, and each planted fault is found and named."""

import json
import uuid

import pytest
import reference
from commands import lines
from ledger import Event
from sources import PartitionSource, QueueSource, id_digest, marked
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
    """What a gateway that agrees with the model would have committed and delivered: a turn is a list of what it took, each
    the name of a source, an offset, the next one, the line in a file, the payload. A mark is ten times the offset."""

    def __init__(self, turns):
        self.model = reference.Model()
        self.rows, self.ids, self.outbox = {}, {}, []
        self.transactions, self.letters = [], 0
        for turn in turns:
            self.turn(turn)

    def turn(self, messages):
        transaction = Transaction(f"turn {len(self.transactions) + 1}")
        effects, dead, progress = [], [], {}
        for name, offset, behind, line, payload in messages:
            events, letters = len(self.model.events), len(self.model.dead_letters)
            self.model.message(payload)
            effects += [(f"{self.cause(name, offset)}-{number}", event)
                        for number, event in enumerate(self.model.events[events:], 1)]
            dead += [(name, offset, line, letter) for letter in self.model.dead_letters[letters:]]
            progress |= self.progress(name, offset, behind)
        stood = {key: row for key, row in self.rows.items() if key[0] in ("positions", "inbox")}
        self.note(transaction, self.modelled() | stood | progress)
        for identity, event in effects:
            members = dict(reference.event_members(event))
            row = {"destination": "events", "number": len(self.outbox) + 1, "id": identity,
                   "type": members.pop("type"), "sku": members["sku"], "payload": json.dumps(members)}
            self.outbox.append(row)
            transaction.add("outbox", "INSERT", None, row)
        for name, offset, line, letter in dead:
            self.letters += 1
            reason = letter.rejection.text or letter.rejection.field
            transaction.add("dead_letters", "INSERT", None, {
                "id": self.letters, "line": line, "reason": reason} | self.place(name, offset))
        self.transactions.append(transaction)

    def cause(self, name, offset):
        """What the ids of a message's events begin with."""
        return f"{marked(name, 10 * offset)}-{offset}"

    def place(self, name, offset):
        """What a dead letter says of it."""
        return {"source": name, "offset": offset}

    def progress(self, name, offset, behind):
        """The row that says that it was taken."""
        return {("positions", name): {"source": name, "next": behind}}

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
        for key in [key for key in self.rows if key not in wanted]:
            del self.rows[key]

    def events(self):
        return [Event(row["id"], [("type", row["type"]), *json.loads(row["payload"]).items()]) for row in self.outbox]

    def now(self):
        return {subject: [row for key, row in self.rows.items() if key[0] == subject] for subject in KEYS}


def in_turns(messages):
    return [messages[start : start + TURN] for start in range(0, len(messages), TURN)]


@pytest.fixture
def truth(tmp_path):
    """Of a file."""
    path = tmp_path / "in.jsonl"
    path.write_text(lines(*COMMANDS))
    messages, offset = [], 0
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        messages.append((f"in:{path.name}:0", offset, offset + len(line), number, line.rstrip()))
        offset += len(line)
    truth = Pretender(in_turns(messages))
    truth.sources = lambda: [path]
    return truth


def judge(truth, events=None, now=None):
    verdict = Verdict(truth.sources())
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
    found(truth, "which no message ends at")


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
    found(truth, "the dead letter of line 10 of in.jsonl says 10: nobody knows")


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


# ---- partitions of a topic ----

NAMES = ("kafka/cluster/group/orders/0", "kafka/cluster/group/orders/1")


def partitioned():
    """The commands of S are in partition 0 and the others in partition 1: (name, offset, next, line, payload). Each begins
    at an offset of its own, and offset 2 of partition 0 is no message, as behind a transaction."""
    ends, messages = [0, 5], []
    for command in COMMANDS:
        number = 0 if command.get("sku", "S") == "S" else 1
        if (number, ends[number]) == (0, 2):
            ends[0] += 1
        messages.append((NAMES[number], ends[number], ends[number] + 1, 0, json.dumps(command).encode()))
        ends[number] += 1
    return messages


@pytest.fixture
def topic():
    """Of a topic: a truth whose `records` a test may change before it is judged."""
    messages = partitioned()
    truth = Pretender(in_turns(messages))
    truth.records = [[(offset, payload, 10 * offset, None) for name, offset, _, _, payload in messages if name == one] for one in NAMES]
    truth.sources = lambda: [PartitionSource("orders", number, records, first)
                             for number, (records, first) in enumerate(zip(truth.records, (0, 5)))]
    return truth


def position(truth, name, index):
    return [change for turn in truth.transactions for change in turn.of("positions")
            if (change.after or change.before)["source"] == name][index]


def test_a_true_history_of_partitions_is_clean(topic):
    verdict = judge(topic)
    verdict.assert_clean()
    assert (verdict.transactions, verdict.deliveries_made, len(topic.model.dead_letters)) == (6, 8, 2)


def test_a_beginning_that_is_stored_before_the_first_message_is_clean(topic):
    for name, first in zip(NAMES, (0, 5)):
        begin = Transaction(f"begin {name}")
        begin.add("positions", "INSERT", None, {"source": name, "next": first})
        position(topic, name, 0).before = {"source": name, "next": first}
        topic.transactions.insert(0, begin)
    judge(topic).assert_clean()


def test_a_record_that_no_position_has_passed_is_found(topic):
    topic.records[1].append((99, b"{}", 0, None))
    found(topic, "lost: orders/1 was taken up to offset 8 of 100")


def test_a_record_that_was_passed_and_left_out_is_found(topic):
    topic.records[0].insert(1, (0.5, *topic.records[0][3][1:]))
    found(topic, "S is not as the model has it")


def test_a_partition_whose_turn_is_applied_twice_is_found(topic):
    topic.transactions.insert(3, topic.transactions[1])
    found(topic, f"{NAMES[0]} goes on at")


def test_a_position_that_is_ahead_of_the_topic_is_found(topic):
    position(topic, NAMES[1], -1).after["next"] += 1
    found(topic, f"{NAMES[1]} stops at 9, which no message ends at")


def test_a_position_of_no_source_of_ours_is_found(topic):
    position(topic, NAMES[1], 0).after["source"] = "kafka/cluster/group/others/1"
    found(topic, "the position of kafka/cluster/group/others/1 is nobody's")


@pytest.mark.parametrize("name, mark, offset", [(NAMES[1], 20, 3), (NAMES[0], 21, 3), (NAMES[0], 20, 4)])
def test_an_event_whose_id_is_that_of_another_message_is_found(topic, name, mark, offset):
    """In another partition, at the same place earlier, or elsewhere."""
    row = topic.outbox[0]
    row["id"] = f"{marked(name, mark)}-{offset}-1"
    found(topic, f"{row['id']} is no id of an event of offset 3 of orders/0")


def test_two_partitions_under_one_name_are_found(topic):
    for change in (change for turn in topic.transactions for change in turn.of("positions")):
        for row in filter(None, (change.before, change.after)):
            row["source"] = NAMES[0]
    found(topic, f"{NAMES[0]} goes on at")


def test_a_source_that_an_operator_moved_continues_there(topic):
    """From 8 back to 5, where there are other records by now."""
    again = {"type": "CreateBatch", "ref": "t9", "sku": "T", "qty": 9}
    moved = Transaction("an operator")
    moved.add("positions", "UPDATE", *({"source": NAMES[1], "next": offset} for offset in (8, 5)))
    topic.rows["positions", NAMES[1]] = {"source": NAMES[1], "next": 5}
    topic.transactions.append(moved)
    topic.turn([(NAMES[1], 5, 6, 0, json.dumps(again).encode())])
    sources = topic.sources()
    found(topic, f"{NAMES[1]} stops at 5")
    sources[1].expect_move(8, 5, [(5, json.dumps(again).encode(), 50, None)])
    topic.sources = lambda: sources
    judge(topic).assert_clean()


def test_a_move_that_was_not_done_is_found(topic):
    sources = topic.sources()
    sources[1].expect_move(8, 5, [])
    topic.sources = lambda: sources
    found(topic, "lost: the move of orders/1 to 5 was never seen")


def test_a_repeat_under_one_id_counts_once(topic):
    """Two of the same are in the topic; what the gateway did is right with ids, and wrong without."""
    offset, payload, *_ = topic.records[1][-1]
    topic.records[1].append((offset + 1, payload, 0, None))
    position(topic, NAMES[1], -1).after["next"] += 1
    found(topic, "has no dead letter")
    topic.records = [[(*record[:3], f"{number}-{record[0]}") for record in records]
                     for number, records in enumerate(topic.records)]
    topic.records[1][-1] = (offset + 1, payload, 0, f"1-{offset}")
    verdict = judge(topic)
    verdict.assert_clean()
    assert verdict.model.outcomes["duplicate"] == 1


# ---- a queue ----


class QueuePretender(Pretender):
    """Its messages have ids instead of positions."""

    def cause(self, name, offset):
        return id_digest("orders", name, f"m{offset}")

    def place(self, name, offset):
        return {"source": name, "offset": -1, "identity": self.cause(name, offset)}

    def progress(self, name, offset, _):
        identity = str(uuid.UUID(self.cause(name, offset)))
        return {("inbox", identity): {"id": identity}}


def of_queue(order):
    """The commands are put into a queue as they are, and taken in this order."""
    payloads = [json.dumps(command).encode() for command in COMMANDS]
    truth = QueuePretender(in_turns([("q", offset, offset + 1, 0, payloads[offset]) for offset in order]))
    truth.sources = lambda: [QueueSource("orders", "q", [(f"m{offset}", payload, True)
                                                         for offset, payload in enumerate(payloads)])]
    return truth


def in_order(**moved):
    """The offsets of the commands, where some have other places: of_2=0 takes the place of 2 to 0."""
    order = list(range(len(COMMANDS)))
    for offset, place in moved.items():
        order.insert(place, order.pop(order.index(int(offset.removeprefix("of_")))))
    return order


def test_a_true_history_of_a_queue_is_clean():
    verdict = judge(of_queue(in_order()))
    verdict.assert_clean()
    assert (verdict.transactions, len(verdict.model.dead_letters)) == (6, 2)


def test_commands_of_two_products_may_change_places_in_a_queue():
    judge(of_queue(in_order(of_2=0))).assert_clean()


@pytest.mark.parametrize("moved", [{"of_3": 5}, {"of_6": 2}, {"of_11": 8}])
def test_commands_of_one_product_that_a_queue_gave_in_another_order_are_found(moved):
    found(of_queue(in_order(**moved)), "is applied behind offset")


def test_a_message_of_a_queue_that_was_never_taken_is_found():
    found(of_queue(in_order()[:-1]), "lost: 1 messages of q")

# SPDX-License-Identifier: Apache-2.0
"""The reference model against the domain's rules and examples."""

import json

import pytest
import reference
from commands import allocate, batch, change, deallocate
from reference import Model, event_members


def after(*commands):
    return Model().feed(json.dumps(command).encode() + b"\n" for command in commands)


def available(model, ref):
    _, purchased, allocated, _ = model.batch_states()[ref]
    return purchased - allocated


def reasons(model):
    return [letter.rejection.text for letter in model.dead_letters]


TODAY, TOMORROW, LATER = "2026-01-01", "2026-01-02", "2026-02-01"


# ---- the examples ---------------------------------------------------------------------------------------------------


def test_allocating_two_of_twenty_leaves_eighteen():
    assert available(after(batch("b", "SMALL-TABLE", 20), allocate("o", "SMALL-TABLE", 2)), "b") == 18


def test_two_do_not_fit_in_one_and_are_out_of_stock():
    model = after(batch("b", "BLUE-CUSHION", 1), allocate("o", "BLUE-CUSHION", 2))
    assert model.events == [("OutOfStock", "BLUE-CUSHION", "o", 2)]
    assert model.notices == ["Out of stock for BLUE-CUSHION"]
    assert available(model, "b") == 1
    assert model.outcomes["applied"] == 2


def test_the_same_line_twice_is_allocated_once():
    model = after(batch("b", "BLUE-VASE", 10), allocate("o", "BLUE-VASE", 2), allocate("o", "BLUE-VASE", 2))
    assert available(model, "b") == 8
    assert model.events == [("Allocated", "o", "BLUE-VASE", 2, "b")]
    assert model.outcomes["skipped"] == 1


def test_warehouse_stock_is_used_before_shipments():
    model = after(batch("ship", "S", 100, TOMORROW), batch("here", "S", 100), allocate("o", "S", 10))
    assert (available(model, "here"), available(model, "ship")) == (90, 100)


def test_earlier_shipments_are_used_before_later_ones():
    model = after(
        batch("later", "S", 100, LATER),
        batch("today", "S", 100, TODAY),
        batch("tomorrow", "S", 100, TOMORROW),
        allocate("o", "S", 10),
    )
    assert [available(model, ref) for ref in ("today", "tomorrow", "later")] == [90, 100, 100]


def test_a_batch_that_shrinks_moves_one_order():
    model = after(
        batch("batch1", "S", 50),
        batch("batch2", "S", 50, TODAY),
        allocate("order1", "S", 20),
        allocate("order2", "S", 20),
        change("batch1", 25),
    )
    assert (available(model, "batch1"), available(model, "batch2")) == (5, 30)
    assert model.events[2:] == [
        ("Deallocated", "order2", "S", 20, "batch1"),
        ("Allocated", "order2", "S", 20, "batch2"),
    ]


def test_superman_is_rejected_as_syntax_then_as_semantics():
    model = after(allocate("superman", "zygote", -1), allocate("superman", "zygote", 1))
    syntax, semantics = (letter.rejection for letter in model.dead_letters)
    assert (syntax.kind, syntax.field) == ("field", "qty")
    assert (semantics.kind, semantics.text) == ("semantics", "Invalid sku zygote")


def test_a_second_run_keeps_what_the_first_one_did():
    model = after(batch("b", "S", 10), allocate("o1", "S", 3))
    model.feed([json.dumps(allocate("o2", "S", 4)).encode()])
    assert model.lines_by_batch() == {"b": [("o1", 3), ("o2", 4)]}


# ---- rules 1 to 5 ---------------------------------------------------------------------------------------------------


def test_equal_is_enough():
    assert available(after(batch("b", "S", 2), allocate("o", "S", 2)), "b") == 0


def test_a_line_is_never_split():
    model = after(batch("a", "S", 2), batch("b", "S", 2), allocate("o", "S", 3))
    assert [event[0] for event in model.events] == ["OutOfStock"]


def test_a_batch_without_room_is_skipped():
    model = after(batch("a", "S", 2), batch("b", "S", 5, LATER), allocate("o", "S", 3))
    assert model.lines_by_batch() == {"b": [("o", 3)]}


def test_among_equals_the_first_created_goes_first():
    model = after(batch("z", "S", 5, TODAY), batch("a", "S", 5, TODAY), allocate("o", "S", 1))
    assert model.lines_by_batch() == {"z": [("o", 1)]}


def test_lines_that_differ_in_quantity_are_two_lines():
    model = after(batch("b", "S", 9), allocate("o", "S", 2), allocate("o", "S", 3))
    assert model.lines_by_batch() == {"b": [("o", 2), ("o", 3)]}


def test_a_line_that_was_out_of_stock_may_be_allocated_again():
    model = after(batch("a", "S", 1), allocate("o", "S", 2), batch("b", "S", 2), allocate("o", "S", 2))
    assert [event[0] for event in model.events] == ["OutOfStock", "Allocated"]


def test_deallocating_gives_the_quantity_back():
    model = after(batch("b", "S", 5), allocate("o", "S", 5), deallocate("o", "S", 5), allocate("p", "S", 4))
    assert [event[0] for event in model.events] == ["Allocated", "Deallocated", "Allocated"]
    assert model.lines_by_batch() == {"b": [("p", 4)]}


def test_deallocating_a_line_that_is_not_held_changes_nothing():
    model = after(batch("b", "S", 5), deallocate("o", "S", 5))
    assert model.outcomes["skipped"] == 1 and model.events == []


# ---- rule 6 ---------------------------------------------------------------------------------------------------------


def test_a_shrinking_batch_deallocates_its_newest_lines_first():
    model = after(
        batch("b", "S", 30),
        *(allocate(f"o{number}", "S", 10) for number in (1, 2, 3)),
        change("b", 10),
    )
    assert model.events[3:] == [
        ("Deallocated", "o3", "S", 10, "b"),
        ("Deallocated", "o2", "S", 10, "b"),
        ("OutOfStock", "S", "o3", 10),
        ("OutOfStock", "S", "o2", 10),
    ]


def test_a_line_that_came_back_counts_from_its_return():
    model = after(
        batch("b", "S", 20),
        allocate("o1", "S", 10),
        allocate("o2", "S", 10),
        deallocate("o1", "S", 10),
        allocate("o1", "S", 10),
        change("b", 10),
    )
    assert model.lines_by_batch() == {"b": [("o2", 10)]}


def test_a_line_may_go_back_to_the_batch_that_it_came_from():
    model = after(batch("b", "S", 10), allocate("big", "S", 7), allocate("o", "S", 3), change("b", 9))
    assert model.lines_by_batch() == {"b": [("big", 7)]}
    model = after(batch("b", "S", 10), allocate("o", "S", 3), allocate("big", "S", 7), change("b", 3))
    assert model.lines_by_batch() == {"b": [("o", 3)]}
    model = after(
        batch("b", "S", 10), allocate("small", "S", 1), allocate("big", "S", 7), allocate("last", "S", 2),
        change("b", 3),
    )
    assert model.events[3:] == [
        ("Deallocated", "last", "S", 2, "b"),
        ("Deallocated", "big", "S", 7, "b"),
        ("Allocated", "last", "S", 2, "b"),
        ("OutOfStock", "S", "big", 7),
    ]


def test_a_batch_may_be_changed_to_nothing_and_grow_again():
    model = after(
        batch("b", "S", 5), allocate("o", "S", 5), change("b", 0), change("b", 9), allocate("p", "S", 9)
    )
    assert model.lines_by_batch() == {"b": [("p", 9)]}


def test_the_same_quantity_again_is_skipped():
    assert after(batch("b", "S", 5), change("b", 5)).outcomes["skipped"] == 1


def test_batchref_is_accepted_for_ref():
    model = after(batch("b", "S", 5), {"type": "ChangeBatchQuantity", "batchref": "b", "qty": 7})
    assert model.batch_states()["b"] == ("S", 7, 0, "")


# ---- rules 7 to 9 ---------------------------------------------------------------------------------------------------


def test_the_same_batch_again_is_skipped_with_a_warning_when_it_differs():
    model = after(batch("b", "S", 5), batch("b", "S", 5), batch("b", "S", 6), batch("b", "S", 5, TODAY))
    assert model.outcomes["skipped"] == 3 and model.warnings == ["b", "b"]
    assert model.batch_states() == {"b": ("S", 5, 0, "")}


def test_a_reference_belongs_to_one_sku():
    model = after(batch("b", "S", 5), batch("b", "T", 5), allocate("o", "T", 1))
    assert reasons(model) == ["Batch b already exists for sku S", "Invalid sku T"]


def test_creating_a_batch_never_allocates_waiting_lines():
    model = after(batch("a", "S", 0), allocate("o", "S", 1), batch("b", "S", 5))
    assert model.lines_by_batch() == {}


def test_the_version_rises_by_one_for_each_change_and_for_nothing_else():
    def version(*commands):
        return after(*commands).versions()["S"]

    bought = [batch("a", "S", 9), batch("b", "S", 2)]
    assert version(*bought) == 2
    assert version(*bought, batch("a", "S", 9)) == 2
    lines = [allocate("o1", "S", 3), allocate("o2", "S", 2), allocate("o3", "S", 2)]
    assert version(*bought, *lines) == 5
    assert version(*bought, *lines, *lines) == 5
    assert version(*bought, allocate("o", "S", 10)) == 2
    assert version(*bought, *lines, deallocate("o1", "S", 3)) == 6
    assert version(*bought, deallocate("o1", "S", 3)) == 2
    # o3 finds room in b, o2 does not.
    assert version(*bought, *lines, change("a", 3)) == 7


def test_unknown_skus_and_batches_are_rejected():
    model = after(allocate("o", "S", 1), deallocate("o", "S", 1), change("b", 1))
    assert reasons(model) == ["Invalid sku S", "Invalid sku S", "Unknown batch b"]
    assert model.outcomes == {"received": 3, "dead": 3}


def test_identifiers_are_compared_byte_by_byte():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    model = after(batch("b", composed, 1), allocate("o", decomposed, 1), allocate("o", composed.upper(), 1))
    assert len(model.dead_letters) == 2


def test_nothing_is_oversold_and_the_model_keeps_its_own_books(superstore_commands):
    model = reference.run(superstore_commands(changes=30, repeats=5))
    for product in model.products.values():
        for batch in product.batches:
            assert 0 <= batch.allocated <= batch.purchased
            assert batch.allocated == sum(qty for _, qty in batch.lines)
            assert list(batch.lines.values()) == sorted(batch.lines.values())
            assert all(product.held[line] is batch for line in batch.lines)
        assert product.open == sorted(batch for batch in product.batches if batch.available() > 0)
        assert len(product.held) == sum(len(batch.lines) for batch in product.batches)


# ---- what comes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            ("Allocated", "o", "S", 2, "b"),
            '{"type": "Allocated", "orderid": "o", "sku": "S", "qty": 2, "batchref": "b"}',
        ),
        (("OutOfStock", "S", "o", 2), '{"type": "OutOfStock", "sku": "S", "orderid": "o", "qty": 2}'),
    ],
)
def test_an_event_has_its_fields_in_the_order_of_the_table(event, text):
    assert json.dumps(dict(event_members(event))) == text


def test_availability_is_in_the_order_in_which_batches_are_taken():
    model = after(batch("c", "S", 3, LATER), batch("b", "S", 3, TODAY), batch("a", "S", 3), allocate("o", "S", 1))
    assert model.availability("S") == [("a", "", 2), ("b", TODAY, 3), ("c", LATER, 3)]


def test_a_dead_letter_names_its_line():
    model = Model().feed([b'{"type":"CreateBatch","ref":"b","sku":"S","qty":1}\n', b"\n", b"nonsense\n"])
    assert [(letter.line, letter.payload) for letter in model.dead_letters] == [(3, b"nonsense")]
    assert model.outcomes["received"] == 2

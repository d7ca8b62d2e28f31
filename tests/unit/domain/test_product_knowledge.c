/* SPDX-License-Identifier: Apache-2.0 */
/* A product that was loaded in part: it answers what it knows, and reports what it needs for the rest. */
#include "product_fixture.h"

#include <signal.h>

/* A product at version 100 with b1 (in the warehouse, full) and b2, b3 on ships with 5 and 20 left. */
static void set_up_loaded(void)
{
    set_up();
    product_was_loaded(100);
    gw_product_load_batch(product, id("b1"), 50, 50, GW_ETA_NONE, 1);
    gw_product_load_batch(product, id("b2"), 50, 45, TODAY, 2);
    gw_product_load_batch(product, id("b3"), 50, 30, TOMORROW, 3);
}

static void line_is_free(const char *orderid, int64_t qty)
{
    ck_assert(gw_product_load_line(product, id(orderid), qty, NULL, 0));
}

static void line_is_held(const char *orderid, int64_t qty, const char *ref, int64_t seq)
{
    ck_assert(gw_product_load_line(product, id(orderid), qty, batch(ref), seq));
}

/* ---- lines --------------------------------------------------------------------------------------------------------
 */

START_TEST(a_line_that_was_not_loaded_is_neither_allocated_nor_deallocated)
{
    gw_product_load_room(product, 1, NULL);
    ck_assert_int_eq(allocate("o1", 3), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINE, 3);
    ck_assert(gw_identifier_equal(gw_product_missing(product).orderid, id("o1")));
    ck_assert_int_eq(deallocate("o2", 4), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINE, 4);
    ck_assert(gw_identifier_equal(gw_product_missing(product).orderid, id("o2")));
    assert_events("");
}
END_TEST

static void line_is_presumed_free(const char *orderid, int64_t qty)
{
    ck_assert(gw_product_presume_line(product, id(orderid), qty));
}

START_TEST(a_line_that_is_presumed_free_can_be_allocated_and_is_held_then)
{
    gw_product_load_room(product, 1, NULL);
    line_is_presumed_free("o1", 3);
    assert_applied(allocate("o1", 3));
    assert_events("Allocated o1 3 b2");
    ck_assert_int_eq(allocate("o1", 3), GW_RESULT_SKIPPED);
}
END_TEST

START_TEST(a_decision_that_rests_on_a_presumption_alone_is_not_made)
{
    gw_product_load_room(product, 1, NULL);
    line_is_presumed_free("o1", 21);
    ck_assert_int_eq(allocate("o1", 21), GW_RESULT_NOT_LOADED); /* out of stock */
    assert_missing(GW_MISSING_LINE, 21);
    ck_assert_int_eq(deallocate("o1", 21), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINE, 21);
    assert_events("");
}
END_TEST

START_TEST(a_line_that_was_allocated_on_a_presumption_does_not_leave_its_batch)
{
    gw_product_load_room(product, 1, NULL);
    line_is_presumed_free("o1", 3);
    assert_applied(allocate("o1", 3));
    ck_assert_int_eq(deallocate("o1", 3), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINE, 3);
    ck_assert_int_eq(change("b2", 46), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINE, 3);
}
END_TEST

START_TEST(a_loaded_line_replaces_a_presumption)
{
    gw_product_load_room(product, 1, NULL);
    line_is_presumed_free("o1", 21);
    line_is_free("o1", 21);
    assert_applied(allocate("o1", 21));
    assert_events("OutOfStock o1 21");
    line_is_held("o2", 3, "b2", 40);
    line_is_presumed_free("o2", 3);
    ck_assert_int_eq(allocate("o2", 3), GW_RESULT_SKIPPED);
    assert_applied(deallocate("o2", 3));
}
END_TEST

START_TEST(a_line_that_is_known_for_one_quantity_is_unknown_for_another)
{
    gw_product_load_room(product, 1, NULL);
    line_is_free("o1", 3);
    assert_applied(allocate("o1", 3));
    ck_assert_int_eq(allocate("o1", 4), GW_RESULT_NOT_LOADED);
}
END_TEST

START_TEST(a_line_that_was_loaded_as_held_is_skipped_whatever_else_is_known)
{
    const struct gw_held_line *line;

    line_is_held("o1", 3, "b2", 40);
    ck_assert_int_eq(gw_product_allocate(product, id("o1"), 3, &events, &line), GW_RESULT_SKIPPED);
    ck_assert_ptr_eq(line->batch, batch("b2"));
    ck_assert_int_eq(line->seq, 40);
}
END_TEST

START_TEST(a_line_that_was_loaded_as_held_can_be_deallocated)
{
    line_is_held("o1", 3, "b1", 40);
    assert_applied(deallocate("o1", 3));
    assert_events("Deallocated o1 3 b1");
    ck_assert_int_eq(available("b1"), 3);
    assert_version(101);
}
END_TEST

/* ---- room ---------------------------------------------------------------------------------------------------------
 */

START_TEST(without_knowledge_of_room_no_batch_is_chosen)
{
    line_is_free("o1", 5);
    ck_assert_int_eq(allocate("o1", 5), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_ROOM, 5);
}
END_TEST

START_TEST(a_list_of_all_batches_with_room_for_less_answers_for_more)
{
    line_is_free("o1", 20);
    line_is_free("o2", 21);
    gw_product_load_room(product, 5, NULL);
    assert_applied(allocate("o1", 20));
    assert_applied(allocate("o2", 21));
    assert_events("Allocated o1 20 b3; OutOfStock o2 21");
}
END_TEST

START_TEST(a_list_of_all_batches_with_room_for_more_does_not_answer_for_less)
{
    line_is_free("o1", 4);
    gw_product_load_room(product, 5, NULL);
    ck_assert_int_eq(allocate("o1", 4), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_ROOM, 4);
}
END_TEST

START_TEST(a_truncated_list_can_prove_room_but_never_its_absence)
{
    line_is_free("o1", 5);
    line_is_free("o2", 20);
    line_is_free("o3", 21);
    gw_product_load_room(product, 1, batch("b3"));
    assert_applied(allocate("o1", 5));
    assert_applied(allocate("o2", 20));
    assert_events("Allocated o1 5 b2; Allocated o2 20 b3");
    ck_assert_int_eq(allocate("o3", 21), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_ROOM, 21);
    assert_events("");
}
END_TEST

START_TEST(a_batch_behind_the_end_of_a_cut_list_is_not_chosen)
{
    line_is_free("o1", 20);
    gw_product_load_room(product, 1, batch("b2"));
    ck_assert_int_eq(allocate("o1", 20), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_ROOM, 20);
}
END_TEST

START_TEST(a_batch_that_was_loaded_by_name_is_not_chosen_over_one_that_may_be_better)
{
    product_was_loaded(100);
    gw_product_load_batch(product, id("named"), 50, 0, LATER, 9);
    line_is_free("o1", 5);
    ck_assert_int_eq(allocate("o1", 5), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_ROOM, 5);
}
END_TEST

START_TEST(the_list_that_reaches_furthest_decides)
{
    line_is_free("o1", 20);
    line_is_free("o2", 30);
    gw_product_load_room(product, 1, batch("b2"));
    gw_product_load_room(product, 20, batch("b3"));
    gw_product_load_room(product, 25, NULL);
    assert_applied(allocate("o1", 20));
    assert_applied(allocate("o2", 30));
    assert_events("Allocated o1 20 b3; OutOfStock o2 30");
}
END_TEST

START_TEST(a_new_batch_in_the_warehouse_is_chosen_only_when_no_older_one_can_be_hidden)
{
    line_is_free("o1", 30);
    line_is_free("o2", 30);
    gw_product_load_absent_batch(product, id("new"));
    create("new", 60, GW_ETA_NONE);
    gw_product_load_room(product, 40, NULL);
    ck_assert_int_eq(allocate("o1", 30), GW_RESULT_NOT_LOADED);
    gw_product_load_room(product, 30, batch("b2"));
    assert_applied(allocate("o1", 30));
    assert_events("Allocated o1 30 new");
    ck_assert_int_eq(available("new"), 30);
}
END_TEST

START_TEST(room_that_a_deallocation_gave_back_is_used)
{
    line_is_held("o1", 30, "b1", 40);
    line_is_free("o2", 30);
    gw_product_load_room(product, 30, batch("b1"));
    assert_applied(deallocate("o1", 30));
    assert_applied(allocate("o2", 30));
    assert_events("Deallocated o1 30 b1; Allocated o2 30 b1");
}
END_TEST

/* ---- batches by reference ------------------------------------------------------------------------------------------
 */

START_TEST(a_reference_of_which_nothing_is_known_is_neither_created_nor_changed)
{
    ck_assert_int_eq(create("b9", 7, TODAY), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_BATCH, 7);
    ck_assert(gw_identifier_equal(gw_product_missing(product).ref, id("b9")));
    ck_assert_int_eq(change("b8", 6), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_BATCH, 6);
    ck_assert(gw_identifier_equal(gw_product_missing(product).ref, id("b8")));
    assert_version(100);
}
END_TEST

START_TEST(a_reference_that_is_known_to_be_free_is_unknown_until_it_is_created)
{
    gw_product_load_absent_batch(product, id("b9"));
    ck_assert_int_eq(change("b9", 6), GW_RESULT_UNKNOWN_BATCH);
    ck_assert_ptr_null(gw_product_batch(product, id("b9")));
    assert_applied(create("b9", 7, TODAY));
    ck_assert_int_eq(batch("b9")->created, 101);
    assert_skipped(create("b9", 7, TODAY));
    assert_applied(change("b9", 6));
    ck_assert_int_eq(available("b9"), 6);
}
END_TEST

START_TEST(a_product_that_did_not_exist_knows_that_it_has_nothing)
{
    product_was_loaded(0);
    ck_assert_int_eq(change("b1", 6), GW_RESULT_UNKNOWN_BATCH);
    assert_skipped(deallocate("o1", 1));
    assert_applied(allocate("o1", 1));
    assert_applied(create("b1", 6, TODAY));
    assert_applied(allocate("o1", 1));
    assert_events("OutOfStock o1 1; Allocated o1 1 b1");
}
END_TEST

/* ---- the lines of a batch that shrinks ------------------------------------------------------------------------------
 */

START_TEST(a_batch_that_shrinks_below_lines_that_are_not_here_asks_for_them)
{
    ck_assert_int_eq(change("b3", 29), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINES, 29);
    ck_assert(gw_identifier_equal(gw_product_missing(product).ref, id("b3")));
}
END_TEST

START_TEST(a_batch_that_shrinks_and_stays_large_enough_needs_no_lines)
{
    assert_applied(change("b3", 30));
    ck_assert_int_eq(available("b3"), 0);
}
END_TEST

START_TEST(a_line_loaded_by_name_does_not_count_as_the_newest)
{
    line_is_held("o1", 10, "b3", 40);
    ck_assert_int_eq(change("b3", 20), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINES, 20);
    assert_events("");
}
END_TEST

START_TEST(the_newest_lines_leave_in_order_however_they_were_loaded)
{
    line_is_held("old", 3, "b3", 10);
    line_is_held("o2", 5, "b3", 42);
    line_is_held("o4", 5, "b3", 44);
    line_is_held("o1", 5, "b3", 41);
    line_is_held("o3", 5, "b3", 43);
    gw_product_load_newest(product, batch("b3"), 41);
    assert_applied(change("b3", 12));
    assert_events("Deallocated o4 5 b3; Deallocated o3 5 b3; Deallocated o2 5 b3; Deallocated o1 5 b3; "
                  "AllocationRequired o4 5; AllocationRequired o3 5; AllocationRequired o2 5; AllocationRequired o1 5");
    ck_assert_int_eq(available("b3"), 2);
}
END_TEST

START_TEST(older_lines_are_requested_if_the_newest_are_not_enough)
{
    line_is_held("old", 3, "b3", 10);
    line_is_held("o1", 5, "b3", 41);
    gw_product_load_newest(product, batch("b3"), 41);
    ck_assert_int_eq(change("b3", 24), GW_RESULT_NOT_LOADED);
    assert_missing(GW_MISSING_LINES, 24);
}
END_TEST

START_TEST(a_shorter_list_of_newest_lines_removes_no_knowledge)
{
    line_is_held("o1", 5, "b3", 41);
    gw_product_load_newest(product, batch("b3"), 41);
    gw_product_load_newest(product, batch("b3"), 90);
    assert_applied(change("b3", 25));
    assert_events("Deallocated o1 5 b3; AllocationRequired o1 5");
}
END_TEST

START_TEST(lines_allocated_in_this_turn_leave_before_those_that_are_not_here)
{
    line_is_free("o1", 20);
    gw_product_load_room(product, 20, NULL);
    assert_applied(allocate("o1", 20));
    assert_applied(change("b3", 30));
    assert_events("Allocated o1 20 b3; Deallocated o1 20 b3; AllocationRequired o1 20");
    ck_assert_int_eq(available("b3"), 0);
}
END_TEST

START_TEST(the_lines_of_a_batch_created_in_this_turn_are_all_here)
{
    line_is_free("o1", 30);
    gw_product_load_absent_batch(product, id("new"));
    gw_product_load_room(product, 1, NULL);
    create("new", 60, GW_ETA_NONE);
    allocate("o1", 30);
    assert_applied(change("new", 0));
    assert_events("Allocated o1 30 new; Deallocated o1 30 new; AllocationRequired o1 30");
}
END_TEST

START_TEST(a_loaded_line_that_left_and_came_back_leaves_first)
{
    line_is_held("o1", 5, "b1", 41);
    line_is_held("o2", 5, "b1", 42);
    gw_product_load_newest(product, batch("b1"), 41);
    gw_product_load_room(product, 1, batch("b1"));
    deallocate("o1", 5);
    allocate("o1", 5);
    event_text[0] = '\0';
    assert_applied(change("b1", 45));
    assert_events("Deallocated o1 5 b1; AllocationRequired o1 5");
    assert_applied(change("b1", 40));
    assert_events("Deallocated o2 5 b1; AllocationRequired o2 5");
}
END_TEST

static void assert_flaw(enum gw_flaw_kind kind, const char *ref, int64_t allocated, int64_t held)
{
    struct gw_flaw flaw = gw_product_flaw(product);

    ck_assert_int_eq(flaw.kind, kind);
    ck_assert(gw_identifier_equal(flaw.ref, id(ref)));
    ck_assert_int_eq(flaw.allocated, allocated);
    ck_assert_int_eq(flaw.held, held);
}

START_TEST(lines_that_hold_less_than_is_allocated_are_a_flaw_and_change_nothing)
{
    int64_t version = gw_product_version(product);

    line_is_held("o1", 5, "b3", 41);
    line_is_held("o2", 4, "b3", 42);
    gw_product_load_newest(product, batch("b3"), 0);
    ck_assert_int_eq(change("b3", 0), GW_RESULT_UNSOUND);
    assert_flaw(GW_FLAW_LINES, "b3", 30, 9);
    assert_events("");
    ck_assert_int_eq(gw_product_version(product), version);
    ck_assert_int_eq(batch("b3")->purchased, 50);
    ck_assert_int_eq(batch("b3")->allocated, 30);
    assert_applied(change("b3", 25)); /* the sum of the loaded lines */
    assert_events("Deallocated o2 4 b3; Deallocated o1 5 b3; AllocationRequired o2 4; AllocationRequired o1 5");
}
END_TEST

START_TEST(a_line_that_holds_more_than_is_allocated_is_a_flaw_and_changes_nothing)
{
    line_is_held("o1", 31, "b3", 41);
    gw_product_load_newest(product, batch("b3"), 41);
    ck_assert_int_eq(deallocate("o1", 31), GW_RESULT_UNSOUND);
    assert_flaw(GW_FLAW_LINES, "b3", 30, 31);
    ck_assert_int_eq(change("b3", 29), GW_RESULT_UNSOUND);
    assert_flaw(GW_FLAW_LINES, "b3", 30, 31);
    assert_events("");
    ck_assert_int_eq(batch("b3")->allocated, 30);
}
END_TEST

START_TEST(a_product_with_a_batch_that_was_sold_twice_refuses_every_operation)
{
    gw_product_load_batch(product, id("b9"), 5, 6, GW_ETA_NONE, 9);
    assert_flaw(GW_FLAW_QUANTITIES, "b9", 6, 0);
    ck_assert_int_eq(create("b10", 5, GW_ETA_NONE), GW_RESULT_UNSOUND);
    ck_assert_int_eq(allocate("o1", 1), GW_RESULT_UNSOUND);
    ck_assert_int_eq(deallocate("o1", 1), GW_RESULT_UNSOUND);
    ck_assert_int_eq(change("b3", 0), GW_RESULT_UNSOUND);
    assert_events("");
}
END_TEST

START_TEST(a_line_that_holds_nothing_is_a_flaw_and_changes_nothing)
{
    line_is_held("o1", 0, "b3", 41);
    gw_product_load_newest(product, batch("b3"), 41);
    ck_assert_int_eq(change("b3", 29), GW_RESULT_UNSOUND);
    assert_flaw(GW_FLAW_LINES, "b3", 30, 0);
    assert_events("");
    ck_assert_int_eq(batch("b3")->allocated, 30);
}
END_TEST

START_TEST(a_batch_with_less_than_nothing_allocated_or_too_much_purchased_is_a_flaw)
{
    static const int64_t flaws[][2] = {{5, -1}, {(int64_t)GW_QTY_MAX + 1, 6}};

    for (size_t i = 0; i < 2; i++) {
        product_was_loaded(7);
        ck_assert_ptr_nonnull(gw_product_load_batch(product, id("b9"), flaws[i][0], flaws[i][1], GW_ETA_NONE, 9));
        assert_flaw(GW_FLAW_QUANTITIES, "b9", flaws[i][1], 0);
        ck_assert_int_eq(gw_product_flaw(product).purchased, flaws[i][0]);
        ck_assert_int_eq(allocate("o1", 1), GW_RESULT_UNSOUND);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/product_knowledge");
    TCase *tcase = tcase_create("product_knowledge");

    tcase_add_checked_fixture(tcase, set_up_loaded, tear_down);
    tcase_add_test(tcase, a_line_that_was_not_loaded_is_neither_allocated_nor_deallocated);
    tcase_add_test(tcase, a_line_that_is_presumed_free_can_be_allocated_and_is_held_then);
    tcase_add_test(tcase, a_decision_that_rests_on_a_presumption_alone_is_not_made);
    tcase_add_test(tcase, a_line_that_was_allocated_on_a_presumption_does_not_leave_its_batch);
    tcase_add_test(tcase, a_loaded_line_replaces_a_presumption);
    tcase_add_test(tcase, a_line_that_is_known_for_one_quantity_is_unknown_for_another);
    tcase_add_test(tcase, a_line_that_was_loaded_as_held_is_skipped_whatever_else_is_known);
    tcase_add_test(tcase, a_line_that_was_loaded_as_held_can_be_deallocated);
    tcase_add_test(tcase, without_knowledge_of_room_no_batch_is_chosen);
    tcase_add_test(tcase, a_list_of_all_batches_with_room_for_less_answers_for_more);
    tcase_add_test(tcase, a_list_of_all_batches_with_room_for_more_does_not_answer_for_less);
    tcase_add_test(tcase, a_truncated_list_can_prove_room_but_never_its_absence);
    tcase_add_test(tcase, a_batch_behind_the_end_of_a_cut_list_is_not_chosen);
    tcase_add_test(tcase, a_batch_that_was_loaded_by_name_is_not_chosen_over_one_that_may_be_better);
    tcase_add_test(tcase, the_list_that_reaches_furthest_decides);
    tcase_add_test(tcase, a_new_batch_in_the_warehouse_is_chosen_only_when_no_older_one_can_be_hidden);
    tcase_add_test(tcase, room_that_a_deallocation_gave_back_is_used);
    tcase_add_test(tcase, a_reference_of_which_nothing_is_known_is_neither_created_nor_changed);
    tcase_add_test(tcase, a_reference_that_is_known_to_be_free_is_unknown_until_it_is_created);
    tcase_add_test(tcase, a_product_that_did_not_exist_knows_that_it_has_nothing);
    tcase_add_test(tcase, a_batch_that_shrinks_below_lines_that_are_not_here_asks_for_them);
    tcase_add_test(tcase, a_batch_that_shrinks_and_stays_large_enough_needs_no_lines);
    tcase_add_test(tcase, a_line_loaded_by_name_does_not_count_as_the_newest);
    tcase_add_test(tcase, the_newest_lines_leave_in_order_however_they_were_loaded);
    tcase_add_test(tcase, older_lines_are_requested_if_the_newest_are_not_enough);
    tcase_add_test(tcase, a_shorter_list_of_newest_lines_removes_no_knowledge);
    tcase_add_test(tcase, lines_allocated_in_this_turn_leave_before_those_that_are_not_here);
    tcase_add_test(tcase, the_lines_of_a_batch_created_in_this_turn_are_all_here);
    tcase_add_test(tcase, a_loaded_line_that_left_and_came_back_leaves_first);
    tcase_add_test(tcase, lines_that_hold_less_than_is_allocated_are_a_flaw_and_change_nothing);
    tcase_add_test(tcase, a_line_that_holds_more_than_is_allocated_is_a_flaw_and_changes_nothing);
    tcase_add_test(tcase, a_product_with_a_batch_that_was_sold_twice_refuses_every_operation);
    tcase_add_test(tcase, a_line_that_holds_nothing_is_a_flaw_and_changes_nothing);
    tcase_add_test(tcase, a_batch_with_less_than_nothing_allocated_or_too_much_purchased_is_a_flaw);
    suite_add_tcase(suite, tcase);
    return suite;
}

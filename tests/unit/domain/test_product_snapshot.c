/* SPDX-License-Identifier: Apache-2.0 */
/* Loading rows into a product, and reading the touched rows from it. */
#include "product_fixture.h"

static const struct gw_batch *const *batches;
static const struct gw_held_line *const *lines;
static size_t batch_count, line_count;

static void read_touched(void)
{
    gw_product_touched(product, &batches, &batch_count, &lines, &line_count);
}

/* A product at version 7 with b1 (4 of 10 taken by o1) and b2, of which everything is known. */
static void set_up_loaded(void)
{
    const struct gw_batch *b1;

    set_up();
    product_was_loaded(7);
    b1 = gw_product_load_batch(product, id("b1"), 10, 4, GW_ETA_NONE, 1);
    gw_product_load_batch(product, id("b2"), 10, 0, TODAY, 2);
    gw_product_load_line(product, id("o1"), 4, b1, 5);
    gw_product_load_line(product, id("o2"), 5, NULL, 0);
    gw_product_load_line(product, id("o3"), 9, NULL, 0);
    gw_product_load_room(product, 1, NULL);
    gw_product_load_newest(product, b1, 0);
}

START_TEST(a_loaded_product_equals_the_loaded_rows)
{
    ck_assert(gw_identifier_equal(gw_product_sku(product), id("SMALL-TABLE")));
    assert_version(7);
    ck_assert_int_eq(gw_product_loaded_version(product), 7);
    ck_assert_int_eq(batch("b1")->purchased, 10);
    ck_assert_int_eq(batch("b1")->allocated, 4);
    ck_assert_int_eq(batch("b2")->eta, TODAY);
    ck_assert_int_eq(batch("b2")->created, 2);
    ck_assert(!batch("b1")->is_new && !batch("b1")->is_changed);
    ck_assert_ptr_null(gw_product_batch(product, id("b3")));
    read_touched();
    ck_assert_uint_eq(batch_count, 0);
    ck_assert_uint_eq(line_count, 0);
}
END_TEST

START_TEST(loading_a_row_again_changes_nothing)
{
    const struct gw_batch *b1 = batch("b1");

    allocate("o2", 5);
    ck_assert_ptr_eq(gw_product_load_batch(product, id("b1"), 10, 4, GW_ETA_NONE, 1), b1);
    ck_assert_int_eq(b1->allocated, 9);
    ck_assert(gw_product_load_line(product, id("o2"), 5, NULL, 0));
    ck_assert(gw_product_load_absent_batch(product, id("b1")));
    assert_skipped(allocate("o2", 5));
    ck_assert_ptr_eq(batch("b1"), b1);
}
END_TEST

START_TEST(a_reference_loaded_as_absent_may_later_be_loaded_as_a_batch)
{
    ck_assert(gw_product_load_absent_batch(product, id("b3")));
    ck_assert_ptr_nonnull(gw_product_load_batch(product, id("b3"), 3, 0, LATER, 4));
    assert_skipped(create("b3", 3, LATER));
    ck_assert_int_eq(available("b3"), 3);
}
END_TEST

START_TEST(touched_rows_are_listed_once_in_the_order_of_the_first_touch)
{
    allocate("o2", 5);
    allocate("o3", 9);
    deallocate("o1", 4);
    deallocate("o2", 5);
    read_touched();
    ck_assert_uint_eq(batch_count, 2);
    ck_assert_ptr_eq(batches[0], batch("b1"));
    ck_assert_ptr_eq(batches[1], batch("b2"));
    ck_assert_uint_eq(line_count, 3);
    ck_assert(gw_identifier_equal(lines[0]->orderid, id("o2")));
    ck_assert(gw_identifier_equal(lines[1]->orderid, id("o3")));
    ck_assert(gw_identifier_equal(lines[2]->orderid, id("o1")));
}
END_TEST

START_TEST(an_operation_without_effect_touches_nothing)
{
    assert_skipped(allocate("o1", 4));
    assert_skipped(deallocate("o2", 5));
    assert_skipped(change("b1", 10));
    assert_skipped(create("b1", 10, GW_ETA_NONE));
    gw_product_load_line(product, id("o9"), 50, NULL, 0);
    assert_applied(allocate("o9", 50));
    read_touched();
    ck_assert_uint_eq(batch_count, 0);
    ck_assert_uint_eq(line_count, 0);
    assert_version(7);
}
END_TEST

START_TEST(an_allocated_line_says_where_it_was_and_where_it_is)
{
    allocate("o2", 5);
    read_touched();
    ck_assert_ptr_null(lines[0]->loaded_batch);
    ck_assert_int_eq(lines[0]->loaded_seq, 0);
    ck_assert_ptr_eq(lines[0]->batch, batch("b1"));
    ck_assert_int_eq(lines[0]->seq, 8);
    ck_assert_int_eq(lines[0]->qty, 5);
}
END_TEST

START_TEST(a_line_that_moved_says_both_batches)
{
    change("b1", 3);
    allocate("o1", 4);
    read_touched();
    ck_assert_uint_eq(line_count, 1);
    ck_assert_ptr_eq(lines[0]->loaded_batch, batch("b1"));
    ck_assert_int_eq(lines[0]->loaded_seq, 5);
    ck_assert_ptr_eq(lines[0]->batch, batch("b2"));
    ck_assert_int_eq(lines[0]->seq, 9);
}
END_TEST

START_TEST(a_line_that_came_back_has_a_new_sequence_number)
{
    deallocate("o1", 4);
    allocate("o1", 4);
    read_touched();
    ck_assert_ptr_eq(lines[0]->batch, lines[0]->loaded_batch);
    ck_assert_int_eq(lines[0]->loaded_seq, 5);
    ck_assert_int_eq(lines[0]->seq, 9);
    ck_assert(!batch("b1")->is_changed);
}
END_TEST

START_TEST(a_line_allocated_and_deallocated_is_as_loaded)
{
    allocate("o2", 5);
    deallocate("o2", 5);
    read_touched();
    ck_assert_uint_eq(line_count, 1);
    ck_assert_ptr_null(lines[0]->batch);
    ck_assert_ptr_null(lines[0]->loaded_batch);
    ck_assert_int_eq(lines[0]->seq, lines[0]->loaded_seq);
    assert_version(9);
}
END_TEST

START_TEST(a_batch_is_changed_as_long_as_its_quantities_are_not_those_that_were_loaded)
{
    change("b2", 11);
    ck_assert(batch("b2")->is_changed);
    change("b2", 10);
    ck_assert(!batch("b2")->is_changed);
    allocate("o2", 5);
    ck_assert(batch("b1")->is_changed);
    deallocate("o2", 5);
    ck_assert(!batch("b1")->is_changed);
    read_touched();
    ck_assert_uint_eq(batch_count, 2);
}
END_TEST

START_TEST(a_new_batch_is_new_and_never_changed)
{
    gw_product_load_absent_batch(product, id("b3"));
    create("b3", 50, GW_ETA_NONE);
    change("b3", 60);
    allocate("o3", 9);
    read_touched();
    ck_assert_uint_eq(batch_count, 1);
    ck_assert(batches[0]->is_new);
    ck_assert(!batches[0]->is_changed);
    ck_assert_int_eq(batches[0]->created, 8);
    ck_assert_int_eq(batches[0]->purchased, 60);
    ck_assert_int_eq(batches[0]->allocated, 9);
}
END_TEST

/* Loads one thing of each kind; false when there was no memory for one. */
static bool load_all(void)
{
    const struct gw_batch *b1;

    product = gw_product_new(arena, id("SMALL-TABLE"), 7);
    b1 = product != NULL ? gw_product_load_batch(product, id("b1"), 10, 4, GW_ETA_NONE, 1) : NULL;
    return b1 != NULL && gw_product_load_line(product, id("o1"), 4, b1, 5) &&
           gw_product_load_line(product, id("o2"), 5, NULL, 0) && gw_product_load_room(product, 1, b1) &&
           gw_product_load_absent_batch(product, id("b3"));
}

START_TEST(loading_without_memory_says_so_whichever_allocation_fails)
{
    size_t max = 0;
    bool is_loaded;

    do {
        tear_down();
        max += 16;
        arena = gw_arena_new(max);
        is_loaded = load_all();
    } while (!is_loaded && max < 100000);
    ck_assert(is_loaded);
    ck_assert_uint_ge(gw_arena_used(arena), max);
    ck_assert_int_eq(available("b1"), 6);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/product_snapshot");
    TCase *tcase = tcase_create("product_snapshot");

    tcase_add_checked_fixture(tcase, set_up_loaded, tear_down);
    tcase_add_test(tcase, a_loaded_product_equals_the_loaded_rows);
    tcase_add_test(tcase, loading_a_row_again_changes_nothing);
    tcase_add_test(tcase, a_reference_loaded_as_absent_may_later_be_loaded_as_a_batch);
    tcase_add_test(tcase, touched_rows_are_listed_once_in_the_order_of_the_first_touch);
    tcase_add_test(tcase, an_operation_without_effect_touches_nothing);
    tcase_add_test(tcase, an_allocated_line_says_where_it_was_and_where_it_is);
    tcase_add_test(tcase, a_line_that_moved_says_both_batches);
    tcase_add_test(tcase, a_line_that_came_back_has_a_new_sequence_number);
    tcase_add_test(tcase, a_line_allocated_and_deallocated_is_as_loaded);
    tcase_add_test(tcase, a_batch_is_changed_as_long_as_its_quantities_are_not_those_that_were_loaded);
    tcase_add_test(tcase, a_new_batch_is_new_and_never_changed);
    tcase_add_test(tcase, loading_without_memory_says_so_whichever_allocation_fails);
    suite_add_tcase(suite, tcase);
    return suite;
}

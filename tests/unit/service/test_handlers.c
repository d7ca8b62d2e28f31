/* SPDX-License-Identifier: Apache-2.0 */
/* The business rules end to end: commands, and their visible results. Each test is one turn or a few. */
#include "shop.h"

static struct shop shop;

static void set_up(void)
{
    shop_open(&shop);
}

static void tear_down(void)
{
    shop_close(&shop);
}

/* ---- allocating ------------------------------------------------------------------------------------------------- */

START_TEST(allocating_takes_the_quantity_from_the_batch_and_raises_an_event)
{
    shop_create(&shop, "b1", "LAMP", 20, NULL);
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "applied");
    ck_assert_str_eq(shop_result(&shop, 1), "applied");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 18");
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b1 2");
    ck_assert_str_eq(shop_rows(&shop, "events"), "1 Allocated m2-1 LAMP "
                                                 "{\"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 2, "
                                                 "\"batchref\": \"b1\"}\n");
    ck_assert_int_eq(shop_version(&shop, "LAMP"), 2);
}
END_TEST

START_TEST(a_line_takes_a_batch_whose_room_is_just_enough)
{
    shop_create(&shop, "b1", "LAMP", 2, NULL);
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 0");
}
END_TEST

START_TEST(a_line_that_no_batch_can_take_is_out_of_stock_and_is_never_split)
{
    shop_create(&shop, "b1", "BLUE-CUSHION", 1, NULL);
    shop_create(&shop, "b2", "BLUE-CUSHION", 1, NULL);
    shop_allocate(&shop, "o1", "BLUE-CUSHION", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 2), "applied");
    ck_assert_str_eq(shop_stock(&shop, "BLUE-CUSHION"), "b1 1, b2 1");
    ck_assert_str_eq(shop_order(&shop, "o1"), "");
    ck_assert_str_eq(shop_rows(&shop, "events"), "1 OutOfStock m3-1 BLUE-CUSHION "
                                                 "{\"sku\": \"BLUE-CUSHION\", \"orderid\": \"o1\", \"qty\": 2}\n");
    ck_assert_int_eq(shop_version(&shop, "BLUE-CUSHION"), 2);
}
END_TEST

START_TEST(out_of_stock_is_raised_each_time)
{
    shop_create(&shop, "b1", "LAMP", 1, NULL);
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "OutOfStock LAMP o1 2; OutOfStock LAMP o1 2");
}
END_TEST

START_TEST(the_same_line_twice_is_allocated_once)
{
    shop_create(&shop, "b1", "BLUE-VASE", 10, NULL);
    shop_allocate(&shop, "o1", "BLUE-VASE", 2);
    shop_allocate(&shop, "o1", "BLUE-VASE", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 2), "skipped");
    ck_assert_str_eq(shop_stock(&shop, "BLUE-VASE"), "b1 8");
    shop_next_turn(&shop);
    shop_allocate(&shop, "o1", "BLUE-VASE", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "skipped");
    ck_assert_str_eq(shop_stock(&shop, "BLUE-VASE"), "b1 8");
    ck_assert_str_eq(shop_events(&shop), "Allocated o1 BLUE-VASE 2 b1");
    ck_assert_int_eq(shop_version(&shop, "BLUE-VASE"), 2);
}
END_TEST

START_TEST(lines_of_one_order_that_differ_in_quantity_are_two_lines)
{
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_allocate(&shop, "o1", "LAMP", 3);
    shop_run(&shop);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 5");
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b1 2, LAMP b1 3");
}
END_TEST

START_TEST(allocate_prefers_warehouse_stock_to_shipments)
{
    shop_create(&shop, "ship", "CLOCK", 100, "2026-02-01");
    shop_create(&shop, "stock", "CLOCK", 100, NULL);
    shop_allocate(&shop, "o1", "CLOCK", 10);
    shop_run(&shop);
    ck_assert_str_eq(shop_stock(&shop, "CLOCK"), "stock 90, ship 100");
}
END_TEST

START_TEST(allocate_prefers_the_earliest_shipment_and_then_the_batch_created_first)
{
    shop_create(&shop, "later", "SPOON", 100, "2026-03-01");
    shop_create(&shop, "tomorrow", "SPOON", 100, "2026-02-01T23:30+02:00");
    shop_create(&shop, "today", "SPOON", 10, "2026-01-31");
    shop_create(&shop, "today-too", "SPOON", 100, "2026-01-31");
    shop_allocate(&shop, "o1", "SPOON", 10);
    shop_allocate(&shop, "o2", "SPOON", 10);
    shop_run(&shop);
    ck_assert_str_eq(shop_stock(&shop, "SPOON"), "today 0, today-too 90, tomorrow 100, later 100");
}
END_TEST

/* ---- deallocating ----------------------------------------------------------------------------------------------- */

START_TEST(deallocating_gives_the_quantity_back_and_allocates_nothing_again)
{
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_allocate(&shop, "o1", "LAMP", 10);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_deallocate(&shop, "o1", "LAMP", 10);
    shop_run(&shop);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 10");
    ck_assert_str_eq(shop_order(&shop, "o1"), "");
    ck_assert_str_eq(shop_events(&shop), "Allocated o1 LAMP 10 b1; Deallocated o1 LAMP 10 b1");
}
END_TEST

START_TEST(deallocating_what_is_not_held_is_skipped)
{
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_allocate(&shop, "o1", "LAMP", 3);
    shop_deallocate(&shop, "o1", "LAMP", 4);
    shop_deallocate(&shop, "o2", "LAMP", 3);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 2), "skipped");
    ck_assert_str_eq(shop_result(&shop, 3), "skipped");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 7");
}
END_TEST

START_TEST(a_line_allocated_again_in_one_turn_is_the_newest_of_its_batch)
{
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_allocate(&shop, "o1", "LAMP", 5);
    shop_allocate(&shop, "o2", "LAMP", 5);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_deallocate(&shop, "o1", "LAMP", 5);
    shop_allocate(&shop, "o1", "LAMP", 5);
    shop_run(&shop);
    shop_next_turn(&shop);
    (void)shop_events(&shop);
    shop_change(&shop, "b1", 5);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Deallocated o1 LAMP 5 b1; OutOfStock LAMP o1 5");
    ck_assert_str_eq(shop_order(&shop, "o2"), "LAMP b1 5");
}
END_TEST

START_TEST(a_line_allocated_and_deallocated_in_one_turn_leaves_only_its_events)
{
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_allocate(&shop, "o1", "LAMP", 5);
    shop_deallocate(&shop, "o1", "LAMP", 5);
    shop_allocate(&shop, "o1", "LAMP", 5);
    shop_deallocate(&shop, "o1", "LAMP", 5);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Allocated o1 LAMP 5 b1; Deallocated o1 LAMP 5 b1; "
                                         "Allocated o1 LAMP 5 b1; Deallocated o1 LAMP 5 b1");
    ck_assert_str_eq(shop_order(&shop, "o1"), "");
    ck_assert_int_eq(shop_version(&shop, "LAMP"), 5);
}
END_TEST

/* ---- changing a batch's quantity -------------------------------------------------------------------------------- */

START_TEST(a_batch_that_shrinks_moves_the_line_that_it_took_last)
{
    shop_create(&shop, "batch1", "TABLE", 50, NULL);
    shop_create(&shop, "batch2", "TABLE", 50, "2026-01-31");
    shop_allocate(&shop, "order1", "TABLE", 20);
    shop_allocate(&shop, "order2", "TABLE", 20);
    shop_run(&shop);
    ck_assert_str_eq(shop_stock(&shop, "TABLE"), "batch1 10, batch2 50");
    (void)shop_events(&shop);
    shop_next_turn(&shop);
    shop_change(&shop, "batch1", 25);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "applied");
    ck_assert_str_eq(shop_stock(&shop, "TABLE"), "batch1 5, batch2 30");
    ck_assert_str_eq(shop_events(&shop), "Deallocated order2 TABLE 20 batch1; Allocated order2 TABLE 20 batch2");
    ck_assert_int_eq(shop_version(&shop, "TABLE"), 6); /* one for the change, one for the line */
}
END_TEST

START_TEST(the_events_of_a_shrinking_batch_are_numbered_past_the_internal_ones)
{
    shop_create(&shop, "b1", "TABLE", 2, NULL);
    shop_allocate(&shop, "o1", "TABLE", 1);
    shop_allocate(&shop, "o2", "TABLE", 1);
    shop_change(&shop, "b1", 0);
    shop_run(&shop);
    ck_assert_str_eq(
        shop_rows(&shop, "events"),
        "1 Allocated m2-1 TABLE {\"orderid\": \"o1\", \"sku\": \"TABLE\", \"qty\": 1, \"batchref\": \"b1\"}\n"
        "2 Allocated m3-1 TABLE {\"orderid\": \"o2\", \"sku\": \"TABLE\", \"qty\": 1, \"batchref\": \"b1\"}\n"
        "3 Deallocated m4-1 TABLE {\"orderid\": \"o2\", \"sku\": \"TABLE\", \"qty\": 1, \"batchref\": \"b1\"}\n"
        "4 Deallocated m4-2 TABLE {\"orderid\": \"o1\", \"sku\": \"TABLE\", \"qty\": 1, \"batchref\": \"b1\"}\n"
        "5 OutOfStock m4-5 TABLE {\"sku\": \"TABLE\", \"orderid\": \"o2\", \"qty\": 1}\n"
        "6 OutOfStock m4-6 TABLE {\"sku\": \"TABLE\", \"orderid\": \"o1\", \"qty\": 1}\n");
}
END_TEST

START_TEST(deallocated_lines_are_allocated_again_in_the_order_of_deallocation)
{
    shop_create(&shop, "b1", "TABLE", 30, NULL);
    shop_create(&shop, "b2", "TABLE", 15, "2026-01-31");
    shop_allocate(&shop, "o1", "TABLE", 10);
    shop_allocate(&shop, "o2", "TABLE", 10);
    shop_allocate(&shop, "o3", "TABLE", 10);
    shop_run(&shop);
    (void)shop_events(&shop);
    shop_next_turn(&shop);
    shop_change(&shop, "b1", 10);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Deallocated o3 TABLE 10 b1; Deallocated o2 TABLE 10 b1; "
                                         "Allocated o3 TABLE 10 b2; OutOfStock TABLE o2 10");
}
END_TEST

START_TEST(a_line_may_go_back_to_the_batch_that_shrank)
{
    shop_create(&shop, "b1", "TABLE", 10, NULL);
    shop_allocate(&shop, "small", "TABLE", 2);
    shop_allocate(&shop, "large", "TABLE", 8);
    shop_run(&shop);
    (void)shop_events(&shop);
    shop_next_turn(&shop);
    shop_deallocate(&shop, "small", "TABLE", 2);
    shop_allocate(&shop, "small", "TABLE", 2);
    shop_change(&shop, "b1", 4); /* gives up small, then large; small fits again, large does not */
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Deallocated small TABLE 2 b1; Allocated small TABLE 2 b1; "
                                         "Deallocated small TABLE 2 b1; Deallocated large TABLE 8 b1; "
                                         "Allocated small TABLE 2 b1; OutOfStock TABLE large 8");
    ck_assert_str_eq(shop_order(&shop, "small"), "TABLE b1 2");
    ck_assert_str_eq(shop_stock(&shop, "TABLE"), "b1 2");
}
END_TEST

START_TEST(a_batch_that_grows_takes_no_waiting_line)
{
    shop_create(&shop, "b1", "TABLE", 1, NULL);
    shop_allocate(&shop, "o1", "TABLE", 5);
    shop_change(&shop, "b1", 10);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "OutOfStock TABLE o1 5");
    ck_assert_str_eq(shop_stock(&shop, "TABLE"), "b1 10");
}
END_TEST

START_TEST(the_same_quantity_again_is_skipped)
{
    shop_create(&shop, "b1", "TABLE", 10, NULL);
    shop_change(&shop, "b1", 10);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 1), "skipped");
    ck_assert_int_eq(shop_version(&shop, "TABLE"), 1);
}
END_TEST

START_TEST(a_batch_that_is_created_filled_and_shrunk_in_one_turn_ends_as_over_three)
{
    shop_create(&shop, "b1", "TABLE", 10, NULL);
    shop_create(&shop, "b2", "TABLE", 5, "2026-01-31");
    shop_allocate(&shop, "o1", "TABLE", 5);
    shop_allocate(&shop, "o2", "TABLE", 5);
    shop_change(&shop, "b1", 7);
    shop_change(&shop, "b1", 0);
    shop_change(&shop, "b2", 0);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Allocated o1 TABLE 5 b1; Allocated o2 TABLE 5 b1; "
                                         "Deallocated o2 TABLE 5 b1; Allocated o2 TABLE 5 b2; "
                                         "Deallocated o1 TABLE 5 b1; OutOfStock TABLE o1 5; "
                                         "Deallocated o2 TABLE 5 b2; OutOfStock TABLE o2 5");
    ck_assert_str_eq(shop_stock(&shop, "TABLE"), "b1 0, b2 0");
    ck_assert_str_eq(shop_order(&shop, "o1"), "");
    ck_assert_int_eq(shop_version(&shop, "TABLE"), 8);
}
END_TEST

/* ---- creating --------------------------------------------------------------------------------------------------- */

START_TEST(creating_a_batch_allocates_no_waiting_line)
{
    shop_create(&shop, "b1", "LAMP", 0, NULL);
    shop_allocate(&shop, "o1", "LAMP", 1);
    shop_create(&shop, "b2", "LAMP", 5, NULL);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "OutOfStock LAMP o1 1");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 0, b2 5");
}
END_TEST

START_TEST(the_same_batch_again_is_skipped_without_a_warning)
{
    shop_create(&shop, "b1", "LAMP", 10, "2026-01-31");
    shop_create(&shop, "b1", "LAMP", 10, "2026-01-31T10:00Z");
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 1), "skipped");
    shop_next_turn(&shop);
    shop_create(&shop, "b1", "LAMP", 10, "2026-01-31");
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "skipped");
    ck_assert_int_eq(shop_version(&shop, "LAMP"), 1);
}
END_TEST

START_TEST(another_batch_under_the_same_reference_is_skipped_with_a_warning)
{
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_create(&shop, "b1", "LAMP", 12, NULL);
    shop_create(&shop, "b1", "LAMP", 10, "2026-02-01");
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 1),
                     "skipped: Batch b1 already exists with qty 10, eta none; not changed to qty 12, eta none");
    ck_assert_str_eq(shop_result(&shop, 2),
                     "skipped: Batch b1 already exists with qty 10, eta none; not changed to qty 10, eta 2026-02-01");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 10");
}
END_TEST

START_TEST(a_batch_again_after_its_quantity_was_changed_is_skipped_with_a_warning)
{
    shop_create(&shop, "b1", "LAMP", 10, "2026-02-01");
    shop_change(&shop, "b1", 7);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_create(&shop, "b1", "LAMP", 10, "2026-02-01");
    shop_run(&shop);
    ck_assert_str_eq(
        shop_result(&shop, 0),
        "skipped: Batch b1 already exists with qty 7, eta 2026-02-01; not changed to qty 10, eta 2026-02-01");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 7");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("handlers");
    TCase *tests = tcase_create("rules");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, allocating_takes_the_quantity_from_the_batch_and_raises_an_event);
    tcase_add_test(tests, a_line_takes_a_batch_whose_room_is_just_enough);
    tcase_add_test(tests, a_line_that_no_batch_can_take_is_out_of_stock_and_is_never_split);
    tcase_add_test(tests, out_of_stock_is_raised_each_time);
    tcase_add_test(tests, the_same_line_twice_is_allocated_once);
    tcase_add_test(tests, lines_of_one_order_that_differ_in_quantity_are_two_lines);
    tcase_add_test(tests, allocate_prefers_warehouse_stock_to_shipments);
    tcase_add_test(tests, allocate_prefers_the_earliest_shipment_and_then_the_batch_created_first);
    tcase_add_test(tests, deallocating_gives_the_quantity_back_and_allocates_nothing_again);
    tcase_add_test(tests, deallocating_what_is_not_held_is_skipped);
    tcase_add_test(tests, a_line_allocated_again_in_one_turn_is_the_newest_of_its_batch);
    tcase_add_test(tests, a_line_allocated_and_deallocated_in_one_turn_leaves_only_its_events);
    tcase_add_test(tests, a_batch_that_shrinks_moves_the_line_that_it_took_last);
    tcase_add_test(tests, the_events_of_a_shrinking_batch_are_numbered_past_the_internal_ones);
    tcase_add_test(tests, deallocated_lines_are_allocated_again_in_the_order_of_deallocation);
    tcase_add_test(tests, a_line_may_go_back_to_the_batch_that_shrank);
    tcase_add_test(tests, a_batch_that_grows_takes_no_waiting_line);
    tcase_add_test(tests, the_same_quantity_again_is_skipped);
    tcase_add_test(tests, a_batch_that_is_created_filled_and_shrunk_in_one_turn_ends_as_over_three);
    tcase_add_test(tests, creating_a_batch_allocates_no_waiting_line);
    tcase_add_test(tests, the_same_batch_again_is_skipped_without_a_warning);
    tcase_add_test(tests, another_batch_under_the_same_reference_is_skipped_with_a_warning);
    tcase_add_test(tests, a_batch_again_after_its_quantity_was_changed_is_skipped_with_a_warning);
    suite_add_tcase(suite, tests);
    return suite;
}

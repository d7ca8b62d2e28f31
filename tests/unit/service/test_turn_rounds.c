/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns that need more of a product than the first load gives: they are loaded again, a few times at most, and decide
 * as if all had been there from the start.
 */
#include "shop.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY_LINES = 10000, MANY_BATCHES = 100000 };

static struct shop shop;
static const struct gw_repository_ops *plugin_ops;
static unsigned loads;

static enum gw_status count_load(struct gw_session *session, const struct gw_load_request *request,
                                 const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    loads++;
    return plugin_ops->load(session, request, visitor, reterr);
}

static void set_up(void)
{
    shop_open(&shop);
    plugin_ops = shop.plugin.descriptor->ops;
    shop.ops.load = count_load;
}

static void tear_down(void)
{
    shop_close(&shop);
}

/* A name that lives until the end of the test. */
static const char *name_of(const char *prefix, int number)
{
    static char names[2 * MANY_BATCHES][12];
    static size_t next;
    char *name = names[next++ % (2 * MANY_BATCHES)];

    (void)snprintf(name, sizeof names[0], "%s%d", prefix, number);
    return name;
}

static void create_batches(int count, int64_t qty)
{
    for (int index = 0; index < count; index++)
        shop_create(&shop, name_of("b", index), "LAMP", qty, NULL);
    shop_run(&shop);
    shop_next_turn(&shop);
}

START_TEST(lines_of_many_quantities_pass_over_many_batches_that_have_room_for_one)
{
    create_batches(300, 1);
    shop_create(&shop, "large", "LAMP", 100000, "2026-01-31");
    shop_run(&shop);
    shop_next_turn(&shop);
    loads = 0;
    for (int qty = 200; qty > 1; qty--)
        shop_allocate(&shop, "o1", "LAMP", qty);
    shop_run(&shop);
    ck_assert_uint_le(loads, 10);
    for (uint32_t index = 0; index < 199; index++)
        ck_assert_str_eq(shop_result(&shop, index), "applied");
    ck_assert_ptr_null(strstr(shop_events(&shop), "OutOfStock"));
    ck_assert_ptr_nonnull(strstr(shop_stock(&shop, "LAMP"), "b0 1, b1 1, "));
}
END_TEST

START_TEST(lines_that_nothing_fits_are_out_of_stock_however_many_batches_are_open)
{
    create_batches(300, 3);
    for (int qty = 100; qty > 3; qty--)
        shop_allocate(&shop, "o1", "LAMP", qty);
    loads = 0;
    shop_run(&shop);
    ck_assert_uint_le(loads, 10);
    ck_assert_uint_eq(gw_turn_count(shop.turn), 97);
    ck_assert_ptr_null(strstr(shop_events(&shop), "Allocated"));
}
END_TEST

START_TEST(lines_that_use_up_the_first_answer_load_further_batches)
{
    create_batches(40, 1);
    for (int index = 0; index < 41; index++)
        shop_allocate(&shop, name_of("o", index), "LAMP", 1);
    loads = 0;
    shop_run(&shop);
    ck_assert_uint_le(loads, 4);
    for (int index = 0; index < 40; index++) {
        char expected[32];

        (void)snprintf(expected, sizeof expected, "LAMP b%d 1", index);
        ck_assert_str_eq(shop_order(&shop, name_of("o", index)), expected);
    }
    ck_assert_str_eq(shop_order(&shop, "o40"), "");
}
END_TEST

/* The answer for a named batch has the first open batches of its product too, fewer than were requested. */
START_TEST(naming_a_batch_of_a_product_hides_none_of_its_other_batches)
{
    create_batches(40, 1);
    shop_change(&shop, "b0", 0);
    for (int index = 0; index < 41; index++)
        shop_allocate(&shop, name_of("o", index), "LAMP", 1);
    loads = 0;
    shop_run(&shop);
    ck_assert_uint_le(loads, 4);
    ck_assert_str_eq(shop_order(&shop, "o38"), "LAMP b39 1");
    ck_assert_str_eq(shop_order(&shop, "o39"), "");
    ck_assert_str_eq(shop_order(&shop, "o40"), "");
}
END_TEST

/* The deallocated lines are requested with quantities that no command of the turn has. */
START_TEST(deallocated_lines_find_the_first_batch_regardless_of_earlier_loads)
{
    shop_create(&shop, "main", "LAMP", 1000, NULL);
    for (int qty = 1; qty <= 20; qty++)
        shop_allocate(&shop, name_of("o", qty), "LAMP", qty);
    shop_run(&shop);
    shop_next_turn(&shop);
    for (int index = 0; index < 60; index++)
        shop_create(&shop, name_of("b", index), "LAMP", 1 + index % 20, "2026-01-31");
    shop_run(&shop);
    shop_next_turn(&shop);
    (void)shop_events(&shop);
    shop_change(&shop, "main", 0);
    loads = 0;
    shop_run(&shop);
    ck_assert_uint_le(loads, 10);
    ck_assert_str_eq(shop_order(&shop, "o20"), "LAMP b19 20");
    ck_assert_str_eq(shop_order(&shop, "o19"), "LAMP b18 19");
    ck_assert_str_eq(shop_order(&shop, "o2"), "LAMP b1 2");
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b0 1");
}
END_TEST

START_TEST(a_batch_of_ten_thousand_lines_shrinks_in_one_turn)
{
    shop_create(&shop, "b1", "LAMP", MANY_LINES, NULL);
    shop_create(&shop, "b2", "LAMP", MANY_LINES / 2, "2026-01-31");
    for (int index = 0; index < MANY_LINES; index++)
        shop_allocate(&shop, name_of("o", index), "LAMP", 1);
    shop_run(&shop);
    shop_next_turn(&shop);
    loads = 0;
    shop_change(&shop, "b1", 0);
    shop_run(&shop);
    ck_assert_uint_le(loads, 2);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 0, b2 0");
    ck_assert_str_eq(shop_order(&shop, "o9999"), "LAMP b2 1"); /* the newest is allocated again first */
    ck_assert_str_eq(shop_order(&shop, "o5000"), "LAMP b2 1");
    ck_assert_str_eq(shop_order(&shop, "o4999"), "");
    ck_assert_int_eq(shop_version(&shop, "LAMP"), 2 + MANY_LINES + 1 + MANY_LINES / 2);
}
END_TEST

START_TEST(of_a_hundred_thousand_open_batches_a_turn_loads_a_few)
{
    create_batches(MANY_BATCHES, 2);
    ck_assert_int_eq(shop_new_turn(&shop, 64 * 1024), GW_OK);
    shop_allocate(&shop, "o1", "LAMP", 1);
    shop_allocate(&shop, "o2", "LAMP", 2);
    shop_change(&shop, "b99999", 1);
    loads = 0;
    shop_run(&shop);
    ck_assert_uint_eq(loads, 1);
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b0 1");
    ck_assert_str_eq(shop_order(&shop, "o2"), "LAMP b1 2");
}
END_TEST

START_TEST(of_a_hundred_thousand_open_batches_those_that_fit_nothing_are_passed_over)
{
    create_batches(MANY_BATCHES, 1);
    shop_create(&shop, "large", "LAMP", 10, "2026-01-31");
    shop_run(&shop);
    shop_next_turn(&shop);
    loads = 0;
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_uint_le(loads, 2);
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP large 2");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("turn_rounds");
    TCase *tests = tcase_create("rounds");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, lines_of_many_quantities_pass_over_many_batches_that_have_room_for_one);
    tcase_add_test(tests, lines_that_nothing_fits_are_out_of_stock_however_many_batches_are_open);
    tcase_add_test(tests, lines_that_use_up_the_first_answer_load_further_batches);
    tcase_add_test(tests, naming_a_batch_of_a_product_hides_none_of_its_other_batches);
    tcase_add_test(tests, deallocated_lines_find_the_first_batch_regardless_of_earlier_loads);
    tcase_add_test(tests, a_batch_of_ten_thousand_lines_shrinks_in_one_turn);
    tcase_add_test(tests, of_a_hundred_thousand_open_batches_a_turn_loads_a_few);
    tcase_add_test(tests, of_a_hundred_thousand_open_batches_those_that_fit_nothing_are_passed_over);
    suite_add_tcase(suite, tests);
    return suite;
}

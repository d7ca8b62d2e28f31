/* SPDX-License-Identifier: Apache-2.0 */
/* The preconditions of commands: the exact text of each rejection, and that nothing changes. */
#include "shop.h"

static struct shop shop;

static void set_up(void)
{
    shop_open(&shop);
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_run(&shop);
    shop_next_turn(&shop);
}

static void tear_down(void)
{
    shop_close(&shop);
}

START_TEST(an_unknown_sku_is_rejected)
{
    shop_allocate(&shop, "superman", "zygote", 1);
    shop_deallocate(&shop, "superman", "zygote", 1);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "dead: Invalid sku zygote");
    ck_assert_str_eq(shop_result(&shop, 1), "dead: Invalid sku zygote");
    ck_assert_str_eq(shop_letters(&shop), "Invalid sku zygote\nInvalid sku zygote\n");
    ck_assert_str_eq(shop_events(&shop), "");
    ck_assert_int_eq(shop_version(&shop, "zygote"), 0);
}
END_TEST

START_TEST(an_unknown_batch_is_rejected)
{
    shop_change(&shop, "b2", 5);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "dead: Unknown batch b2");
}
END_TEST

START_TEST(a_reference_of_another_sku_is_rejected)
{
    shop_create(&shop, "b1", "RUG", 10, NULL);
    shop_create(&shop, "b2", "RUG", 10, NULL);
    shop_create(&shop, "b2", "LAMP", 10, NULL);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "dead: Batch b1 already exists for sku LAMP");
    ck_assert_str_eq(shop_result(&shop, 1), "applied");
    ck_assert_str_eq(shop_result(&shop, 2), "dead: Batch b2 already exists for sku RUG");
    ck_assert_str_eq(shop_stock(&shop, "RUG"), "b2 10");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 10");
}
END_TEST

START_TEST(a_later_command_sees_what_an_earlier_one_of_the_turn_created)
{
    shop_allocate(&shop, "o1", "RUG", 1);
    shop_change(&shop, "b2", 3);
    shop_create(&shop, "b2", "RUG", 10, NULL);
    shop_allocate(&shop, "o1", "RUG", 1);
    shop_change(&shop, "b2", 3);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "dead: Invalid sku RUG");
    ck_assert_str_eq(shop_result(&shop, 1), "dead: Unknown batch b2");
    ck_assert_str_eq(shop_result(&shop, 3), "applied");
    ck_assert_str_eq(shop_result(&shop, 4), "applied");
    ck_assert_str_eq(shop_stock(&shop, "RUG"), "b2 2");
}
END_TEST

START_TEST(a_product_without_available_stock_still_exists)
{
    shop_change(&shop, "b1", 0);
    shop_allocate(&shop, "o1", "LAMP", 1);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 1), "applied");
    ck_assert_str_eq(shop_events(&shop), "OutOfStock LAMP o1 1");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("preconditions");
    TCase *tests = tcase_create("rejections");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_unknown_sku_is_rejected);
    tcase_add_test(tests, an_unknown_batch_is_rejected);
    tcase_add_test(tests, a_reference_of_another_sku_is_rejected);
    tcase_add_test(tests, a_later_command_sees_what_an_earlier_one_of_the_turn_created);
    tcase_add_test(tests, a_product_without_available_stock_still_exists);
    suite_add_tcase(suite, tests);
    return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which products are remembered, and which make place for others. */
#include "check_main.h"
#include "service/product_memory.h"

#include <gangway/scope.h>

#include <stdio.h>

static struct gw_product_memory *memory;
static struct gw_arena *arena;

static void set_up(void)
{
    memory = gw_product_memory_new();
    arena = gw_arena_new(64 * 1024 * 1024);
    ck_assert_ptr_nonnull(memory);
}

static void tear_down(void)
{
    gw_product_memory_free(memory);
    gw_arena_free(arena);
}

static struct gw_identifier sku(int number)
{
    static char bytes[16];
    int len = snprintf(bytes, sizeof bytes, "S%d", number);

    return gw_identifier_make(bytes, (size_t)len);
}

static void learn(int number, int64_t version)
{
    gw_product_memory_learn(memory, gw_product_new(arena, sku(number), version), true);
}

static bool is_remembered(int number)
{
    return gw_product_memory_find(memory, sku(number)) != NULL;
}

START_TEST(a_product_is_found_by_its_sku)
{
    learn(1, 7);
    learn(2, 8);
    ck_assert_int_eq(gw_product_memory_find(memory, sku(1))->version, 7);
    ck_assert_int_eq(gw_product_memory_find(memory, sku(2))->version, 8);
    ck_assert(!is_remembered(3));
    learn(1, 9);
    ck_assert_int_eq(gw_product_memory_find(memory, sku(1))->version, 9);
}
END_TEST

static void fill(void)
{
    for (int number = 1; number <= GW_PRODUCT_MEMORY_MAX; number++)
        learn(number, 1);
}

START_TEST(a_full_memory_forgets_what_was_not_seen_for_long)
{
    fill();
    for (int number = 1; number <= GW_PRODUCT_MEMORY_MAX; number++)
        ck_assert(is_remembered(number));
    learn(10001, 1); /* everything was seen: the first that was looked at goes */
    ck_assert(!is_remembered(1));
    for (int number = 2; number <= GW_PRODUCT_MEMORY_MAX; number += 2)
        learn(number, 1);
    for (int number = 20000; number < 20000 + GW_PRODUCT_MEMORY_MAX / 2 - 1; number++)
        learn(number, 1);
    for (int number = 2; number <= GW_PRODUCT_MEMORY_MAX; number++)
        ck_assert_int_eq(is_remembered(number), number % 2 == 0);
    ck_assert(is_remembered(10001));
}
END_TEST

START_TEST(a_sku_that_nobody_has_takes_no_place_from_another)
{
    learn(10001, 0);
    ck_assert_int_eq(gw_product_memory_find(memory, sku(10001))->version, 0);
    fill();
    learn(10002, 0);
    ck_assert(!is_remembered(10002));
    learn(7, 0);
    ck_assert_int_eq(gw_product_memory_find(memory, sku(7))->version, 0);
}
END_TEST

START_TEST(forgetting_leaves_nothing)
{
    fill();
    gw_product_memory_forget(memory);
    for (int number = 1; number <= GW_PRODUCT_MEMORY_MAX; number++)
        ck_assert(!is_remembered(number));
    fill();
    ck_assert(is_remembered(GW_PRODUCT_MEMORY_MAX));
}
END_TEST

START_TEST(a_memory_that_was_wrong_rests_each_time_for_longer)
{
    int rest = 0;

    ck_assert(gw_product_memory_is_trusted(memory));
    for (int time = 0; time < 10; time++) {
        int turns = 0;

        gw_product_memory_judge(memory, false);
        for (; !gw_product_memory_is_trusted(memory); turns++)
            gw_product_memory_judge(memory, true);
        ck_assert(turns > rest || turns == GW_TRUST_PAUSE_MAX);
        rest = turns;
    }
    for (int turn = 0; turn < GW_TRUST_PAUSE_MAX; turn++)
        gw_product_memory_judge(memory, true);
    gw_product_memory_judge(memory, false);
    gw_product_memory_judge(memory, true);
    gw_product_memory_judge(memory, true);
    ck_assert(gw_product_memory_is_trusted(memory));
}
END_TEST

START_TEST(no_memory_remembers_nothing)
{
    gw_product_memory_learn(NULL, gw_product_new(arena, sku(1), 1), true);
    gw_product_memory_doubt(NULL, sku(1));
    gw_product_memory_forget(NULL);
    gw_product_memory_judge(NULL, false);
    ck_assert(!gw_product_memory_is_trusted(NULL));
    ck_assert_ptr_null(gw_product_memory_find(NULL, sku(1)));
    gw_product_memory_free(NULL);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("product_memory");
    TCase *tests = tcase_create("places");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_product_is_found_by_its_sku);
    tcase_add_test(tests, a_full_memory_forgets_what_was_not_seen_for_long);
    tcase_add_test(tests, a_sku_that_nobody_has_takes_no_place_from_another);
    tcase_add_test(tests, forgetting_leaves_nothing);
    tcase_add_test(tests, a_memory_that_was_wrong_rests_each_time_for_longer);
    tcase_add_test(tests, no_memory_remembers_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}

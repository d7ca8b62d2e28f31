/* SPDX-License-Identifier: Apache-2.0 */
/* Which products are cached, and which are evicted for others. */
#include "check_main.h"
#include "stock/cache.h"

#include <gangway/scope.h>

#include <stdio.h>

enum { MAX_BYTES = 1024 * 1024 };

static struct gw_cache *cache;
static struct gw_arena *arena;

static void set_up(void)
{
    cache = gw_cache_new(MAX_BYTES);
    arena = gw_arena_new(64 * 1024 * 1024);
    ck_assert_ptr_nonnull(cache);
}

static void tear_down(void)
{
    gw_cache_free(cache);
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
    gw_cache_learn(cache, gw_product_new(arena, sku(number), version), 0, 0, true);
}

static bool is_remembered(int number)
{
    return gw_cache_find(cache, sku(number)) != NULL;
}

START_TEST(a_product_is_found_by_its_sku)
{
    learn(1, 7);
    learn(2, 8);
    ck_assert_int_eq(gw_cache_find(cache, sku(1))->version, 7);
    ck_assert_int_eq(gw_cache_find(cache, sku(2))->version, 8);
    ck_assert(!is_remembered(3));
    learn(1, 9);
    ck_assert_int_eq(gw_cache_find(cache, sku(1))->version, 9);
}
END_TEST

/* So many small products fit for sure, and so many do not. */
enum { FIT = 2000, TOO_MANY = 20000 };

static uint32_t remembered(int first, int last)
{
    uint32_t count = 0;

    for (int number = first; number <= last; number++)
        count += is_remembered(number);
    return count;
}

static void learn_all(int first, int last)
{
    for (int number = first; number <= last; number++)
        learn(number, 1);
}

START_TEST(small_products_take_little_of_the_bound)
{
    learn_all(1, TOO_MANY);
    ck_assert_uint_ge(gw_cache_count(cache), MAX_BYTES / 128);
    ck_assert_uint_lt(gw_cache_count(cache), MAX_BYTES / 64);
}
END_TEST

START_TEST(a_full_cache_evicts_products_that_were_not_used_recently)
{
    uint32_t kept;

    learn_all(1, FIT);
    ck_assert_uint_eq(remembered(1, FIT), FIT);
    learn_all(FIT + 1, TOO_MANY);
    ck_assert_uint_eq(remembered(1, FIT), 0);
    kept = gw_cache_count(cache);
    for (int round = 0; round < 8; round++) { /* those below are seen again and again, the others once */
        learn_all(1, FIT / 2);
        learn_all(TOO_MANY + 1 + round * FIT, TOO_MANY + FIT + round * FIT);
    }
    ck_assert_uint_eq(remembered(1, FIT / 2), FIT / 2);
    ck_assert_uint_le(gw_cache_count(cache), kept + 19);
}
END_TEST

/* A product of so many batches, at a version of its own: nothing that was known before counts. */
static void learn_batches(int number, int batches)
{
    static char refs[128][32];
    static int64_t version = 1;
    struct gw_product *product = gw_product_new(arena, sku(number), ++version);

    for (int index = 0; index < batches; index++) {
        int len = snprintf(refs[index], sizeof refs[index], "S%d-batch-%d", number, index);

        ck_assert_ptr_nonnull(
            gw_product_load_batch(product, gw_identifier_make(refs[index], (size_t)len), 100, 0, 0, index));
    }
    (void)gw_product_load_room(product, 0, NULL);
    gw_cache_learn(cache, product, 0, 0, true);
}

START_TEST(a_product_that_grows_moves_and_keeps_its_contents)
{
    learn_all(100, 100 + FIT);
    for (int batches = 1; batches <= 40; batches++) {
        learn_batches(1, batches);
        learn_batches(2, 41 - batches);
        ck_assert_uint_eq(gw_cache_find(cache, sku(1))->batch_count, (uint32_t)batches);
        ck_assert_uint_eq(gw_cache_find(cache, sku(2))->batch_count, (uint32_t)(41 - batches));
    }
    ck_assert_uint_eq(gw_cache_count(cache), FIT + 3);
}
END_TEST

START_TEST(products_of_all_sizes_share_a_cache_that_is_too_small)
{
    uint32_t seed = 1;

    for (int step = 0; step < 10000; step++) {
        int number;
        int batches;

        seed = seed * 1664525U + 1013904223U;
        number = (int)(seed >> 8) % 3000;
        batches = (int)(seed >> 20) % 40;
        learn_batches(number, batches);
        ck_assert_uint_eq(gw_cache_find(cache, sku(number))->batch_count, (uint32_t)batches);
        if (step % 1000 == 0)
            gw_arena_reset(arena, 64 * 1024 * 1024);
    }
    ck_assert_uint_eq(gw_cache_count(cache), remembered(0, 2999));
}
END_TEST

START_TEST(an_unknown_sku_evicts_no_product)
{
    uint32_t count;

    learn(100001, 0);
    ck_assert_int_eq(gw_cache_find(cache, sku(100001))->version, 0);
    learn_all(1, TOO_MANY);
    count = gw_cache_count(cache);
    for (int number = 200000; number < 200000 + TOO_MANY; number++)
        learn(number, 0);
    ck_assert_uint_ge(gw_cache_count(cache), count);
    ck_assert_uint_le(gw_cache_count(cache), count + 16);
    learn(TOO_MANY, 0);
    ck_assert_int_eq(gw_cache_find(cache, sku(TOO_MANY))->version, 0);
}
END_TEST

START_TEST(forgetting_leaves_nothing)
{
    learn_all(1, FIT);
    gw_cache_forget(cache);
    ck_assert_uint_eq(remembered(1, FIT), 0);
    ck_assert_uint_eq(gw_cache_count(cache), 0);
    learn_all(1, FIT);
    ck_assert_uint_eq(remembered(1, FIT), FIT);
}
END_TEST

START_TEST(the_smallest_cache_keeps_some)
{
    gw_cache_free(cache);
    cache = gw_cache_new(1);
    learn_all(1, 64);
    ck_assert_uint_eq(remembered(1, 64), 64);
}
END_TEST

START_TEST(a_larger_cache_keeps_more)
{
    uint32_t small_count;

    learn_all(1, TOO_MANY);
    small_count = gw_cache_count(cache);
    gw_cache_free(cache);
    cache = gw_cache_new(16 * MAX_BYTES);
    learn_all(1, TOO_MANY);
    ck_assert_uint_eq(gw_cache_count(cache), TOO_MANY);
    ck_assert_uint_lt(small_count, TOO_MANY);
    ck_assert_uint_eq(gw_cache_count(NULL), 0);
}
END_TEST

START_TEST(a_cache_that_is_off_is_null)
{
    ck_assert_ptr_null(gw_cache_new(0));
}
END_TEST

START_TEST(a_cache_that_was_wrong_is_paused_for_longer_each_time)
{
    int rest = 0;

    ck_assert(gw_cache_is_confident(cache));
    for (int time = 0; time < 10; time++) {
        int turns = 0;

        gw_cache_judge(cache, false);
        for (; !gw_cache_is_confident(cache); turns++)
            gw_cache_judge(cache, true);
        ck_assert(turns > rest || turns == GW_CONFIDENCE_PAUSE_MAX);
        rest = turns;
    }
    for (int turn = 0; turn < GW_CONFIDENCE_PAUSE_MAX; turn++)
        gw_cache_judge(cache, true);
    gw_cache_judge(cache, false);
    gw_cache_judge(cache, true);
    gw_cache_judge(cache, true);
    ck_assert(gw_cache_is_confident(cache));
}
END_TEST

START_TEST(no_cache_keeps_nothing)
{
    gw_cache_learn(NULL, gw_product_new(arena, sku(1), 1), 0, 0, true);
    gw_cache_invalidate(NULL, sku(1));
    gw_cache_forget(NULL);
    gw_cache_judge(NULL, false);
    ck_assert(!gw_cache_is_confident(NULL));
    ck_assert_ptr_null(gw_cache_find(NULL, sku(1)));
    gw_cache_free(NULL);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("cache");
    TCase *tests = tcase_create("places");

    tcase_set_timeout(tests, 60); /* seconds of work, on a machine that does other work too */
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_product_is_found_by_its_sku);
    tcase_add_test(tests, small_products_take_little_of_the_bound);
    tcase_add_test(tests, a_full_cache_evicts_products_that_were_not_used_recently);
    tcase_add_test(tests, a_product_that_grows_moves_and_keeps_its_contents);
    tcase_add_test(tests, products_of_all_sizes_share_a_cache_that_is_too_small);
    tcase_add_test(tests, the_smallest_cache_keeps_some);
    tcase_add_test(tests, a_larger_cache_keeps_more);
    tcase_add_test(tests, a_cache_that_is_off_is_null);
    tcase_add_test(tests, an_unknown_sku_evicts_no_product);
    tcase_add_test(tests, forgetting_leaves_nothing);
    tcase_add_test(tests, a_cache_that_was_wrong_is_paused_for_longer_each_time);
    tcase_add_test(tests, no_cache_keeps_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}

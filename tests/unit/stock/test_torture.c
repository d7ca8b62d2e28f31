/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of a turn whose products are cached fails, for every n: the turn succeeds, or fails because
 * memory has run out, and then the same turn again ends as it always does. The allocator of this program is its own, so
 * it is not built with sanitizers.
 */
#include "failing_memory.h"
#include "shop.h"
#include "stock/cache.h"

#include <stdio.h>

static struct shop shop;

/* A worker that has cached two products, and may presume. */
static void open_warm(void)
{
    shop_open(&shop);
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_create(&shop, "b2", "LAMP", 100, NULL);
    shop_create(&shop, "c1", "RUG", 5, "2026-01-31");
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_allocate(&shop, "o0", "LAMP", 2);
    shop_allocate(&shop, "o0", "RUG", 2);
    shop_run(&shop);
    shop_next_turn(&shop);
}

static void send(void)
{
    shop_create(&shop, "b3", "LAMP", 7, "2026-02-01");
    shop_create(&shop, "b6", "LAMP", 7, "2026-02-02");
    shop_create(&shop, "b7", "LAMP", 7, "2026-02-03");
    shop_create(&shop, "b8", "LAMP", 7, "2026-02-04");
    for (int index = 0; index < 9; index++)
        shop_create(&shop, index % 2 == 0 ? "b4" : "b5", "SOFA", 1, NULL);
    shop_allocate(&shop, "o1", "LAMP", 3);
    shop_allocate(&shop, "o2", "RUG", 3);
    shop_allocate(&shop, "o3", "SOFA", 1);
    shop_allocate(&shop, "o3", "RUG", 1);
    shop_deallocate(&shop, "o0", "LAMP", 2);
    shop_change(&shop, "b2", 50);
}

static enum gw_status attempt(void)
{
    enum gw_status status = shop_attempt(&shop);

    return status == GW_OK ? gw_turn_commit(shop.turn, &shop.error) : status;
}

static void assert_end(void)
{
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 7, b2 50, b3 7, b6 7, b7 7, b8 7");
    ck_assert_str_eq(shop_stock(&shop, "RUG"), "c1 0");
    ck_assert_str_eq(shop_stock(&shop, "SOFA"), "b4 0, b5 1");
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b1 3");
}

/* Adding messages is not part of it: a worker that cannot takes fewer. */
static enum gw_status run_failing(long number, long *ret_count)
{
    enum gw_status status;

    send();
    failing_memory_begin(number);
    status = attempt();
    *ret_count = failing_memory_end();
    return status;
}

START_TEST(a_turn_with_a_cache_survives_every_failing_allocation)
{
    long number = 0;
    long failed = 0;
    long count;

    open_warm(); /* what loading the plugin keeps for the whole program is not counted */
    shop_close(&shop);
    do {
        long alive_before = failing_memory_alive();
        enum gw_status status;

        open_warm();
        status = run_failing(++number, &count);
        ck_assert(status == GW_NOMEM || status == GW_OK);
        failed += status == GW_NOMEM;
        for (int again = 0; again < 3 && status != GW_OK; again++)
            status = attempt();
        ck_assert_int_eq(status, GW_OK);
        assert_end();
        shop_close(&shop);
        ck_assert_int_eq(failing_memory_alive(), alive_before);
    } while (count >= number);
    ck_assert_int_gt(failed, 50);
}
END_TEST

enum { PRODUCTS = 3000 };

static struct gw_product *products[PRODUCTS];
static char names[PRODUCTS][16];

static struct gw_identifier sku(int number)
{
    return gw_identifier_make(names[number], strlen(names[number]));
}

/* Learns more products than the index begins with: one that is found is the one that was learned. */
static enum gw_status fill_cache(void)
{
    struct gw_cache *cache = gw_cache_new(8 * 1024 * 1024);
    enum gw_status status = cache != NULL ? GW_OK : GW_NOMEM;

    for (int number = 0; number < PRODUCTS; number++)
        gw_cache_learn(cache, products[number], 0, 0, true);
    for (int number = 0; number < PRODUCTS; number++) {
        const struct gw_entry *found = gw_cache_find(cache, sku(number));

        if (found != NULL && (found->version != number + 1 || !gw_entry_has_sku(found, sku(number))))
            status = GW_INTERNAL;
    }
    gw_cache_free(cache);
    return status;
}

START_TEST(a_cache_without_memory_keeps_less_and_nothing_wrong)
{
    struct gw_arena *arena = gw_arena_new(64 * 1024 * 1024);

    for (int number = 0; number < PRODUCTS; number++) {
        (void)snprintf(names[number], sizeof names[number], "S%d", number);
        products[number] = gw_product_new(arena, sku(number), number + 1);
        ck_assert_ptr_nonnull(products[number]);
    }
    ck_assert_int_eq(failing_memory_torture(fill_cache), 3); /* the cache, its index and its slabs */
    gw_arena_free(arena);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("stock_torture");
    TCase *tests = tcase_create("allocations");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_turn_with_a_cache_survives_every_failing_allocation);
    tcase_add_test(tests, a_cache_without_memory_keeps_less_and_nothing_wrong);
    suite_add_tcase(suite, tests);
    return suite;
}

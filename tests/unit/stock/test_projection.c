/* SPDX-License-Identifier: Apache-2.0 */
/* A projection predicts which lines find room, by rule 2, from cached batches and those of the turn. */
#include "check_main.h"
#include "stock/projection.h"

static struct gw_arena *arena;
static struct gw_entry entry;

static struct gw_identifier id(const char *string)
{
    return gw_identifier_make(string, strlen(string));
}

/* LAMP with b1 in the warehouse and b2 on its way, which have room for 5 and 10. */
static void set_up(void)
{
    struct gw_product *product;

    arena = gw_arena_new(64 * 1024);
    product = gw_product_new(arena, id("LAMP"), 7);
    ck_assert_ptr_nonnull(gw_product_load_batch(product, id("b1"), 100, 95, 0, 1));
    ck_assert_ptr_nonnull(gw_product_load_batch(product, id("b2"), 10, 0, 20270601, 2));
    ck_assert(gw_product_load_room(product, 1, NULL));
    gw_entry_init(&entry, id("LAMP"));
    gw_entry_learn(&entry, product, 0, 0, true);
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

START_TEST(lines_find_room_until_the_batches_are_full)
{
    struct gw_projection *projection = gw_projection_new(arena, &entry);

    ck_assert(gw_projection_take(projection, 3));
    ck_assert(gw_projection_take(projection, 4)); /* of b2: b1 has room for two */
    ck_assert(!gw_projection_take(projection, 7));
    ck_assert(gw_projection_take(projection, 6));
    ck_assert(gw_projection_take(projection, 2));
    ck_assert(!gw_projection_take(projection, 1));
}
END_TEST

START_TEST(a_projection_does_not_change_the_cached_entry)
{
    ck_assert(gw_projection_take(gw_projection_new(arena, &entry), 10));
    ck_assert(gw_projection_take(gw_projection_new(arena, &entry), 10));
}
END_TEST

START_TEST(a_new_batch_has_room)
{
    struct gw_projection *projection = gw_projection_new(arena, &entry);

    ck_assert(!gw_projection_take(projection, 50));
    ck_assert(gw_projection_add_batch(projection, 20280101, 50));
    ck_assert(gw_projection_take(projection, 50));
    ck_assert(gw_projection_take(projection, 5));
    ck_assert(gw_projection_take(projection, 10));
    ck_assert(!gw_projection_take(projection, 1));
}
END_TEST

START_TEST(a_new_batch_goes_behind_those_that_come_as_early)
{
    struct gw_projection *projection = gw_projection_new(arena, &entry);

    ck_assert(gw_projection_add_batch(projection, 20270601, 3)); /* behind b2 */
    ck_assert(gw_projection_add_batch(projection, 0, 4));        /* behind b1, before b2 */
    ck_assert(gw_projection_take(projection, 5));                /* b1 */
    ck_assert(gw_projection_take(projection, 3));                /* the one before b2, which keeps its room */
    ck_assert(gw_projection_take(projection, 10));
    ck_assert(gw_projection_take(projection, 3));
    ck_assert(gw_projection_take(projection, 1));
    ck_assert(!gw_projection_take(projection, 1));
}
END_TEST

START_TEST(as_many_batches_as_a_turn_makes_have_room)
{
    struct gw_projection *projection = gw_projection_new(arena, &entry);

    for (int number = 0; number < 200; number++)
        ck_assert(gw_projection_add_batch(projection, 20270101, 20));
    for (int number = 0; number < 200; number++)
        ck_assert(gw_projection_take(projection, 20));
    ck_assert(!gw_projection_take(projection, 20));
}
END_TEST

START_TEST(without_memory_there_is_no_projection)
{
    struct gw_arena *small = gw_arena_new(1);

    ck_assert_ptr_null(gw_projection_new(small, &entry));
    gw_arena_free(small);
}
END_TEST

START_TEST(where_memory_runs_out_a_forecast_keeps_the_batches_that_it_has)
{
    struct gw_arena *small = gw_arena_new(1024);
    struct gw_projection *projection = gw_projection_new(small, &entry);
    int added = 0;

    ck_assert_ptr_nonnull(projection);
    while (gw_projection_add_batch(projection, 20270101, 20) && added < 1024)
        added++;
    ck_assert_int_gt(added, 0);
    ck_assert_int_lt(added, 1024);
    for (int number = 0; number < added; number++)
        ck_assert(gw_projection_take(projection, 20));
    ck_assert(!gw_projection_take(projection, 20));
    gw_arena_free(small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("projection");
    TCase *tests = tcase_create("room");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, lines_find_room_until_the_batches_are_full);
    tcase_add_test(tests, a_projection_does_not_change_the_cached_entry);
    tcase_add_test(tests, a_new_batch_has_room);
    tcase_add_test(tests, a_new_batch_goes_behind_those_that_come_as_early);
    tcase_add_test(tests, as_many_batches_as_a_turn_makes_have_room);
    tcase_add_test(tests, without_memory_there_is_no_projection);
    tcase_add_test(tests, where_memory_runs_out_a_forecast_keeps_the_batches_that_it_has);
    suite_add_tcase(suite, tests);
    return suite;
}

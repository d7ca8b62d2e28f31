/* SPDX-License-Identifier: Apache-2.0 */
/* What is certain about the batches of a product that was loaded in part. */
#include "check_main.h"
#include "domain/certain_room.h"

enum { BATCHES = 3 };

struct visit {
    int count, stop_after;
    struct gw_identifier refs[BATCHES];
    int64_t certain_rooms[BATCHES];
};

static struct gw_arena *arena;
static struct gw_product *product;
static const struct gw_batch *batches[BATCHES];

static struct gw_identifier id(const char *string)
{
    return gw_identifier_make(string, strlen(string));
}

/* b1 to b3 have room for 2, 9 and 5, and come in that order. */
static void set_up(void)
{
    arena = gw_arena_new(64 * 1024);
    product = gw_product_new(arena, id("LAMP"), 7);
    batches[1] = gw_product_load_batch(product, id("b2"), 10, 1, 20270601, 2);
    batches[2] = gw_product_load_batch(product, id("b3"), 10, 5, 20270601, 3);
    batches[0] = gw_product_load_batch(product, id("b1"), 10, 8, 0, 9);
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static bool visit_batch(void *context, const struct gw_batch *batch, int64_t certain_room)
{
    struct visit *visit = context;

    ck_assert_int_lt(visit->count, BATCHES);
    visit->refs[visit->count] = batch->ref;
    visit->certain_rooms[visit->count++] = certain_room;
    return visit->count != visit->stop_after;
}

static struct visit visit_all(int stop_after)
{
    struct visit visit = {.stop_after = stop_after};

    gw_product_visit_batches(product, visit_batch, &visit);
    return visit;
}

START_TEST(batches_are_visited_in_the_order_of_rule_2)
{
    struct visit visit = visit_all(0);

    ck_assert_int_eq(visit.count, BATCHES);
    for (int index = 0; index < BATCHES; index++)
        ck_assert(gw_identifier_equal(visit.refs[index], batches[index]->ref));
    ck_assert_int_eq(visit_all(2).count, 2);
}
END_TEST

START_TEST(without_a_list_nothing_is_certain)
{
    ck_assert_int_eq(gw_product_certain_room(product), INT64_MAX);
    for (int index = 0; index < BATCHES; index++)
        ck_assert_int_eq(visit_all(0).certain_rooms[index], INT64_MAX);
}
END_TEST

START_TEST(a_truncated_list_is_certain_as_far_as_it_goes)
{
    ck_assert(gw_product_load_room(product, 4, batches[1]));
    ck_assert(gw_product_load_room(product, 1, batches[0]));
    ck_assert_int_eq(gw_product_certain_room(product), INT64_MAX);
    ck_assert_int_eq(visit_all(0).certain_rooms[0], 1);
    ck_assert_int_eq(visit_all(0).certain_rooms[1], 4);
    ck_assert_int_eq(visit_all(0).certain_rooms[2], INT64_MAX);
}
END_TEST

START_TEST(a_whole_list_is_certain_everywhere)
{
    ck_assert(gw_product_load_room(product, 4, NULL));
    ck_assert(gw_product_load_room(product, 1, batches[0]));
    ck_assert_int_eq(gw_product_certain_room(product), 4);
    ck_assert_int_eq(visit_all(0).certain_rooms[0], 1);
    ck_assert_int_eq(visit_all(0).certain_rooms[2], 4);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("certain_room");
    TCase *tests = tcase_create("certain_room");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, batches_are_visited_in_the_order_of_rule_2);
    tcase_add_test(tests, without_a_list_nothing_is_certain);
    tcase_add_test(tests, a_truncated_list_is_certain_as_far_as_it_goes);
    tcase_add_test(tests, a_whole_list_is_certain_everywhere);
    suite_add_tcase(suite, tests);
    return suite;
}

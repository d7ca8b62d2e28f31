/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of a turn fails, for every n: from the first message that is added to the commit, in the service
 * as in the repository. The turn succeeds or fails for want of memory; a failed one has changed nothing, nothing leaks,
 * and the same turn again ends as it always does. The allocator of this program is its own, so it is not built with
 * sanitizers.
 */
#include "failing_memory.h"
#include "hard_turn.h"
#include "service/trace_context.h"

#include <stdlib.h>

static struct shop shop;

/* One turn, of a worker that begins with nothing, and every allocation of it but one. */
static enum gw_status run_failing(int which, long number, long *ret_count)
{
    enum gw_status status;

    gw_turn_free(shop.turn);
    shop.turn = NULL;
    shop.sent = 0;
    shop.added = GW_OK;
    failing_memory_begin(number);
    status = shop_new_turn(&shop, SHOP_TURN_MAX_BYTES);
    if (status == GW_OK) {
        hard_turn_send(&shop, which);
        status = shop_attempt(&shop);
    }
    if (status == GW_OK)
        status = gw_turn_commit(shop.turn, &shop.error);
    *ret_count = failing_memory_end();
    return status;
}

static void run_normally(int which)
{
    shop.sent = 0;
    require(shop_new_turn(&shop, SHOP_TURN_MAX_BYTES) == GW_OK);
    shop_next_turn(&shop);
    hard_turn_send(&shop, which);
    shop_run(&shop);
}

static void assert_state(const char *expected)
{
    char *state = hard_turn_state(&shop);

    require_same_text(state, expected);
    free(state);
}

/* Both states, from a shop in which nothing fails. */
static void learn(int which, char **ret_before, char **ret_end)
{
    hard_turn_open(&shop);
    *ret_before = hard_turn_state(&shop);
    run_normally(which);
    *ret_end = hard_turn_state(&shop);
    shop_close(&shop);
}

/* Fails one allocation after the other, each in a shop of its own, until a turn succeeds. Returns the number of the
 * next one to fail; 0: none is left. */
static long fail_until_one_succeeds(int which, long number, const char *before, const char *end)
{
    long alive_before = failing_memory_alive();
    enum gw_status status = GW_NOMEM;
    long count = 0;

    hard_turn_open(&shop);
    while (status == GW_NOMEM) {
        status = run_failing(which, number++, &count);
        if (status == GW_NOMEM)
            assert_state(before);
    }
    require(status == GW_OK);
    assert_state(end);
    shop_close(&shop);
    require(failing_memory_alive() == alive_before);
    return count >= number - 1 ? number : 0;
}

/* The same turn again, after one that failed, ends as it always does. */
static void assert_ends_normally(int which, long number, const char *end)
{
    long count;

    hard_turn_open(&shop);
    if (run_failing(which, number, &count) != GW_OK)
        run_normally(which);
    assert_state(end);
    shop_close(&shop);
}

START_TEST(a_turn_survives_every_failing_allocation)
{
    enum { SAMPLES = 16 };
    char *before;
    char *end;
    long last = 0;

    learn(_i, &before, &end);
    for (long number = 1; number > 0; number = fail_until_one_succeeds(_i, number, before, end))
        last = number;
    ck_assert_int_gt(last, 100);
    for (long sample = 1; sample < SAMPLES; sample++)
        assert_ends_normally(_i, last * sample / SAMPLES, end);
    free(before);
    free(end);
}
END_TEST

static enum gw_status extract_context(void)
{
    static const struct gw_header headers[] = {
        {{"traceparent", 11}, {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 55}},
        {{"tracestate", 10}, {"a=1", 3}},
    };
    struct gw_array array = {headers, 2, sizeof headers[0]};
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    struct gw_array context = {NULL, 0, 0};
    bool is_extracted = arena != NULL && gw_trace_context_extract(arena, &array, &context);
    bool is_whole = context.count == 2;

    gw_arena_free(arena);
    return is_extracted != is_whole ? GW_INTERNAL : is_extracted ? GW_OK : GW_NOMEM;
}

START_TEST(a_trace_context_is_extracted_whole_or_not_at_all)
{
    ck_assert_int_gt(failing_memory_torture(extract_context), 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("torture");
    TCase *tests = tcase_create("allocations");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_turn_survives_every_failing_allocation, 0, HARD_TURNS);
    tcase_add_test(tests, a_trace_context_is_extracted_whole_or_not_at_all);
    suite_add_tcase(suite, tests);
    return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A turn that may use only so many bytes, for every number of them: it is done whole, or not at all. */
#include "hard_turn.h"

#include <stdlib.h>

enum { STEP = 16 };

static struct shop shop;

/* Runs the turn again without a limit: it ends as it always does. */
static void assert_ends_as(int which, const char *expected)
{
    char *state;

    require(shop_new_turn(&shop, SHOP_TURN_MAX_BYTES) == GW_OK);
    shop_next_turn(&shop);
    hard_turn_send(&shop, which);
    shop_run(&shop);
    state = hard_turn_state(&shop);
    require_same_text(state, expected);
    free(state);
}

static char *normal_end(int which)
{
    char *state;

    hard_turn_open(&shop);
    shop.sent = 0;
    hard_turn_send(&shop, which);
    shop_run(&shop);
    state = hard_turn_state(&shop);
    shop_close(&shop);
    return state;
}

static enum gw_status run_within(size_t max_bytes, int which)
{
    enum gw_status status = shop_new_turn(&shop, max_bytes);

    if (status != GW_OK)
        return status;
    shop_next_turn(&shop);
    shop.sent = 0;
    hard_turn_send(&shop, which);
    status = shop_attempt(&shop);
    return status == GW_OK ? gw_turn_commit(shop.turn, &shop.error) : status;
}

/* An attempt that reaches its limit reports that more memory would not help. */
START_TEST(a_turn_that_needs_more_than_it_may_use_changes_nothing)
{
    char *end = normal_end(_i);
    char *before;
    size_t max_bytes = 0;
    unsigned refusals = 0;
    enum gw_status status;

    hard_turn_open(&shop);
    before = hard_turn_state(&shop);
    while ((status = run_within(max_bytes, _i)) == GW_NOMEM || status == GW_PERMANENT) {
        char *after = hard_turn_state(&shop);

        refusals += status == GW_PERMANENT;
        require_same_text(after, before);
        free(after);
        max_bytes += STEP;
    }
    ck_assert_int_eq(status, GW_OK);
    ck_assert_uint_gt(max_bytes, 4096);
    ck_assert_uint_gt(refusals, 100);
    shop_close(&shop);
    hard_turn_open(&shop);
    ck_assert_int_ne(run_within(max_bytes - STEP, _i), GW_OK);
    shop.sent = 0;
    assert_ends_as(_i, end);
    shop_close(&shop);
    free(before);
    free(end);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("turn_memory");
    TCase *tests = tcase_create("limits");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_turn_that_needs_more_than_it_may_use_changes_nothing, 0, HARD_TURNS);
    suite_add_tcase(suite, tests);
    return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of a turn fails, for every n: from the first message that is added to the commit, in the service
 * as in the repository. The turn succeeds or fails for want of memory; a failed one has changed nothing, nothing leaks,
 * and the same turn again ends as it always does. The allocator of this program is its own, so it is not built with
 * sanitizers.
 */
#include "hard_turn.h"

#include <stdlib.h>

/* glibc's own allocator, for whoever replaces malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void __libc_free(void *ptr);

static bool is_watching;
static long asked;   /* allocations since the watch began */
static long fail_at; /* the one of them that fails */
static long alive;

static bool fails(void)
{
    return is_watching && ++asked == fail_at;
}

static void *handed_out(void *ptr)
{
    alive += ptr != NULL;
    return ptr;
}

#pragma GCC visibility push(default) /* the plugin is to call these, too */
void *malloc(size_t size)
{
    return fails() ? NULL : handed_out(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : handed_out(__libc_calloc(count, size));
}

void *realloc(void *ptr, size_t size)
{
    if (fails())
        return NULL;
    return ptr == NULL ? handed_out(__libc_malloc(size)) : __libc_realloc(ptr, size);
}

void free(void *ptr)
{
    alive -= ptr != NULL;
    __libc_free(ptr);
}
#pragma GCC visibility pop

static struct shop shop;

/* One turn, of a worker that begins with nothing, and every allocation of it but one. */
static enum gw_status run_failing(int which, long number)
{
    enum gw_status status;

    gw_turn_free(shop.turn);
    shop.turn = NULL;
    shop.sent = 0;
    shop.added = GW_OK;
    asked = 0;
    fail_at = number;
    is_watching = true;
    status = shop_new_turn(&shop, SHOP_TURN_MAX_BYTES);
    if (status == GW_OK) {
        hard_turn_send(&shop, which);
        status = shop_attempt(&shop);
    }
    if (status == GW_OK)
        status = gw_turn_commit(shop.turn, &shop.error);
    is_watching = false;
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

START_TEST(a_turn_survives_every_failing_allocation)
{
    char *before;
    char *end;
    long number = 0;
    long failed = 0;

    learn(_i, &before, &end);
    do {
        long alive_before = alive;
        enum gw_status status;

        hard_turn_open(&shop);
        status = run_failing(_i, ++number);
        require(status == GW_NOMEM || status == GW_OK);
        if (status == GW_NOMEM) {
            assert_state(before);
            run_normally(_i);
            failed++;
        }
        assert_state(end);
        shop_close(&shop);
        require(alive == alive_before);
    } while (asked >= number);
    ck_assert_int_gt(failed, 8);
    free(before);
    free(end);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("torture");
    TCase *tests = tcase_create("allocations");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_turn_survives_every_failing_allocation, 0, HARD_TURNS);
    suite_add_tcase(suite, tests);
    return suite;
}

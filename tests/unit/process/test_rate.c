/* SPDX-License-Identifier: Apache-2.0 */
/* By how much a counter has grown per second. Times are the test's. */
#include "check_main.h"
#include "process/rate.h"

enum { BEGIN = 100000, SECOND = 1000 };

static double per_s(const struct gw_rate *rate, int64_t now_ms)
{
    struct gw_rate_total total = {0};
    double result = 0;

    gw_rate_add(rate, &total);
    ck_assert(gw_rate_per_s(&total, now_ms, &result));
    return result;
}

static bool is_known(const struct gw_rate *rate, int64_t now_ms)
{
    struct gw_rate_total total = {0};
    double result;

    gw_rate_add(rate, &total);
    return gw_rate_per_s(&total, now_ms, &result);
}

START_TEST(a_rate_is_unknown_until_a_second_has_passed_since_it_began)
{
    struct gw_rate rate = {0};

    ck_assert(!is_known(&rate, BEGIN));
    gw_rate_begin(&rate, BEGIN);
    gw_rate_note(&rate, 7, BEGIN);
    ck_assert(!is_known(&rate, BEGIN + SECOND - 1));
    ck_assert_double_eq(per_s(&rate, BEGIN + SECOND), 7.0);
}
END_TEST

START_TEST(what_was_counted_within_the_last_seconds_is_divided_by_their_length)
{
    struct gw_rate rate = {0};

    gw_rate_begin(&rate, BEGIN);
    for (int second = 0; second < 60; second++)
        gw_rate_note(&rate, 100 * (uint64_t)(second + 1), BEGIN + second * SECOND + 1);
    ck_assert_double_eq(per_s(&rate, BEGIN + 60 * SECOND), 100.0);
    ck_assert_double_eq(per_s(&rate, BEGIN + 60 * SECOND + 500), 500.0 * 1000 / 5500);
    ck_assert_double_eq(per_s(&rate, BEGIN + 63 * SECOND), 40.0);
}
END_TEST

START_TEST(a_component_that_counts_nothing_has_the_rate_0)
{
    struct gw_rate rate = {0};

    gw_rate_begin(&rate, BEGIN);
    ck_assert_double_eq(per_s(&rate, BEGIN + 2 * SECOND), 0.0);
    gw_rate_note(&rate, 1000, BEGIN + 2 * SECOND);
    ck_assert_double_gt(per_s(&rate, BEGIN + 3 * SECOND), 0.0);
    ck_assert_double_eq(per_s(&rate, BEGIN + (2 + GW_RATE_SECONDS + 1) * SECOND), 0.0);
    ck_assert_double_eq(per_s(&rate, BEGIN + (2 + GW_RATE_SLOTS) * SECOND), 0.0);
}
END_TEST

START_TEST(notes_of_one_second_add_up_and_a_counter_that_did_not_grow_changes_nothing)
{
    struct gw_rate rate = {0};

    gw_rate_begin(&rate, BEGIN);
    gw_rate_note(&rate, 3, BEGIN);
    gw_rate_note(&rate, 3, BEGIN + 1);
    gw_rate_note(&rate, 10, BEGIN + 999);
    gw_rate_note(&rate, 10, BEGIN + GW_RATE_SLOTS * SECOND); /* the slot of the same remainder */
    ck_assert_double_eq(per_s(&rate, BEGIN + 2 * SECOND), 5.0);
}
END_TEST

START_TEST(rates_of_several_threads_and_of_one_that_was_replaced_add_up)
{
    struct gw_rate rates[2] = {0};
    struct gw_rate_total past = {0};
    struct gw_rate_total total = {0};
    double result = 0;

    gw_rate_begin(&rates[0], BEGIN);
    gw_rate_begin(&rates[1], BEGIN + 9 * SECOND);
    gw_rate_note(&rates[0], 500, BEGIN + 1 * SECOND); /* too long ago; the slot is used again by the next line */
    gw_rate_note(&rates[1], 30, BEGIN + (1 + GW_RATE_SLOTS) * SECOND);
    gw_rate_note(&rates[0], 550, BEGIN + (2 + GW_RATE_SLOTS) * SECOND);
    gw_rate_note(&rates[1], 50, BEGIN + (2 + GW_RATE_SLOTS) * SECOND);
    gw_rate_add(&rates[0], &past);
    gw_rate_add(&rates[1], &total);
    gw_rate_add_total(&past, &total);
    ck_assert(gw_rate_per_s(&total, BEGIN + (3 + GW_RATE_SLOTS) * SECOND, &result));
    ck_assert_double_eq(result, 20.0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("rate");
    TCase *tests = tcase_create("rate");

    tcase_add_test(tests, a_rate_is_unknown_until_a_second_has_passed_since_it_began);
    tcase_add_test(tests, what_was_counted_within_the_last_seconds_is_divided_by_their_length);
    tcase_add_test(tests, a_component_that_counts_nothing_has_the_rate_0);
    tcase_add_test(tests, notes_of_one_second_add_up_and_a_counter_that_did_not_grow_changes_nothing);
    tcase_add_test(tests, rates_of_several_threads_and_of_one_that_was_replaced_add_up);
    suite_add_tcase(suite, tests);
    return suite;
}

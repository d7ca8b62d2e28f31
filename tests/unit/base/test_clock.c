/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks, and how an instant is written. */
#include "base/clock.h"
#include "check_main.h"

#include <time.h>

static void assert_written(int64_t unix_ms, const char *expected)
{
    char text[GW_CLOCK_TEXT_MAX];

    gw_clock_format(unix_ms, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(an_instant_is_written_in_utc_with_milliseconds)
{
    assert_written(0, "1970-01-01T00:00:00.000Z");
    assert_written(INT64_C(1769903999999), "2026-01-31T23:59:59.999Z");
    assert_written(INT64_C(1709164800007), "2024-02-29T00:00:00.007Z");
}
END_TEST

START_TEST(an_instant_before_1970_counts_its_milliseconds_forwards)
{
    assert_written(-1, "1969-12-31T23:59:59.999Z");
    assert_written(-1001, "1969-12-31T23:59:58.999Z");
}
END_TEST

START_TEST(an_instant_that_four_digits_cannot_say_is_the_nearest_that_they_can)
{
    assert_written(INT64_MAX, "9999-12-31T23:59:59.999Z");
    assert_written(INT64_MIN, "0000-01-01T00:00:00.000Z");
}
END_TEST

START_TEST(the_time_of_day_is_that_of_the_system)
{
    int64_t before = (int64_t)time(NULL) - 1;
    int64_t now = gw_clock_unix_ms();

    ck_assert_int_ge(now, before * 1000);
    ck_assert_int_le(now, ((int64_t)time(NULL) + 2) * 1000);
}
END_TEST

START_TEST(the_monotonic_clock_never_goes_back)
{
    int64_t last = gw_clock_monotonic_ms();
    int i;

    for (i = 0; i < 10000; i++) {
        int64_t now = gw_clock_monotonic_ms();

        ck_assert_int_ge(now, last);
        last = now;
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/clock");
    TCase *tcase = tcase_create("clock");

    tcase_add_test(tcase, an_instant_is_written_in_utc_with_milliseconds);
    tcase_add_test(tcase, an_instant_before_1970_counts_its_milliseconds_forwards);
    tcase_add_test(tcase, an_instant_that_four_digits_cannot_say_is_the_nearest_that_they_can);
    tcase_add_test(tcase, the_time_of_day_is_that_of_the_system);
    tcase_add_test(tcase, the_monotonic_clock_never_goes_back);
    suite_add_tcase(suite, tcase);
    return suite;
}

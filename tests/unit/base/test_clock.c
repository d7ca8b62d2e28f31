/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks. */
#include "base/clock.h"
#include "check_main.h"

#include <time.h>

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

    tcase_add_test(tcase, the_time_of_day_is_that_of_the_system);
    tcase_add_test(tcase, the_monotonic_clock_never_goes_back);
    suite_add_tcase(suite, tcase);
    return suite;
}

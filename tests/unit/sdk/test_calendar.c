/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the calendar both ways, which days exist, and times as text. */
#include "check_main.h"

#include <gangway/sdk/calendar.h>

START_TEST(a_date_and_its_days_are_the_same_day)
{
    static const struct {
        int32_t date;
        int64_t days;
    } known[] = {{19700101, 0},     {19691231, -1},   {20000101, 10957},   {20240229, 19782},
                 {20240301, 19783}, {10101, -719162}, {99991231, 2932896}, {15821004, -141438}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ck_assert_int_eq(gw_date_days(known[i].date), known[i].days);
        ck_assert_int_eq(gw_date_of_days(known[i].days), known[i].date);
    }
}
END_TEST

/* The rules of the calendar, day after day, against the arithmetic. */
START_TEST(every_day_follows_the_one_before)
{
    static const int32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = gw_date_days(10101);

    for (int32_t year = 1; year <= 9999; year++)
        for (int32_t month = 1; month <= 12; month++) {
            int is_leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
            int32_t length = lengths[month - 1] + (month == 2 && is_leap);

            for (int32_t day = 1; day <= length; day++, days++) {
                int32_t date = year * 10000 + month * 100 + day;

                if (gw_date_of_days(days) != date || gw_date_days(date) != days || !gw_date_exists(date))
                    ck_abort_msg("%d", date);
            }
            if (gw_date_exists(year * 10000 + month * 100 + length + 1))
                ck_abort_msg("%d-%d", year, month);
        }
}
END_TEST

START_TEST(numbers_that_are_no_day_do_not_exist)
{
    static const int32_t wrong[] = {0,        -1,       20260000, 20260100, 20261301,  20269999,  10100,
                                    19000229, 20230229, 1231,     99991232, 100000101, INT32_MAX, INT32_MIN};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(!gw_date_exists(wrong[i]), "%d", wrong[i]);
}
END_TEST

START_TEST(days_beyond_four_digits_give_the_nearest_date)
{
    ck_assert_int_eq(gw_date_of_days(2932897), 99991231);
    ck_assert_int_eq(gw_date_of_days(INT64_MAX), 99991231);
    ck_assert_int_eq(gw_date_of_days(-719528), 101);
    ck_assert_int_eq(gw_date_of_days(INT64_MIN), 101);
}
END_TEST

static void assert_written(int64_t unix_ms, const char *expected)
{
    char text[GW_RFC3339_MAX];

    gw_rfc3339_write(unix_ms, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(a_time_is_written_in_utc_with_milliseconds)
{
    assert_written(0, "1970-01-01T00:00:00.000Z");
    assert_written(INT64_C(1769903999999), "2026-01-31T23:59:59.999Z");
    assert_written(INT64_C(1709164800007), "2024-02-29T00:00:00.007Z");
}
END_TEST

START_TEST(a_time_before_1970_counts_its_milliseconds_forwards)
{
    assert_written(-1, "1969-12-31T23:59:59.999Z");
    assert_written(-1001, "1969-12-31T23:59:58.999Z");
}
END_TEST

START_TEST(a_time_that_four_digits_cannot_show_is_the_nearest_that_they_can)
{
    assert_written(INT64_MAX, "9999-12-31T23:59:59.999Z");
    assert_written(INT64_MIN, "0000-01-01T00:00:00.000Z");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_calendar");
    TCase *tests = tcase_create("calendar");

    tcase_add_test(tests, a_date_and_its_days_are_the_same_day);
    tcase_add_test(tests, every_day_follows_the_one_before);
    tcase_add_test(tests, numbers_that_are_no_day_do_not_exist);
    tcase_add_test(tests, days_beyond_four_digits_give_the_nearest_date);
    tcase_add_test(tests, a_time_is_written_in_utc_with_milliseconds);
    tcase_add_test(tests, a_time_before_1970_counts_its_milliseconds_forwards);
    tcase_add_test(tests, a_time_that_four_digits_cannot_show_is_the_nearest_that_they_can);
    suite_add_tcase(suite, tests);
    return suite;
}

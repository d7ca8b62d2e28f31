/* SPDX-License-Identifier: Apache-2.0 */
/* Every form of an ETA that is read, and those that are not. */
#include "check_main.h"
#include "domain/eta.h"

#include <string.h>

static void assert_read_as(const char *text, int32_t expected)
{
    int32_t eta = -1;

    ck_assert_msg(gw_eta_parse(text, strlen(text), &eta), "\"%s\" is refused", text);
    ck_assert_int_eq(eta, expected);
    ck_assert(gw_eta_is_valid(eta));
}

static void assert_refused(const char *text, size_t len)
{
    int32_t eta = -1;

    ck_assert_msg(!gw_eta_parse(text, len, &eta), "\"%s\" is accepted", text);
    ck_assert_int_eq(eta, -1);
}

START_TEST(a_date_is_read)
{
    assert_read_as("2026-01-31", 20260131);
    assert_read_as("0001-01-01", 10101);
    assert_read_as("9999-12-31", 99991231);
}
END_TEST

START_TEST(a_time_behind_the_date_is_read_over)
{
    static const char *const times[] = {
        "T00:00",
        "T23:59",
        "T12:30:59",
        "T12:30:00.5",
        "T12:30:00.123456789012345",
        "T12:30Z",
        "T12:30:00Z",
        "T12:30:00.5Z",
        "T12:30+01:00",
        "T12:30-23:59",
        "T00:00:00+00:00",
        "T23:59:59.999-12:00",
        "T23:59:59.999+14:00",
    };
    size_t i;

    for (i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[64] = "2026-01-31";

        assert_read_as(strcat(text, times[i]), 20260131);
    }
}
END_TEST

START_TEST(the_day_is_used_as_written_regardless_of_the_zone)
{
    assert_read_as("2026-01-01T00:30+14:00", 20260101);
    assert_read_as("2026-01-01T23:30-12:00", 20260101);
}
END_TEST

START_TEST(the_day_must_exist)
{
    static const char *const bad[] = {"0000-01-01", "2026-00-10", "2026-13-10", "2026-01-00", "2026-01-32",
                                      "2026-02-29", "2026-02-30", "2026-04-31", "2026-06-31", "2026-09-31",
                                      "2026-11-31", "1900-02-29", "2100-02-29", "2026-99-99", "0000-00-00"};
    size_t i;

    assert_read_as("2024-02-29", 20240229);
    assert_read_as("2000-02-29", 20000229);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i], strlen(bad[i]));
}
END_TEST

START_TEST(nothing_else_is_a_date)
{
    static const char *const bad[] = {
        "",
        "none",
        "tomorrow",
        "20260101",
        "2026-1-1",
        "26-01-01",
        "2026/01/01",
        "2026-W01-1",
        "2026-001",
        "2026-01",
        "2026",
        "2026-01-1",
        "2026-01-011",
        "02026-01-01",
        " 2026-01-01",
        "2026-01-01 ",
        "2026-01-01\n",
        "+2026-01-01",
        "-2026-01-01",
        "2026-01--1",
        "2026-+1-01",
        "01-01-2026",
        "2026-01-0a",
        "2026-01-01Z",
        "2026-01-01+01:00",
        "12026-01-01",
        "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-01-01",
    };
    size_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i], strlen(bad[i]));
    assert_refused("2026-01-01\0", 11);
}
END_TEST

START_TEST(nothing_else_is_a_time)
{
    static const char *const bad[] = {
        "T",
        "T12",
        "T12:",
        "T1:30",
        "T12:3",
        "T24:00",
        "T12:60",
        "T12:30:",
        "T12:30:6",
        "T12:30:60",
        "T12:30:00.",
        "T12:30:00.Z",
        "T12:30:00,5",
        "T12:30.5",
        "T12:30z",
        "t12:30",
        " 12:30",
        "T12:30 Z",
        "T12:30+01",
        "T12:30+0100",
        "T12:30+24:00",
        "T12:30+01:60",
        "T12:30+1:00",
        "T12:30+",
        "T12:30ZZ",
        "T12:30+01:00Z",
        "T12:30Z+01:00",
        "T12:30:00.5.5",
        "T12:30:00 ",
        "T1230",
        "T12:30:00.5Zx",
        "TT12:30",
        "T-1:30",
        "T12:30+01:00:00",
    };
    size_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64] = "2026-01-31";

        strcat(text, bad[i]);
        assert_refused(text, strlen(text));
    }
}
END_TEST

START_TEST(every_cut_of_the_longest_form_is_read_or_refused_as_its_own_form)
{
    static const char text[] = "2026-01-31T23:59:59.999+14:00";
    static const size_t whole[] = {10, 16, 19, 21, 22, 23, 29};
    size_t len, at = 0;

    for (len = 0; len < sizeof text; len++) {
        int32_t eta;
        int is_whole = at < 7 && whole[at] == len;

        ck_assert_msg(gw_eta_parse(text, len, &eta) == is_whole, "%zu bytes", len);
        at += (size_t)is_whole;
    }
}
END_TEST

START_TEST(dates_are_ordered_as_numbers_and_none_comes_first)
{
    int32_t early, late;

    ck_assert(gw_eta_parse("2025-12-31", 10, &early) && gw_eta_parse("2026-01-01", 10, &late));
    ck_assert_int_lt(early, late);
    ck_assert_int_lt(GW_ETA_NONE, 10101);
}
END_TEST

START_TEST(only_none_and_days_that_exist_are_valid_numbers)
{
    ck_assert(gw_eta_is_valid(GW_ETA_NONE));
    ck_assert(gw_eta_is_valid(20240229));
    ck_assert(!gw_eta_is_valid(20230229));
    ck_assert(!gw_eta_is_valid(20261301));
    ck_assert(!gw_eta_is_valid(1231));
    ck_assert(!gw_eta_is_valid(100000101));
    ck_assert(!gw_eta_is_valid(1));
    ck_assert(!gw_eta_is_valid(-20260101));
    ck_assert(!gw_eta_is_valid(INT32_MIN));
    ck_assert(!gw_eta_is_valid(INT32_MAX));
}
END_TEST

START_TEST(a_date_is_written_as_it_was_read)
{
    static const char *const dates[] = {"2026-01-31", "0001-01-01", "9999-12-31", "0987-10-09"};
    size_t i;

    for (i = 0; i < 4; i++) {
        char text[GW_ETA_TEXT_MAX];
        int32_t eta;

        ck_assert(gw_eta_parse(dates[i], 10, &eta));
        gw_eta_format(eta, text);
        ck_assert_str_eq(text, dates[i]);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/eta");
    TCase *tcase = tcase_create("eta");

    tcase_add_test(tcase, a_date_is_read);
    tcase_add_test(tcase, a_time_behind_the_date_is_read_over);
    tcase_add_test(tcase, the_day_is_used_as_written_regardless_of_the_zone);
    tcase_add_test(tcase, the_day_must_exist);
    tcase_add_test(tcase, nothing_else_is_a_date);
    tcase_add_test(tcase, nothing_else_is_a_time);
    tcase_add_test(tcase, every_cut_of_the_longest_form_is_read_or_refused_as_its_own_form);
    tcase_add_test(tcase, dates_are_ordered_as_numbers_and_none_comes_first);
    tcase_add_test(tcase, only_none_and_days_that_exist_are_valid_numbers);
    tcase_add_test(tcase, a_date_is_written_as_it_was_read);
    suite_add_tcase(suite, tcase);
    return suite;
}

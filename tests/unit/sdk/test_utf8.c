/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: the bounds of each row of Unicode's table 3-7. */
#include "check_main.h"

#include <gangway/sdk/utf8.h>

static uint64_t sequence(const char *bytes)
{
    return gw_utf8_sequence(bytes, strlen(bytes));
}

START_TEST(the_bounds_of_each_length_are_sequences)
{
    ck_assert_uint_eq(gw_utf8_sequence("\0", 1), 1);
    ck_assert_uint_eq(sequence("\x7f"), 1);
    ck_assert_uint_eq(sequence("\xc2\x80"), 2);
    ck_assert_uint_eq(sequence("\xdf\xbf"), 2);
    ck_assert_uint_eq(sequence("\xe0\xa0\x80"), 3);
    ck_assert_uint_eq(sequence("\xed\x9f\xbf"), 3);
    ck_assert_uint_eq(sequence("\xee\x80\x80"), 3);
    ck_assert_uint_eq(sequence("\xef\xbf\xbf"), 3);
    ck_assert_uint_eq(sequence("\xf0\x90\x80\x80"), 4);
    ck_assert_uint_eq(sequence("\xf4\x8f\xbf\xbf"), 4);
    ck_assert_uint_eq(sequence("aXX"), 1);
}
END_TEST

START_TEST(overlong_forms_surrogates_and_what_is_too_high_are_none)
{
    static const char *const wrong[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc2\x7f",
        "\xc2\xc0",
        "\xe1\x80\x7f",
        "\xf1\x80\x80\xc0",
        "\xf1\x80\x7f\x80",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(sequence(wrong[i]) == 0, "number %zu", i);
}
END_TEST

START_TEST(a_sequence_that_is_cut_off_is_none)
{
    ck_assert_uint_eq(gw_utf8_sequence("\xc2\x80", 1), 0);
    ck_assert_uint_eq(gw_utf8_sequence("\xe1\x80\x80", 2), 0);
    ck_assert_uint_eq(gw_utf8_sequence("\xf1\x80\x80\x80", 3), 0);
}
END_TEST

START_TEST(the_valid_length_ends_at_the_first_wrong_byte)
{
    ck_assert_uint_eq(gw_utf8_valid_len(gw_text_of("")), 0);
    ck_assert_uint_eq(gw_utf8_valid_len(gw_text_of("gr\xc3\xbc\xc3\x9f")), 6);
    ck_assert_uint_eq(gw_utf8_valid_len(gw_text_of("gr\xfc")), 2);
    ck_assert_uint_eq(gw_utf8_valid_len(gw_text_of("a\xc3")), 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_utf8");
    TCase *tests = tcase_create("utf8");

    tcase_add_test(tests, the_bounds_of_each_length_are_sequences);
    tcase_add_test(tests, overlong_forms_surrogates_and_what_is_too_high_are_none);
    tcase_add_test(tests, a_sequence_that_is_cut_off_is_none);
    tcase_add_test(tests, the_valid_length_ends_at_the_first_wrong_byte);
    suite_add_tcase(suite, tests);
    return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal is shown instead of what controls it, reorders a line or is invisible. */
#include "check_main.h"

#include <gangway/sdk/terminal_text.h>

#include <string.h>

static void assert_shown(const char *bytes, const char *expected)
{
    char shown[256];
    size_t len = 0;

    for (size_t left = strlen(bytes), taken; left > 0; bytes += taken, left -= taken) {
        ck_assert_uint_le(len + GW_TERMINAL_ESCAPE_MAX, sizeof shown);
        len += gw_terminal_escape(bytes, left, shown + len, &taken);
    }
    ck_assert_uint_eq(len, strlen(expected));
    ck_assert_mem_eq(shown, expected, len);
}

START_TEST(visible_characters_are_unchanged)
{
    assert_shown("LAMP \"1\" \\ ~", "LAMP \"1\" \\ ~");
    assert_shown("K\xc3\xb6NIG \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x82\xac \xf0\x9f\x9a\xa2 e\xcc\x81",
                 "K\xc3\xb6NIG \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x82\xac \xf0\x9f\x9a\xa2 e\xcc\x81");
}
END_TEST

START_TEST(control_characters_and_invalid_bytes_are_shown_byte_by_byte)
{
    assert_shown("a\nb\tc\rd\x1b[2J\x7f", "a\\nb\\tc\\x0dd\\x1b[2J\\x7f");
    assert_shown("\xc2\x9b"
                 "31m",
                 "\\xc2\\x9b31m");
    assert_shown("\x9b"
                 "31m\x80\xff\xe2\x80",
                 "\\x9b31m\\x80\\xff\\xe2\\x80");
}
END_TEST

START_TEST(invisible_characters_are_shown_by_number)
{
    assert_shown("\xe2\x80\xaepmal\xe2\x81\xa6", "\\u202epmal\\u2066");
    assert_shown("LA\xe2\x80\x8bMP\xef\xbb\xbf\xc2\xad", "LA\\u200bMP\\ufeff\\u00ad");
    assert_shown("a\xe2\x80\xa8"
                 "b\xf3\xa0\x80\x81",
                 "a\\u2028b\\U000e0001");
}
END_TEST

START_TEST(a_plain_run_ends_before_the_first_character_that_is_not)
{
    ck_assert_uint_eq(gw_terminal_plain_run("a \\~\n", 5), 4);
    ck_assert_uint_eq(gw_terminal_plain_run("ab\x7f", 3), 2);
    ck_assert_uint_eq(gw_terminal_plain_run("\xc3\xa9", 2), 0);
    ck_assert_uint_eq(gw_terminal_plain_run("", 0), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_terminal_text");
    TCase *tests = tcase_create("terminal_text");

    tcase_add_test(tests, visible_characters_are_unchanged);
    tcase_add_test(tests, control_characters_and_invalid_bytes_are_shown_byte_by_byte);
    tcase_add_test(tests, invisible_characters_are_shown_by_number);
    tcase_add_test(tests, a_plain_run_ends_before_the_first_character_that_is_not);
    suite_add_tcase(suite, tests);
    return suite;
}

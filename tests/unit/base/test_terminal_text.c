/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal is shown instead of what could steer it, reorder a line or hide. */
#include "base/buffer.h"
#include "base/terminal_text.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void assert_shown(const char *bytes, const char *expected)
{
    struct gw_buffer buffer;

    gw_buffer_init(&buffer, 4096);
    gw_buffer_append_terminal(&buffer, bytes, strlen(bytes));
    ck_assert_str_eq(buffer.ptr, expected);
    gw_buffer_done(&buffer);
}

START_TEST(what_can_be_seen_stays_as_it_is)
{
    assert_shown("LAMP \"1\" \\ ~", "LAMP \"1\" \\ ~");
    assert_shown("K\xc3\xb6NIG \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x82\xac \xf0\x9f\x9a\xa2 e\xcc\x81",
                 "K\xc3\xb6NIG \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x82\xac \xf0\x9f\x9a\xa2 e\xcc\x81");
}
END_TEST

START_TEST(controls_and_bytes_that_are_no_utf8_are_shown_byte_by_byte)
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

START_TEST(what_cannot_be_seen_is_shown_by_its_number)
{
    assert_shown("\xe2\x80\xaepmal\xe2\x81\xa6", "\\u202epmal\\u2066");
    assert_shown("LA\xe2\x80\x8bMP\xef\xbb\xbf\xc2\xad", "LA\\u200bMP\\ufeff\\u00ad");
    assert_shown("a\xe2\x80\xa8"
                 "b\xf3\xa0\x80\x81",
                 "a\\u2028b\\U000e0001");
}
END_TEST

START_TEST(a_width_counts_characters_and_those_of_escapes)
{
    static const char text[] = "a\xc3\xa9\xe2\x80\xae\n\x9b\xc2\x9b";

    ck_assert_uint_eq(gw_terminal_width(text, strlen(text)), 1 + 1 + 6 + 2 + 4 + 8);
    ck_assert_uint_eq(gw_terminal_width("", 0), 0);
}
END_TEST

START_TEST(a_printed_line_is_one_line)
{
    char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);

    ck_assert_ptr_nonnull(stream);
    gw_terminal_print_line(stream, "%s: %s", "a\nb", "\xe2\x80\xae");
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_str_eq(text, "a\\nb: \\u202e\n");
    free(text);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut_and_one_that_cannot_be_written_is_empty)
{
    char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);

    ck_assert_ptr_nonnull(stream);
    gw_terminal_print_line(stream, "%9000s", "x");
    ck_assert_int_eq(fflush(stream), 0);
    ck_assert_uint_eq(len, 8 * 1024);
    ck_assert_uint_eq(strspn(text, " "), len - 1);
    gw_terminal_print_line(stream, "%lc", (wint_t)0xd800);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_str_eq(text + 8 * 1024 - 1, "\n\n");
    free(text);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/terminal_text");
    TCase *tcase = tcase_create("terminal_text");

    tcase_add_test(tcase, what_can_be_seen_stays_as_it_is);
    tcase_add_test(tcase, controls_and_bytes_that_are_no_utf8_are_shown_byte_by_byte);
    tcase_add_test(tcase, what_cannot_be_seen_is_shown_by_its_number);
    tcase_add_test(tcase, a_width_counts_characters_and_those_of_escapes);
    tcase_add_test(tcase, a_printed_line_is_one_line);
    tcase_add_test(tcase, a_line_that_is_too_long_is_cut_and_one_that_cannot_be_written_is_empty);
    suite_add_tcase(suite, tcase);
    return suite;
}

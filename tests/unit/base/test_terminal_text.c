/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal is shown instead of what could steer it, reorder a line or hide. */
#include "base/buffer.h"
#include "base/terminal_text.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

START_TEST(a_text_in_a_buffer_is_escaped)
{
    struct gw_buffer buffer;

    gw_buffer_init(&buffer, 4096);
    gw_buffer_append_terminal(&buffer, "LAMP\n\x1b[2J\xe2\x80\xae", strlen("LAMP\n\x1b[2J\xe2\x80\xae"));
    ck_assert_str_eq(buffer.ptr, "LAMP\\n\\x1b[2J\\u202e");
    gw_buffer_done(&buffer);
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

    tcase_add_test(tcase, a_text_in_a_buffer_is_escaped);
    tcase_add_test(tcase, a_width_counts_characters_and_those_of_escapes);
    tcase_add_test(tcase, a_printed_line_is_one_line);
    tcase_add_test(tcase, a_line_that_is_too_long_is_cut_and_one_that_cannot_be_written_is_empty);
    suite_add_tcase(suite, tcase);
    return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How each character is written inside a JSON string. */
#include "check_main.h"

#include <gangway/sdk/json_escape.h>

#include <stdbool.h>
#include <string.h>

static void assert_escaped(const char *bytes, size_t len, const char *expected, size_t taken)
{
    char escaped[GW_JSON_ESCAPE_MAX];
    size_t ret_taken;
    size_t written = gw_json_escape(bytes, len, escaped, &ret_taken);

    ck_assert_uint_eq(written, strlen(expected));
    ck_assert_mem_eq(escaped, expected, written);
    ck_assert_uint_eq(ret_taken, taken);
}

START_TEST(characters_that_need_no_escape_are_unchanged)
{
    assert_escaped("a", 1, "a", 1);
    assert_escaped("/", 1, "/", 1);
    assert_escaped("\xc3\xa9", 2, "\xc3\xa9", 2);
    assert_escaped("\xc2\xa0", 2, "\xc2\xa0", 2);
    assert_escaped("\xe2\x82\xac", 3, "\xe2\x82\xac", 3);
    assert_escaped("\xf0\x9f\x9a\xa2", 4, "\xf0\x9f\x9a\xa2", 4);
}
END_TEST

START_TEST(characters_with_a_letter_of_their_own_use_it)
{
    assert_escaped("\"", 1, "\\\"", 1);
    assert_escaped("\\", 1, "\\\\", 1);
    assert_escaped("\b", 1, "\\b", 1);
    assert_escaped("\f", 1, "\\f", 1);
    assert_escaped("\n", 1, "\\n", 1);
    assert_escaped("\r", 1, "\\r", 1);
    assert_escaped("\t", 1, "\\t", 1);
}
END_TEST

START_TEST(other_control_characters_are_written_as_numbers)
{
    assert_escaped("\0", 1, "\\u0000", 1);
    assert_escaped("\x1b", 1, "\\u001b", 1);
    assert_escaped("\x7f", 1, "\\u007f", 1);
    assert_escaped("\xc2\x80", 2, "\\u0080", 2);
    assert_escaped("\xc2\x9f", 2, "\\u009f", 2);
}
END_TEST

START_TEST(invisible_characters_are_written_as_numbers)
{
    assert_escaped("\xe2\x80\xae", 3, "\\u202e", 3);
    assert_escaped("\xef\xbb\xbf", 3, "\\ufeff", 3);
    assert_escaped("\xf3\xa0\x81\x81", 4, "\\udb40\\udc41", 4);
    assert_escaped("\xf0\x9b\xb2\xa3", 4, "\\ud82f\\udca3", 4);
}
END_TEST

START_TEST(each_invalid_byte_becomes_the_replacement_character)
{
    assert_escaped("\xff", 1, "\xef\xbf\xbd", 1);
    assert_escaped("\x80", 1, "\xef\xbf\xbd", 1);
    assert_escaped("\xc3", 1, "\xef\xbf\xbd", 1);
    assert_escaped("\xe2\x82x", 3, "\xef\xbf\xbd", 1);
    assert_escaped("\xed\xa0\x80", 3, "\xef\xbf\xbd", 1);
}
END_TEST

START_TEST(a_plain_run_ends_before_the_first_character_that_is_not)
{
    ck_assert_uint_eq(gw_json_plain_run("abc~ def", 8), 8);
    ck_assert_uint_eq(gw_json_plain_run("ab\"c", 4), 2);
    ck_assert_uint_eq(gw_json_plain_run("ab\\c", 4), 2);
    ck_assert_uint_eq(gw_json_plain_run("ab\x7f", 3), 2);
    ck_assert_uint_eq(gw_json_plain_run("\xc3\xa9", 2), 0);
    ck_assert_uint_eq(gw_json_plain_run("\n", 1), 0);
    ck_assert_uint_eq(gw_json_plain_run("abcdefgh", 8), 8);
    ck_assert_uint_eq(gw_json_plain_run("abcdefg\x7f", 8), 7);
    ck_assert_uint_eq(gw_json_plain_run("abcdefg\"", 8), 7);
    ck_assert_uint_eq(gw_json_plain_run("abcdefg\\", 8), 7);
    ck_assert_uint_eq(gw_json_plain_run("abcdefg\x1f", 8), 7);
    ck_assert_uint_eq(gw_json_plain_run("abcdefg\xc3", 8), 7);
    ck_assert_uint_eq(gw_json_plain_run("", 0), 0);
}
END_TEST

/* Words and what is left of them are looked at in different ways, so every byte is tried at every place. */
START_TEST(a_plain_run_ends_at_any_byte_at_any_place)
{
    char bytes[27];

    for (size_t len = 1; len <= sizeof bytes; len++) {
        for (size_t at = 0; at < len; at++) {
            for (int byte = 0; byte < 256; byte++) {
                bool is_plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';

                memset(bytes, byte % 2 == 0 ? ' ' : '~', len);
                bytes[at] = (char)byte;
                if (gw_json_plain_run(bytes, len) != (is_plain ? len : at))
                    ck_abort_msg("byte %d at %zu of %zu", byte, at, len);
            }
        }
    }
}
END_TEST

START_TEST(bytes_are_appended_without_quotes)
{
    static const char text[] = "SKU \"LAMP\" \\ \x01\n\x7f\xc2\x85 \xc3\xa9\xff.";
    struct gw_buffer buffer;

    gw_buffer_init(&buffer, 4096);
    gw_json_escape_append(&buffer, text, sizeof text - 1);
    ck_assert_str_eq(buffer.ptr, "SKU \\\"LAMP\\\" \\\\ \\u0001\\n\\u007f\\u0085 \xc3\xa9\xef\xbf\xbd.");
    gw_buffer_done(&buffer);
}
END_TEST

START_TEST(after_a_failed_append_no_escaped_text_is_appended)
{
    struct gw_buffer small;

    gw_buffer_init(&small, 4);
    gw_json_escape_append(&small, "ab\x01", 3);
    gw_json_escape_append(&small, "c", 1);
    ck_assert(small.has_failed);
    ck_assert_str_eq(small.ptr, "ab");
    gw_buffer_done(&small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_json_escape");
    TCase *tcase = tcase_create("json_escape");

    tcase_add_test(tcase, characters_that_need_no_escape_are_unchanged);
    tcase_add_test(tcase, characters_with_a_letter_of_their_own_use_it);
    tcase_add_test(tcase, other_control_characters_are_written_as_numbers);
    tcase_add_test(tcase, invisible_characters_are_written_as_numbers);
    tcase_add_test(tcase, each_invalid_byte_becomes_the_replacement_character);
    tcase_add_test(tcase, a_plain_run_ends_before_the_first_character_that_is_not);
    tcase_add_test(tcase, a_plain_run_ends_at_any_byte_at_any_place);
    tcase_add_test(tcase, bytes_are_appended_without_quotes);
    tcase_add_test(tcase, after_a_failed_append_no_escaped_text_is_appended);
    suite_add_tcase(suite, tcase);
    return suite;
}

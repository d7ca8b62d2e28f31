/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: the bounds of each row of Unicode's table 3-7, and of each range of invisible characters. */
#include "check_main.h"

#include <gangway/sdk/utf8.h>

#include <string.h>

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

START_TEST(overlong_forms_surrogates_and_numbers_above_unicode_are_not_sequences)
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

START_TEST(a_wrong_byte_is_found_wherever_it_is)
{
    static const char *const cut[] = {"\xc3", "\xe2\x82", "\xe2", "\xf0\x9f\x9a", "\xf0\x9f", "\xf0", "\xff"};
    char place[40];

    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++)
        for (size_t at = 0; at < 20; at++) {
            size_t len = strlen(cut[i]);

            memset(place, 'a', sizeof place);
            memcpy(place + at, cut[i], len);
            ck_assert_uint_eq(gw_utf8_valid_len(gw_text_span(place, at + len)), at);
            ck_assert_uint_eq(gw_utf8_valid_len(gw_text_span(place, sizeof place)), at);
            ck_assert_uint_eq(gw_utf8_valid_len(gw_text_span(place, at)), at);
        }
}
END_TEST

START_TEST(no_bytes_are_no_sequence)
{
    ck_assert_uint_eq(gw_utf8_sequence("a", 0), 0);
    ck_assert_uint_eq(gw_utf8_valid_len(gw_text_of(NULL)), 0);
}
END_TEST

/* Writes code_point as UTF-8 would have it if every number had a form. */
static size_t encode(uint32_t code_point, char *ret_bytes)
{
    unsigned char *bytes = (unsigned char *)ret_bytes;
    size_t size = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t at;

    for (at = size; at-- > 1; code_point >>= 6)
        bytes[at] = (unsigned char)(0x80 | (code_point & 0x3f));
    bytes[0] = (unsigned char)(marks[size] | code_point);
    return size;
}

START_TEST(exactly_the_scalar_values_of_unicode_have_a_form)
{
    uint32_t code_point;
    char bytes[4];

    for (code_point = 0; code_point < 0x140000; code_point++) {
        size_t size = encode(code_point, bytes);
        int is_scalar = code_point <= 0x10ffff && !(code_point >= 0xd800 && code_point <= 0xdfff);

        if (gw_utf8_sequence(bytes, size) != (is_scalar ? size : 0))
            ck_abort_msg("U+%04X", code_point);
        if (gw_utf8_code_point(bytes, size) != code_point)
            ck_abort_msg("U+%04X", code_point);
    }
}
END_TEST

START_TEST(control_characters_are_found_at_every_place)
{
    uint32_t code_point;
    size_t at;

    for (code_point = 0; code_point < 0x200; code_point++)
        for (at = 0; at < 18; at++) {
            int is_control = code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
            char place[20];

            memset(place, ' ', sizeof place);
            encode(code_point, place + at);
            if (gw_utf8_has_control(place, sizeof place) != is_control)
                ck_abort_msg("U+%04X at %zu", code_point, at);
        }
}
END_TEST

START_TEST(bytes_of_other_characters_are_no_control_characters)
{
    ck_assert(!gw_utf8_has_control("\xe2\x80\x9c \xc3\x82 \xe0\xa2\x80 \xf0\x9f\x82\x85", 15));
    ck_assert(!gw_utf8_has_control("", 0));
    ck_assert(!gw_utf8_has_control("\xc2", 1));
}
END_TEST

START_TEST(both_ends_of_each_range_are_known_and_their_neighbours_are_not)
{
    static const uint32_t hidden[] = {0xad,   0x34f,   0x61c,   0x115f,  0x1160,  0x17b4,  0x17b5,
                                      0x180b, 0x180f,  0x200b,  0x200f,  0x2028,  0x202e,  0x2060,
                                      0x206f, 0x3164,  0xfe00,  0xfe0f,  0xfeff,  0xffa0,  0xfff0,
                                      0xfffb, 0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0000, 0xe0fff};
    static const uint32_t seen[] = {0x41,   0xac,   0xae,   0x300,   0x61b,   0x115e,  0x1161,  0x17b3,  0x17b6,
                                    0x200a, 0x2010, 0x2027, 0x202f,  0x205f,  0x2070,  0x3163,  0x3165,  0xfdff,
                                    0xfe10, 0xfffc, 0xfffd, 0x1bca4, 0x1d172, 0x1d17b, 0x1f6a2, 0xdffff, 0xe1000};

    for (size_t at = 0; at < sizeof hidden / sizeof *hidden; at++)
        ck_assert_msg(gw_code_point_is_invisible(hidden[at]), "U+%04X", (unsigned)hidden[at]);
    for (size_t at = 0; at < sizeof seen / sizeof *seen; at++)
        ck_assert_msg(!gw_code_point_is_invisible(seen[at]), "U+%04X", (unsigned)seen[at]);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_utf8");
    TCase *tests = tcase_create("utf8");

    tcase_add_test(tests, the_bounds_of_each_length_are_sequences);
    tcase_add_test(tests, overlong_forms_surrogates_and_numbers_above_unicode_are_not_sequences);
    tcase_add_test(tests, a_sequence_that_is_cut_off_is_none);
    tcase_add_test(tests, the_valid_length_ends_at_the_first_wrong_byte);
    tcase_add_test(tests, a_wrong_byte_is_found_wherever_it_is);
    tcase_add_test(tests, no_bytes_are_no_sequence);
    tcase_add_test(tests, exactly_the_scalar_values_of_unicode_have_a_form);
    tcase_add_test(tests, control_characters_are_found_at_every_place);
    tcase_add_test(tests, bytes_of_other_characters_are_no_control_characters);
    tcase_add_test(tests, both_ends_of_each_range_are_known_and_their_neighbours_are_not);
    suite_add_tcase(suite, tests);
    return suite;
}

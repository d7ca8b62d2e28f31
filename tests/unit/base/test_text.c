/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, control characters and the nearest name. */
#include "base/text.h"
#include "check_main.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BYTES(literal) (literal), sizeof(literal) - 1

START_TEST(well_formed_utf8_is_valid_whatever_its_length)
{
    ck_assert(gw_utf8_is_valid("", 0));
    ck_assert_uint_eq(gw_utf8_sequence("", 0), 0);
    ck_assert(gw_utf8_is_valid(BYTES("COMFY-CHAISE-LONGUE")));
    ck_assert(gw_utf8_is_valid(BYTES("a\0b")));
    ck_assert(gw_utf8_is_valid(BYTES("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf")));
    ck_assert(gw_utf8_is_valid(BYTES("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf")));
}
END_TEST

START_TEST(overlong_forms_surrogates_and_what_lies_beyond_unicode_are_invalid)
{
    static const char *const bad[] = {
        "\x80",         "\xbf",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",     "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff",         "\xfe",
    };
    size_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!gw_utf8_is_valid(bad[i], strlen(bad[i])), "case %zu", i);
}
END_TEST

START_TEST(a_sequence_that_is_cut_is_invalid_wherever_it_stands)
{
    static const char *const cut[] = {"\xc3", "\xe2\x82", "\xe2", "\xf0\x9f\x9a", "\xf0\x9f", "\xf0"};
    char place[40];
    size_t i, at;

    for (i = 0; i < sizeof cut / sizeof cut[0]; i++)
        for (at = 0; at < 20; at++) {
            size_t len = strlen(cut[i]);

            memset(place, 'a', sizeof place);
            memcpy(place + at, cut[i], len);
            ck_assert(!gw_utf8_is_valid(place, at + len));
            ck_assert(!gw_utf8_is_valid(place, sizeof place));
            ck_assert(gw_utf8_is_valid(place, at));
        }
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
    ck_assert(!gw_utf8_has_control(BYTES("\xe2\x80\x9c \xc3\x82 \xe0\xa2\x80 \xf0\x9f\x82\x85")));
    ck_assert(!gw_utf8_has_control("", 0));
    ck_assert(!gw_utf8_has_control("\xc2", 1));
}
END_TEST

static const char *nearest(const char *name)
{
    static const char *const names[] = {"brokers", "group", "topic", "topics", "url", "workers", "prefetch"};

    return gw_text_nearest(name, strlen(name), names, sizeof names / sizeof names[0]);
}

START_TEST(a_slip_of_one_or_two_keys_finds_the_name)
{
    ck_assert_str_eq(nearest("borkers"), "brokers");
    ck_assert_str_eq(nearest("broker"), "brokers");
    ck_assert_str_eq(nearest("brookers"), "brokers");
    ck_assert_str_eq(nearest("brokess"), "brokers");
    ck_assert_str_eq(nearest("rbokesr"), "brokers");
    ck_assert_str_eq(nearest("Group"), "group");
    ck_assert_str_eq(nearest("PREFECTH"), "prefetch");
    ck_assert_str_eq(nearest("rul"), "url");
}
END_TEST

START_TEST(what_is_further_away_finds_nothing)
{
    ck_assert_ptr_null(nearest("kafka"));
    ck_assert_ptr_null(nearest("brkr"));
    ck_assert_ptr_null(nearest("brokers_and_more"));
    ck_assert_ptr_null(nearest(""));
    ck_assert_ptr_null(gw_text_nearest("url", 3, NULL, 0));
}
END_TEST

START_TEST(the_fewer_edits_win_and_then_the_first)
{
    static const char *const names[] = {"aaaaaXX", "aaaaaaX", "aaaaaaY"};

    ck_assert_str_eq(nearest("topic"), "topic");
    ck_assert_str_eq(nearest("topics"), "topics");
    ck_assert_str_eq(gw_text_nearest("aaaaaaa", 7, names, 3), "aaaaaaX");
}
END_TEST

START_TEST(half_of_a_short_name_is_too_much_to_guess)
{
    static const char *const names[] = {"ab", "abcd"};

    ck_assert_ptr_null(gw_text_nearest("xb", 2, names, 1));
    ck_assert_str_eq(gw_text_nearest("abx", 3, names, 1), "ab");
    ck_assert_ptr_null(gw_text_nearest("abxx", 4, names, 2));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/text");
    TCase *tcase = tcase_create("text");

    tcase_add_test(tcase, well_formed_utf8_is_valid_whatever_its_length);
    tcase_add_test(tcase, overlong_forms_surrogates_and_what_lies_beyond_unicode_are_invalid);
    tcase_add_test(tcase, a_sequence_that_is_cut_is_invalid_wherever_it_stands);
    tcase_add_test(tcase, exactly_the_scalar_values_of_unicode_have_a_form);
    tcase_add_test(tcase, control_characters_are_found_at_every_place);
    tcase_add_test(tcase, bytes_of_other_characters_are_no_control_characters);
    tcase_add_test(tcase, a_slip_of_one_or_two_keys_finds_the_name);
    tcase_add_test(tcase, what_is_further_away_finds_nothing);
    tcase_add_test(tcase, the_fewer_edits_win_and_then_the_first);
    tcase_add_test(tcase, half_of_a_short_name_is_too_much_to_guess);
    suite_add_tcase(suite, tcase);
    return suite;
}

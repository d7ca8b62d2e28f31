/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text is UTF-8, and the nearest name. */
#include "base/text.h"
#include "check_main.h"

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

START_TEST(one_byte_that_is_no_utf8_makes_a_text_invalid)
{
    ck_assert(!gw_utf8_is_valid(BYTES("COMFY-CHAISE-LONGUE\xff")));
    ck_assert(!gw_utf8_is_valid(BYTES("\xe2\x82")));
}
END_TEST

static const char *nearest(const char *name)
{
    static const char *const names[] = {"brokers", "group", "topic", "topics", "url", "workers", "prefetch"};

    return gw_text_nearest(name, strlen(name), names, sizeof names / sizeof names[0]);
}

START_TEST(a_text_is_cut_between_two_characters)
{
    ck_assert_uint_eq(gw_utf8_cut("abc", 3, 3), 3);
    ck_assert_uint_eq(gw_utf8_cut("abc", 3, 2), 2);
    ck_assert_uint_eq(gw_utf8_cut("a\xe2\x82\xac", 4, 4), 4);
    ck_assert_uint_eq(gw_utf8_cut("a\xe2\x82\xac", 4, 3), 1);
    ck_assert_uint_eq(gw_utf8_cut("a\xe2\x82\xac", 4, 2), 1);
    ck_assert_uint_eq(gw_utf8_cut("\xe2\x82\xac", 3, 2), 0);
    ck_assert_uint_eq(gw_utf8_cut("", 0, 0), 0);
}
END_TEST

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

START_TEST(a_name_with_more_edits_is_not_found)
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
    tcase_add_test(tcase, one_byte_that_is_no_utf8_makes_a_text_invalid);
    tcase_add_test(tcase, a_text_is_cut_between_two_characters);
    tcase_add_test(tcase, a_slip_of_one_or_two_keys_finds_the_name);
    tcase_add_test(tcase, a_name_with_more_edits_is_not_found);
    tcase_add_test(tcase, the_fewer_edits_win_and_then_the_first);
    tcase_add_test(tcase, half_of_a_short_name_is_too_much_to_guess);
    suite_add_tcase(suite, tcase);
    return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A run of bytes that grows up to its maximum and says at the end whether it is whole. */
#include "base/buffer.h"
#include "check_main.h"

#include <string.h>
#include <wchar.h>

static struct gw_buffer buffer;

static void set_up(void)
{
    gw_buffer_init(&buffer, 1024 * 1024);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
}

START_TEST(nothing_is_allocated_before_the_first_append)
{
    ck_assert_ptr_null(buffer.ptr);
    ck_assert_uint_eq(buffer.capacity, 0);
    gw_buffer_append(&buffer, NULL, 0);
    ck_assert_str_eq(buffer.ptr, "");
}
END_TEST

START_TEST(appends_of_every_kind_follow_each_other)
{
    gw_buffer_append(&buffer, "abXX", 2);
    gw_buffer_append_string(&buffer, "cd");
    gw_buffer_append_byte(&buffer, '-');
    gw_buffer_append_int(&buffer, -42);
    gw_buffer_append_format(&buffer, "%s=%03d", "n", 7);
    ck_assert_str_eq(buffer.ptr, "abcd--42n=007");
    ck_assert_uint_eq(buffer.len, strlen("abcd--42n=007"));
    ck_assert(!buffer.has_failed);
}
END_TEST

START_TEST(the_smallest_and_the_largest_integer_are_written_in_full)
{
    gw_buffer_append_int(&buffer, INT64_MIN);
    gw_buffer_append_byte(&buffer, ' ');
    gw_buffer_append_int(&buffer, INT64_MAX);
    gw_buffer_append_byte(&buffer, ' ');
    gw_buffer_append_int(&buffer, 0);
    ck_assert_str_eq(buffer.ptr, "-9223372036854775808 9223372036854775807 0");
}
END_TEST

START_TEST(it_grows_byte_by_byte_up_to_exactly_its_maximum)
{
    struct gw_buffer small;
    int i;

    gw_buffer_init(&small, 1000);
    for (i = 0; i < 1000; i++)
        gw_buffer_append_byte(&small, 'x');
    ck_assert(!small.has_failed);
    ck_assert_uint_eq(small.len, 1000);
    ck_assert_int_eq(small.ptr[1000], '\0');
    gw_buffer_append_byte(&small, 'x');
    ck_assert(small.has_failed);
    ck_assert_uint_eq(small.len, 1000);
    gw_buffer_done(&small);
}
END_TEST

START_TEST(after_one_failed_append_every_later_one_does_nothing)
{
    struct gw_buffer small;

    gw_buffer_init(&small, 4);
    gw_buffer_append_string(&small, "abc");
    gw_buffer_append_string(&small, "too long");
    gw_buffer_append_string(&small, "d");
    gw_buffer_append_int(&small, 1);
    gw_buffer_append_format(&small, "%d", 1);
    gw_buffer_append_json(&small, "e", 1);
    ck_assert_str_eq(small.ptr, "abc");
    ck_assert(small.has_failed);
    gw_buffer_reset(&small);
    gw_buffer_append_string(&small, "good");
    ck_assert_str_eq(small.ptr, "good");
    ck_assert(!small.has_failed);
    gw_buffer_done(&small);
}
END_TEST

START_TEST(a_format_that_cannot_be_written_is_a_failed_append)
{
    gw_buffer_append_string(&buffer, "kept");
    gw_buffer_append_format(&buffer, "%lc", (wint_t)0xd800);
    ck_assert(buffer.has_failed);
    ck_assert_str_eq(buffer.ptr, "kept");
}
END_TEST

START_TEST(a_maximum_without_bound_does_not_overflow)
{
    struct gw_buffer boundless;

    gw_buffer_init(&boundless, SIZE_MAX);
    gw_buffer_append_string(&boundless, "a");
    gw_buffer_append(&boundless, "b", SIZE_MAX / 2 + 1);
    ck_assert(boundless.has_failed);
    ck_assert_str_eq(boundless.ptr, "a");
    gw_buffer_done(&boundless);
}
END_TEST

START_TEST(a_buffer_that_is_done_may_be_used_again)
{
    gw_buffer_append_string(&buffer, "once");
    gw_buffer_done(&buffer);
    ck_assert_ptr_null(buffer.ptr);
    gw_buffer_append_string(&buffer, "twice");
    ck_assert_str_eq(buffer.ptr, "twice");
}
END_TEST

START_TEST(json_text_is_escaped_and_everything_else_stays_as_it_is)
{
    static const char text[] = "SKU \"LAMP\" \\ \x01\n\x7f\xc2\x85 \xc3\xa9\xff.";

    gw_buffer_append_json(&buffer, text, sizeof text - 1);
    ck_assert_str_eq(buffer.ptr, "SKU \\\"LAMP\\\" \\\\ \\u0001\\n\\u007f\\u0085 \xc3\xa9\xef\xbf\xbd.");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/buffer");
    TCase *tcase = tcase_create("buffer");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing_is_allocated_before_the_first_append);
    tcase_add_test(tcase, appends_of_every_kind_follow_each_other);
    tcase_add_test(tcase, the_smallest_and_the_largest_integer_are_written_in_full);
    tcase_add_test(tcase, it_grows_byte_by_byte_up_to_exactly_its_maximum);
    tcase_add_test(tcase, after_one_failed_append_every_later_one_does_nothing);
    tcase_add_test(tcase, a_format_that_cannot_be_written_is_a_failed_append);
    tcase_add_test(tcase, a_maximum_without_bound_does_not_overflow);
    tcase_add_test(tcase, a_buffer_that_is_done_may_be_used_again);
    tcase_add_test(tcase, json_text_is_escaped_and_everything_else_stays_as_it_is);
    suite_add_tcase(suite, tcase);
    return suite;
}

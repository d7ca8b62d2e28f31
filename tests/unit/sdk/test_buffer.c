/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer grows up to its maximum, and reports at the end whether it is complete. */
#include "check_main.h"

#include <gangway/sdk/buffer.h>

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
    ck_assert_str_eq(small.ptr, "abc");
    ck_assert(small.has_failed);
    gw_buffer_reset(&small);
    gw_buffer_append_string(&small, "good");
    ck_assert_str_eq(small.ptr, "good");
    ck_assert(!small.has_failed);
    gw_buffer_done(&small);
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

/* As malloc does it, where the sanitizer would end the process. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

START_TEST(too_long_is_told_from_no_memory)
{
    struct gw_buffer small;

    gw_buffer_init(&small, 4);
    gw_buffer_append_string(&small, "abcd");
    ck_assert(!small.is_too_long);
    gw_buffer_append_byte(&small, 'e');
    ck_assert(small.has_failed && small.is_too_long);
    gw_buffer_reset(&small);
    ck_assert(!small.has_failed && !small.is_too_long);
    gw_buffer_done(&small);

    gw_buffer_init(&small, SIZE_MAX);
    gw_buffer_append_string(&small, "a");
    ck_assert_ptr_null(gw_buffer_reserve(&small, SIZE_MAX / 2 - 1)); /* within the maximum, beyond any memory */
    ck_assert(small.has_failed && !small.is_too_long);
    ck_assert_str_eq(small.ptr, "a");
    gw_buffer_done(&small);
}
END_TEST

START_TEST(a_buffer_of_zeros_takes_no_byte_and_needs_no_init)
{
    struct gw_buffer zeros = {0};

    gw_buffer_append_byte(&zeros, 'a');
    ck_assert(zeros.has_failed && zeros.is_too_long);
    ck_assert_uint_eq(gw_buffer_text(&zeros).len, 0);
    gw_buffer_done(&zeros);
}
END_TEST

START_TEST(reserved_room_becomes_content_as_far_as_it_is_counted)
{
    char *room;

    gw_buffer_append_string(&buffer, "ab");
    room = gw_buffer_reserve(&buffer, 100);
    memcpy(room, "cde", 3);
    ck_assert_uint_eq(buffer.len, 2);
    gw_buffer_advance(&buffer, 2);
    ck_assert_str_eq(buffer.ptr, "abcd");
    ck_assert(gw_text_is(gw_buffer_text(&buffer), "abcd"));
}
END_TEST

START_TEST(a_truncated_buffer_continues_behind_what_is_left)
{
    gw_buffer_append_string(&buffer, "abcd");
    gw_buffer_truncate(&buffer, 1);
    ck_assert_str_eq(buffer.ptr, "a");
    gw_buffer_append_string(&buffer, "x");
    ck_assert_str_eq(buffer.ptr, "ax");
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

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_buffer");
    TCase *tcase = tcase_create("buffer");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing_is_allocated_before_the_first_append);
    tcase_add_test(tcase, appends_of_every_kind_follow_each_other);
    tcase_add_test(tcase, the_smallest_and_the_largest_integer_are_written_in_full);
    tcase_add_test(tcase, it_grows_byte_by_byte_up_to_exactly_its_maximum);
    tcase_add_test(tcase, after_one_failed_append_every_later_one_does_nothing);
    tcase_add_test(tcase, a_maximum_without_bound_does_not_overflow);
    tcase_add_test(tcase, a_buffer_that_is_done_may_be_used_again);
    tcase_add_test(tcase, too_long_is_told_from_no_memory);
    tcase_add_test(tcase, a_buffer_of_zeros_takes_no_byte_and_needs_no_init);
    tcase_add_test(tcase, reserved_room_becomes_content_as_far_as_it_is_counted);
    tcase_add_test(tcase, a_truncated_buffer_continues_behind_what_is_left);
    tcase_add_test(tcase, a_format_that_cannot_be_written_is_a_failed_append);
    suite_add_tcase(suite, tcase);
    return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Escaped text in a buffer. */
#include "base/buffer.h"
#include "check_main.h"

static struct gw_buffer buffer;

static void set_up(void)
{
    gw_buffer_init(&buffer, 1024 * 1024);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
}

START_TEST(after_a_failed_append_no_escaped_text_is_appended)
{
    struct gw_buffer small;

    gw_buffer_init(&small, 4);
    gw_buffer_append_json(&small, "ab\x01", 3);
    gw_buffer_append_json(&small, "c", 1);
    gw_buffer_append_terminal(&small, "d", 1);
    ck_assert(small.has_failed);
    ck_assert_str_eq(small.ptr, "ab");
    gw_buffer_done(&small);
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
    tcase_add_test(tcase, after_a_failed_append_no_escaped_text_is_appended);
    tcase_add_test(tcase, json_text_is_escaped_and_everything_else_stays_as_it_is);
    suite_add_tcase(suite, tcase);
    return suite;
}

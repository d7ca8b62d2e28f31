/* SPDX-License-Identifier: Apache-2.0 */
/* Escaped text in a buffer. */
#include "base/buffer.h"
#include "check_main.h"

START_TEST(after_a_failed_append_no_escaped_text_is_appended)
{
    struct gw_buffer small;

    gw_buffer_init(&small, 4);
    gw_buffer_append_terminal(&small, "ab\x01", 3);
    gw_buffer_append_terminal(&small, "c", 1);
    ck_assert(small.has_failed);
    ck_assert_str_eq(small.ptr, "ab");
    gw_buffer_done(&small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/buffer");
    TCase *tcase = tcase_create("buffer");

    tcase_add_test(tcase, after_a_failed_append_no_escaped_text_is_appended);
    suite_add_tcase(suite, tcase);
    return suite;
}

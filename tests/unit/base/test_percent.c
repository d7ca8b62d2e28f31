/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes a URL may hold as they are, and how the others are written. */
#include "base/percent.h"
#include "check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(letters_digits_and_four_marks_stay_and_every_other_byte_is_written_as_a_number)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (int byte = 0; byte < 256; byte++) {
        char encoded[GW_PERCENT_MAX];
        char expected[GW_PERCENT_MAX + 1];
        size_t len = gw_percent_encode((char)byte, encoded);

        if (byte != 0 && strchr(unreserved, byte) != NULL)
            (void)snprintf(expected, sizeof expected, "%c", byte);
        else
            (void)snprintf(expected, sizeof expected, "%%%02X", (unsigned)byte);
        ck_assert_uint_eq(len, strlen(expected));
        ck_assert_mem_eq(encoded, expected, len);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/percent");
    TCase *tcase = tcase_create("percent");

    tcase_add_test(tcase, letters_digits_and_four_marks_stay_and_every_other_byte_is_written_as_a_number);
    suite_add_tcase(suite, tcase);
    return suite;
}

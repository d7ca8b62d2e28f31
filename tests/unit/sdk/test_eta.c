/* SPDX-License-Identifier: Apache-2.0 */
/* An ETA as text and back. */
#include "check_main.h"

#include <gangway/sdk/eta.h>

static void assert_is(const char *text, int32_t eta)
{
    char written[GW_ETA_BYTES];
    int32_t read;

    ck_assert_msg(gw_eta_read(gw_text_of(text), &read) == 1, "%s", text);
    ck_assert_int_eq(read, eta);
    gw_eta_write(eta, written);
    ck_assert(gw_text_is(gw_text_span(written, sizeof written), text));
}

START_TEST(days_that_exist_are_read_and_written)
{
    assert_is("2026-12-24", 20261224);
    assert_is("0001-01-01", 10101);
    assert_is("9999-12-31", 99991231);
    assert_is("2024-02-29", 20240229);
    assert_is("2000-02-29", 20000229);
}
END_TEST

START_TEST(nothing_is_stock_in_the_warehouse)
{
    int32_t eta = 1;

    ck_assert_int_eq(gw_eta_read(gw_text_of(""), &eta), 1);
    ck_assert_int_eq(eta, 0);
}
END_TEST

START_TEST(everything_else_is_refused)
{
    static const char *const wrong[] = {"2026-02-29",  "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
                                        "2026-04-31",  "0000-01-01", "2026-1-01",  "20261224",   "2026/12/24",
                                        "2026-12-24 ", "a026-12-24", "2026-12-2x", "-026-12-24"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int32_t eta = 1;

        ck_assert_msg(gw_eta_read(gw_text_of(wrong[i]), &eta) == 0, "%s", wrong[i]);
        ck_assert_int_eq(eta, 0);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_eta");
    TCase *tests = tcase_create("eta");

    tcase_add_test(tests, days_that_exist_are_read_and_written);
    tcase_add_test(tests, nothing_is_stock_in_the_warehouse);
    tcase_add_test(tests, everything_else_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}

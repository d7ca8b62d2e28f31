/* SPDX-License-Identifier: Apache-2.0 */
/* The names that were expected, within the bounds of an error text. */
#include "check_main.h"
#include "options/hint.h"

#include <stdio.h>
#include <string.h>

static char text[GW_HINT_MAX_BYTES];

START_TEST(a_hint_names_all_and_the_nearest)
{
    static const char *const names[] = {"publish", "notify"};

    ck_assert_str_eq(gw_hint(text, gw_text_of("notfy"), names, 2),
                     "expected one of publish, notify; did you mean 'notify'?");
    ck_assert_str_eq(gw_hint(text, gw_text_of("x"), names, 2), "expected one of publish, notify");
    ck_assert_str_eq(gw_hint(text, gw_text_of("x"), names, 1), "expected publish");
    ck_assert_str_eq(gw_hint(text, gw_text_of("x"), names, 0), "there is none");
}
END_TEST

START_TEST(a_list_that_is_too_long_is_cut_and_still_followed_by_the_nearest)
{
    enum { COUNT = 200 };
    static char storage[COUNT][32];
    static const char *names[COUNT];
    size_t len;

    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(storage[i], sizeof storage[i], "event_name_%d", i);
        names[i] = storage[i];
    }
    (void)gw_hint(text, gw_text_of("x"), names, COUNT);
    len = strlen(text);
    ck_assert_uint_lt(len, GW_HINT_MAX_BYTES);
    ck_assert_str_eq(text + len - 5, ", ...");
    (void)gw_hint(text, gw_text_of("event_nme_199"), names, COUNT);
    ck_assert_ptr_nonnull(strstr(text, ", ...; did you mean 'event_name_199'?"));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("hint");
    TCase *tests = tcase_create("hint");

    tcase_add_test(tests, a_hint_names_all_and_the_nearest);
    tcase_add_test(tests, a_list_that_is_too_long_is_cut_and_still_followed_by_the_nearest);
    suite_add_tcase(suite, tests);
    return suite;
}

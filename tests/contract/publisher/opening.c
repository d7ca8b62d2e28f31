/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, checking and closing: nothing is sent before the first publish. */
#include "fixture.h"

enum { AT_ONCE_MS = 2000 };

START_TEST(check_finds_the_destination_and_sends_nothing)
{
    outlet_open(&outlet);
    expect_nothing(&outlet);
    suite_expect_all_well(outlet.plugin.descriptor->check, outlet.self);
    outlet_close(&outlet);
    expect_nothing(&outlet);
    outlet_open(&outlet);
    outlet_deliver(&outlet, 0, 3);
    expect_arrived(&outlet, 0, 3, ONCE);
}
END_TEST

START_TEST(check_returns_the_status_of_an_unreachable_other_side)
{
    if (publisher.away == NULL)
        return;
    outlet_open_with(&outlet, publisher.away);
    suite_expect_away(outlet.plugin.descriptor->check, outlet.self);
}
END_TEST

START_TEST(open_does_not_connect)
{
    int64_t begun = now_ms();

    if (publisher.away == NULL)
        return;
    outlet_open_with(&outlet, publisher.away);
    outlet_close(&outlet);
    ck_assert_int_lt(now_ms() - begun, AT_ONCE_MS);
}
END_TEST

START_TEST(close_accepts_null_instances)
{
    outlet_open(&outlet);
    outlet.plugin.descriptor->close(NULL);
}
END_TEST

TCase *opening_case(void)
{
    TCase *tests = publisher_case("opening");

    tcase_add_test(tests, check_finds_the_destination_and_sends_nothing);
    tcase_add_test(tests, check_returns_the_status_of_an_unreachable_other_side);
    tcase_add_test(tests, open_does_not_connect);
    tcase_add_test(tests, close_accepts_null_instances);
    return tests;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, checking and closing: nobody is notified before the first send. */
#include "fixture.h"

enum { AT_ONCE_MS = 2000 };

START_TEST(check_finds_the_channel_and_sends_nothing)
{
    channel_open(&channel);
    suite_expect_all_well(channel.plugin.descriptor->check, channel.self);
    channel_close(&channel);
    expect_arrived(&channel, 0);
    channel_open(&channel);
    suite_expect_all_well(channel.plugin.descriptor->check, channel.self);
    channel_deliver(&channel, 0);
    expect_arrived(&channel, 1);
}
END_TEST

START_TEST(check_returns_the_status_of_an_unreachable_other_side)
{
    if (notifier.away == NULL)
        return;
    channel_open_with(&channel, notifier.away);
    suite_expect_away(channel.plugin.descriptor->check, channel.self);
}
END_TEST

START_TEST(open_does_not_connect)
{
    int64_t begun = now_ms();

    if (notifier.away == NULL)
        return;
    channel_open_with(&channel, notifier.away);
    channel_close(&channel);
    ck_assert_int_lt(now_ms() - begun, AT_ONCE_MS);
}
END_TEST

START_TEST(close_accepts_null_instances)
{
    channel_open(&channel);
    channel.plugin.descriptor->close(NULL);
    expect_arrived(&channel, 0);
}
END_TEST

TCase *opening_case(void)
{
    TCase *tests = notifier_case("opening");

    tcase_add_test(tests, check_finds_the_channel_and_sends_nothing);
    tcase_add_test(tests, check_returns_the_status_of_an_unreachable_other_side);
    tcase_add_test(tests, open_does_not_connect);
    tcase_add_test(tests, close_accepts_null_instances);
    return tests;
}

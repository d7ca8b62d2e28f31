/* SPDX-License-Identifier: Apache-2.0 */
/* Notices that are sent, and what becomes of those that cannot be. */
#include "fixture.h"

#include <stddef.h>

enum { SHORT_MS = 500, AT_ONCE_MS = 5000, MANY = 50 };

START_TEST(notices_arrive_once_and_in_order)
{
    channel_open(&channel);
    for (uint32_t number = 0; number < MANY; number++)
        channel_deliver(&channel, number);
    expect_arrived(&channel, MANY);
}
END_TEST

START_TEST(a_notice_about_many_events_is_one_notice)
{
    channel_open(&channel);
    suite_assert_status(channel_send(&channel, 0, 1000, DEADLINE_MS), GW_OK, &channel.error);
    ck_assert_int_eq(channel.verdict.status, GW_OK);
    expect_arrived(&channel, 1);
}
END_TEST

START_TEST(keepalive_sends_nothing_and_breaks_nothing)
{
    channel_open(&channel);
    if (channel.ops->size < offsetof(struct gw_notifier_ops, keepalive) + sizeof channel.ops->keepalive ||
        channel.ops->keepalive == NULL)
        return;
    channel.ops->keepalive(channel.self);
    expect_arrived(&channel, 0);
    channel_deliver(&channel, 0);
    channel.ops->keepalive(channel.self);
    channel_deliver(&channel, 1);
    expect_arrived(&channel, 2);
}
END_TEST

START_TEST(two_instances_do_not_disturb_each_other)
{
    other.place = channel.place;
    other.console = channel.console;
    channel_open(&channel);
    channel_open(&other);
    channel_deliver(&channel, 0);
    channel_deliver(&other, 1);
    channel_close(&channel);
    channel_deliver(&other, 2);
    expect_arrived(&other, 3);
}
END_TEST

/* The notice was sent, or it is sent again. A failure and an unexpected arrival never occur together. */
START_TEST(a_deadline_that_has_passed_ends_the_attempt_at_once)
{
    int64_t begun = now_ms();
    enum gw_status status;

    channel_open(&channel);
    status = channel_send(&channel, 0, 1, -1);
    ck_assert_msg(status == GW_OK || status == GW_TRANSIENT, "send returns %s", gw_status_word((int)status));
    ck_assert_int_lt(now_ms() - begun, AT_ONCE_MS);
    if (status == GW_OK && channel.verdict.status == GW_OK)
        expect_arrived(&channel, 1);
}
END_TEST

START_TEST(send_reports_an_unreachable_channel)
{
    int64_t begun = now_ms();
    enum gw_status status;

    if (notifier.away == NULL)
        return;
    channel_open_with(&channel, notifier.away);
    status = channel_send(&channel, 0, 1, SHORT_MS);
    ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFIG ||
                      (status == GW_OK && channel.verdict.status == GW_TRANSIENT),
                  "send returns %s", gw_status_word((int)status));
    ck_assert_int_lt(now_ms() - begun, SHORT_MS + AT_ONCE_MS);
}
END_TEST

/* Of the second in which a sign of life is due, twice as much, for a machine that is busy. */
START_TEST(a_send_that_takes_long_gives_signs_of_life)
{
    enum { LONG_MS = 4000, SILENCE_MS = 2000 };

    if (notifier.away == NULL)
        return;
    channel_open_with(&channel, notifier.away);
    test_host_begin(&channel.host);
    (void)channel_send(&channel, 0, 1, LONG_MS);
    ck_assert_int_lt(test_host_silence_ms(&channel.host), SILENCE_MS);
}
END_TEST

/* A wait ends with CANCELLED; what needs no wait may still be sent. */
START_TEST(a_shutdown_ends_a_send)
{
    enum gw_status status;

    channel_open(&channel);
    test_host_cancel(&channel.host);
    status = channel_send(&channel, 0, 1, DEADLINE_MS);
    ck_assert_msg(status == GW_CANCELLED || status == GW_OK, "send returns %s", gw_status_word((int)status));
    if (status == GW_CANCELLED)
        expect_arrived(&channel, 0);
}
END_TEST

TCase *sending_case(void)
{
    TCase *tests = notifier_case("sending");

    tcase_add_test(tests, notices_arrive_once_and_in_order);
    tcase_add_test(tests, a_notice_about_many_events_is_one_notice);
    tcase_add_test(tests, keepalive_sends_nothing_and_breaks_nothing);
    tcase_add_test(tests, two_instances_do_not_disturb_each_other);
    tcase_add_test(tests, a_deadline_that_has_passed_ends_the_attempt_at_once);
    tcase_add_test(tests, send_reports_an_unreachable_channel);
    tcase_add_test(tests, a_send_that_takes_long_gives_signs_of_life);
    tcase_add_test(tests, a_shutdown_ends_a_send);
    return tests;
}

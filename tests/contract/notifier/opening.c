/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, checking and closing. */
#include "fixture.h"

enum { AT_ONCE_MS = 2000 };

START_TEST(check_finds_the_channel_and_an_instance_sends_after_it)
{
    suite_expect_all_well(channel.plugin.descriptor->check, channel.self);
    channel_deliver(&channel, 1, "after a check");
}
END_TEST

START_TEST(check_returns_what_it_found_away)
{
    if (away == NULL)
        return;
    channel_open(&other, away);
    suite_expect_away(other.plugin.descriptor->check, other.self);
}
END_TEST

START_TEST(open_does_not_look_for_the_other_side)
{
    int64_t begun = now_ms();

    if (away == NULL)
        return;
    channel_open(&other, away);
    channel_close(&other);
    ck_assert_int_lt(now_ms() - begun, AT_ONCE_MS);
}
END_TEST

START_TEST(close_of_nothing_is_fine)
{
    channel.plugin.descriptor->close(NULL);
}
END_TEST

START_TEST(two_instances_do_not_share_their_state)
{
    channel_open(&other, NULL);
    channel_deliver(&channel, 1, "one");
    channel_deliver(&other, 2, "two");
    channel_close(&other);
    channel_deliver(&channel, 3, "three");
}
END_TEST

TCase *opening_case(void)
{
    TCase *tests = notifier_case("opening");

    tcase_add_test(tests, check_finds_the_channel_and_an_instance_sends_after_it);
    tcase_add_test(tests, check_returns_what_it_found_away);
    tcase_add_test(tests, open_does_not_look_for_the_other_side);
    tcase_add_test(tests, close_of_nothing_is_fine);
    tcase_add_test(tests, two_instances_do_not_share_their_state);
    return tests;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One call is one attempt, with a verdict or a reason why there was none, by its deadline. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

enum { NOTICES = 100, LARGE = 64 * 1024, SHORT_MS = 200, LATE_MS = 1000 };

START_TEST(each_of_many_notices_gets_its_verdict)
{
    for (uint32_t number = 0; number < NOTICES; number++)
        channel_deliver(&channel, number, "Out of stock for LAMP");
}
END_TEST

START_TEST(a_notice_may_be_sent_again)
{
    channel_deliver(&channel, 7, "Out of stock for LAMP");
    channel_deliver(&channel, 7, "Out of stock for LAMP");
}
END_TEST

/* It is sent, or refused for good: another attempt would change nothing. */
static void send_any(struct gw_text text)
{
    suite_assert_status(channel_send(&channel, 1, text, SEND_MS), GW_OK, &channel.error);
    if (channel.verdict.status != GW_OK)
        suite_assert_status(channel.verdict.status, GW_PERMANENT, &channel.error);
    ck_assert_ptr_nonnull(memchr(channel.verdict.answer, '\0', sizeof channel.verdict.answer));
}

START_TEST(a_text_of_any_bytes_and_any_length_is_decided_at_once)
{
    char *large = malloc(LARGE);

    ck_assert_ptr_nonnull(large);
    memset(large, 'x', LARGE);
    send_any(gw_text_of(NULL));
    send_any(gw_text_of(""));
    send_any(gw_text_span("a\0b\r\n.\r\n\x1b[2J\xc3\xff\xed\xa0\x80", 18));
    send_any(gw_text_span(large, LARGE));
    free(large);
    channel_deliver(&channel, 2, "the next one");
}
END_TEST

/* Sent, or nothing was sent; in time. */
static void send_in_time(struct channel *used, int64_t within_ms)
{
    int64_t begun = now_ms();
    enum gw_status status = channel_send(used, 1, gw_text_of("in time"), within_ms);

    ck_assert_int_lt(now_ms() - begun, (within_ms > 0 ? within_ms : 0) + LATE_MS);
    if (status == GW_OK)
        ck_assert_int_ne(used->verdict.status, GW_INTERNAL);
    else
        ck_assert_msg(used->error.text[0] != '\0', "no text with %s", gw_status_word((int)status));
}

START_TEST(a_deadline_that_has_passed_is_kept)
{
    send_in_time(&channel, -1);
    channel_deliver(&channel, 2, "the next one");
}
END_TEST

START_TEST(a_shutdown_ends_a_send)
{
    test_host_cancel(&channel.host);
    send_in_time(&channel, SEND_MS);
}
END_TEST

START_TEST(without_the_other_side_the_notice_is_kept_for_later)
{
    enum gw_status status;

    if (away == NULL)
        return;
    channel_open(&other, away);
    status = channel_send(&other, 1, gw_text_of("away"), SHORT_MS);
    if (status == GW_OK)
        status = (enum gw_status)other.verdict.status;
    ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFIG, "%s instead of transient",
                  gw_status_word((int)status));
}
END_TEST

TCase *sending_case(void)
{
    TCase *tests = notifier_case("sending");

    tcase_add_test(tests, each_of_many_notices_gets_its_verdict);
    tcase_add_test(tests, a_notice_may_be_sent_again);
    tcase_add_test(tests, a_text_of_any_bytes_and_any_length_is_decided_at_once);
    tcase_add_test(tests, a_deadline_that_has_passed_is_kept);
    tcase_add_test(tests, a_shutdown_ends_a_send);
    tcase_add_test(tests, without_the_other_side_the_notice_is_kept_for_later);
    return tests;
}

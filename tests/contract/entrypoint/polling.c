/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of one poll, and those that are delivered again because the sink had no memory. */
#include "fixture.h"

enum { LONG_MS = 20000, SHORT_MS = 5000 };

START_TEST(messages_are_delivered_in_the_order_of_sending)
{
    feed_numbers(&entry.place, 0, 300);
    feed_numbers(&entry.place, 300, 1);
    entry_open(&entry);
    entry_read(&entry, 301);
    entry_expect(&entry, 0, 0, 301);
    entry_expect_no_more(&entry);
    ck_assert_uint_eq(entry.reading.total, 301);
}
END_TEST

/* reading_poll fails when a poll gives more. */
START_TEST(a_poll_delivers_at_most_max_messages)
{
    static const uint32_t sizes[] = {1, 1, 2, 3, 5, 8};
    size_t expected = 0;

    feed_numbers(&entry.place, 0, 30);
    entry_open(&entry);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        expected += sizes[i];
        entry_read(&entry, expected);
    }
    entry_read(&entry, 30);
    entry_expect(&entry, 0, 0, 30);
}
END_TEST

START_TEST(a_poll_that_has_something_does_not_wait_for_more)
{
    int64_t begun;

    feed_numbers(&entry.place, 0, 5);
    entry_open(&entry);
    entry_read(&entry, 1);
    begun = now_ms();
    while (entry.reading.total < 5)
        (void)reading_turn(&entry.reading, 1000, LONG_MS);
    ck_assert_int_lt(now_ms() - begun, SHORT_MS);
    entry_expect(&entry, 0, 0, 5);
}
END_TEST

START_TEST(a_message_that_the_sink_refuses_is_delivered_again)
{
    feed_numbers(&entry.place, 0, 6);
    entry_open(&entry);
    for (uint32_t nth = 1; nth <= 3; nth++) {
        enum gw_status status = GW_OK;
        int64_t deadline = now_ms() + PATIENCE_MS;

        entry.reading.has_no_memory = nth;
        while (status == GW_OK && now_ms() < deadline)
            status = reading_turn(&entry.reading, 10, 100);
        ck_assert_status(status, GW_NOMEM, &entry.reading);
        ck_assert_uint_eq(entry.reading.has_no_memory, 0);
    }
    entry_read(&entry, 6);
    entry_expect(&entry, 0, 0, 6);
}
END_TEST

START_TEST(a_message_that_the_sink_refuses_leaves_the_others_of_its_poll)
{
    enum gw_status status = GW_OK;
    int64_t deadline = now_ms() + PATIENCE_MS;

    feed_numbers(&entry.place, 0, 5);
    entry_open(&entry);
    entry.reading.has_no_memory = 3;
    while (status == GW_OK && now_ms() < deadline) {
        status = reading_poll(&entry.reading, 10, 100);
        if (status == GW_OK)
            ck_assert_status(reading_start(&entry.reading), GW_OK, &entry.reading);
    }
    ck_assert_status(status, GW_NOMEM, &entry.reading);
    entry_expect(&entry, 0, 0, 2);
    entry_take(&entry, 5);
    reading_settle(&entry.reading);
    entry_expect(&entry, 0, 0, 5);
    entry_expect_no_more(&entry);
}
END_TEST

START_TEST(keepalive_delivers_nothing_and_may_be_called_at_any_time)
{
    const struct gw_entrypoint_ops *ops;

    feed_numbers(&entry.place, 0, 4);
    entry_open(&entry);
    ops = entry.reading.ops;
    if (ops->keepalive == NULL)
        return;
    ops->keepalive(entry.reading.self);
    ck_assert_status(reading_poll(&entry.reading, 1, 100), GW_OK, &entry.reading);
    ops->keepalive(entry.reading.self);
    ck_assert_status(reading_start(&entry.reading), GW_OK, &entry.reading);
    ops->keepalive(entry.reading.self);
    entry_take(&entry, 2);
    ops->keepalive(entry.reading.self);
    reading_settle(&entry.reading);
    ops->keepalive(entry.reading.self);
    ck_assert_uint_eq(entry.reading.total, 2);
    entry_read(&entry, 4);
    entry_expect_no_more(&entry);
    ops->keepalive(entry.reading.self);
    entry_expect(&entry, 0, 0, 4);
}
END_TEST

TCase *polling_case(void)
{
    TCase *tests = entrypoint_case("polling");

    tcase_add_test(tests, messages_are_delivered_in_the_order_of_sending);
    tcase_add_test(tests, a_poll_delivers_at_most_max_messages);
    tcase_add_test(tests, a_poll_that_has_something_does_not_wait_for_more);
    tcase_add_test(tests, a_message_that_the_sink_refuses_is_delivered_again);
    tcase_add_test(tests, a_message_that_the_sink_refuses_leaves_the_others_of_its_poll);
    tcase_add_test(tests, keepalive_delivers_nothing_and_may_be_called_at_any_time);
    return tests;
}

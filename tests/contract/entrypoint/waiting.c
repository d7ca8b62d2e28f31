/* SPDX-License-Identifier: Apache-2.0 */
/* An input without an end: a poll waits while there is nothing, no longer than it may, and wakes when something is. */
#include "fixture.h"

enum { LATE_MS = 1000, LONG_MS = 20000, AT_ONCE_MS = 2000, WAKE_MS = 5000 };

static void feed_one(void *place)
{
    feed_numbers(place, 1, 1);
}

static void cancel(void *host)
{
    test_host_cancel(host);
}

/* Open, with its first message read and settled. */
static void become_idle(void)
{
    feed_numbers(&entry.place, 0, 1);
    entry_open(&entry);
    entry_read(&entry, 1);
    entry_expect_no_more(&entry);
}

START_TEST(an_empty_poll_waits_exactly_for_its_timeout)
{
    static const int64_t timeouts[] = {0, 20, 100, 400};

    become_idle();
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        int64_t begun = now_ms();

        ck_assert_status(reading_turn(&entry.reading, 10, timeouts[i]), GW_OK, &entry.reading);
        ck_assert_int_lt(now_ms() - begun, timeouts[i] + LATE_MS);
    }
    ck_assert_uint_eq(entry.reading.total, 1);
}
END_TEST

START_TEST(empty_polls_do_not_spin)
{
    int64_t begun;

    become_idle();
    begun = now_ms();
    for (int i = 0; i < 5; i++)
        ck_assert_status(reading_turn(&entry.reading, 10, 100), GW_OK, &entry.reading);
    ck_assert_int_ge(now_ms() - begun, 250);
}
END_TEST

START_TEST(a_poll_that_waits_ends_with_the_first_message)
{
    int64_t begun;

    become_idle();
    suite_soon(feed_one, &entry.place);
    begun = now_ms();
    while (entry.reading.total < 2 && now_ms() - begun < LONG_MS)
        ck_assert_status(reading_turn(&entry.reading, 10, LONG_MS), GW_OK, &entry.reading);
    ck_assert_int_lt(now_ms() - begun, WAKE_MS);
    suite_join();
    entry_expect(&entry, 1, 1, 1);
}
END_TEST

START_TEST(a_poll_that_waits_ends_when_the_host_is_cancelled)
{
    int64_t begun;

    become_idle();
    suite_soon(cancel, &entry.reading.host);
    begun = now_ms();
    ck_assert_status(reading_poll(&entry.reading, 10, LONG_MS), GW_CANCELLED, &entry.reading);
    ck_assert_int_lt(now_ms() - begun, AT_ONCE_MS);
    suite_join();
    begun = now_ms();
    entry_close(&entry);
    ck_assert_int_lt(now_ms() - begun, AT_ONCE_MS);
}
END_TEST

START_TEST(messages_sent_later_are_read_once)
{
    entry_open(&entry);
    for (uint32_t round = 0; round < 5; round++) {
        feed_numbers(&entry.place, round * 7, 7);
        entry_read(&entry, (round + 1) * 7);
    }
    entry_expect(&entry, 0, 0, 35);
    entry_expect_no_more(&entry);
    ck_assert_uint_eq(entry.reading.total, 35);
    entry_close(&entry);
    feed_numbers(&entry.place, 35, 2);
    entry_open(&entry);
    entry_read(&entry, 2);
    entry_expect(&entry, 0, 35, 2);
}
END_TEST

START_TEST(messages_stay_readable_while_later_ones_arrive)
{
    entry_open(&entry);
    for (uint32_t round = 0; round < 5; round++) {
        feed_numbers(&entry.place, round * 7, 7);
        entry_take(&entry, (round + 1) * 7);
    }
    reading_settle(&entry.reading);
    entry_expect(&entry, 0, 0, 35);
}
END_TEST

TCase *waiting_case(void)
{
    TCase *tests = entrypoint_case("waiting");

    tcase_add_test(tests, an_empty_poll_waits_exactly_for_its_timeout);
    tcase_add_test(tests, empty_polls_do_not_spin);
    tcase_add_test(tests, a_poll_that_waits_ends_with_the_first_message);
    tcase_add_test(tests, a_poll_that_waits_ends_when_the_host_is_cancelled);
    tcase_add_test(tests, messages_sent_later_are_read_once);
    tcase_add_test(tests, messages_stay_readable_while_later_ones_arrive);
    return tests;
}

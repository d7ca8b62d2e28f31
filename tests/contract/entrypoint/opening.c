/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, checking and closing: nothing connects before the first poll, and check leaves no trace. */
#include "fixture.h"

#include <pthread.h>
#include <string.h>

enum { AT_ONCE_MS = 2000, POLL_MS = 300, AWAY_POLLS = 3 };

/* ---- check */

START_TEST(check_reports_a_reachable_input)
{
    feed_numbers(&entry.place, 0, 1);
    entry_open(&entry);
    suite_expect_all_well(entry.reading.plugin.descriptor->check, entry.reading.self);
}
END_TEST

START_TEST(check_consumes_nothing)
{
    feed_numbers(&entry.place, 0, 3);
    entry_open(&entry);
    suite_expect_all_well(entry.reading.plugin.descriptor->check, entry.reading.self);
    entry_close(&entry);
    entry_open(&entry);
    suite_expect_all_well(entry.reading.plugin.descriptor->check, entry.reading.self);
    suite_expect_all_well(entry.reading.plugin.descriptor->check, entry.reading.self);
    entry_read(&entry, 3);
    entry_expect(&entry, 0, 0, 3);
}
END_TEST

START_TEST(check_returns_the_status_of_an_unreachable_other_side)
{
    if (entrypoint.away == NULL)
        return;
    entry_open_with(&entry, entrypoint.away);
    suite_expect_away(entry.reading.plugin.descriptor->check, entry.reading.self);
}
END_TEST

/* ---- open */

START_TEST(open_does_not_connect)
{
    int64_t begun = now_ms();

    if (entrypoint.away == NULL)
        return;
    entry_open_with(&entry, entrypoint.away);
    entry_close(&entry);
    ck_assert_int_lt(now_ms() - begun, AT_ONCE_MS);
}
END_TEST

START_TEST(poll_reports_an_unreachable_other_side)
{
    if (entrypoint.away == NULL)
        return;
    entry_open_with(&entry, entrypoint.away);
    for (int i = 0; i < AWAY_POLLS; i++) {
        int64_t begun = now_ms();
        enum gw_status status = reading_poll(&entry.reading, 10, POLL_MS);

        ck_assert_int_lt(now_ms() - begun, POLL_MS + AT_ONCE_MS);
        if (status == GW_OK)
            continue;
        ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFIG, "%s", gw_status_word((int)status));
        ck_assert_int_eq(entry.reading.error.status, (int)status);
        ck_assert_uint_gt(strlen(entry.reading.error.text), 0);
    }
    ck_assert_uint_eq(entry.reading.total, 0);
}
END_TEST

/* ---- close */

START_TEST(close_accepts_null_instances)
{
    entry_open(&entry);
    entry.reading.plugin.descriptor->close(NULL);
}
END_TEST

START_TEST(close_works_before_the_first_poll_and_before_start)
{
    feed_numbers(&entry.place, 0, 2);
    entry_open(&entry);
    entry_close(&entry);
    entry_open(&entry);
    ck_assert_status(reading_poll(&entry.reading, 10, POLL_MS), GW_OK, &entry.reading);
    entry_close(&entry);
    entry_open(&entry);
    entry_read(&entry, 2);
    entry_expect(&entry, 0, 0, 2);
}
END_TEST

START_TEST(messages_not_settled_at_close_are_delivered_again)
{
    feed_numbers(&entry.place, 0, 10);
    entry_open(&entry);
    entry_read(&entry, 4);
    entry_take(&entry, 7);
    entry_close(&entry);
    entry_open(&entry);
    entry_read(&entry, 6);
    entry_expect(&entry, 0, 4, 6);
    entry_expect_no_more(&entry);
}
END_TEST

/* ---- several instances */

START_TEST(two_instances_in_turns_do_not_disturb_each_other)
{
    entry_make(&other);
    feed_numbers(&entry.place, 0, 6);
    feed_numbers(&other.place, 100, 6);
    entry_open(&entry);
    entry_open(&other);
    entry_read(&entry, 2);
    entry_take(&other, 3);
    entry_read(&entry, 4);
    entry_read(&other, 4);
    entry_close(&entry);
    entry_read(&other, 6);
    entry_expect(&other, 0, 100, 6);
    entry_open(&entry);
    entry_read(&entry, 2);
    entry_expect(&entry, 0, 4, 2);
}
END_TEST

static void *read_all(void *argument)
{
    entry_read(argument, 5000);
    return NULL;
}

START_TEST(two_instances_in_two_threads_do_not_disturb_each_other)
{
    pthread_t thread;

    entry_make(&other);
    feed_numbers(&entry.place, 0, 5000);
    feed_numbers(&other.place, 10000, 5000);
    entry_open(&entry);
    entry_open(&other);
    ck_assert_int_eq(pthread_create(&thread, NULL, read_all, &other), 0);
    (void)read_all(&entry);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    entry_expect(&entry, 0, 0, 5000);
    entry_expect(&other, 0, 10000, 5000);
}
END_TEST

TCase *opening_case(void)
{
    TCase *tests = entrypoint_case("opening");

    tcase_add_test(tests, check_reports_a_reachable_input);
    tcase_add_test(tests, check_consumes_nothing);
    tcase_add_test(tests, check_returns_the_status_of_an_unreachable_other_side);
    tcase_add_test(tests, open_does_not_connect);
    tcase_add_test(tests, poll_reports_an_unreachable_other_side);
    tcase_add_test(tests, close_accepts_null_instances);
    tcase_add_test(tests, close_works_before_the_first_poll_and_before_start);
    tcase_add_test(tests, messages_not_settled_at_close_are_delivered_again);
    tcase_add_test(tests, two_instances_in_turns_do_not_disturb_each_other);
    tcase_add_test(tests, two_instances_in_two_threads_do_not_disturb_each_other);
    return tests;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A finite input: END when all of it is settled or in the turn, again and again, and how far it has come. */
#include "fixture.h"

START_TEST(an_exhausted_input_returns_end_repeatedly)
{
    feed_numbers(&entry.place, 0, 3);
    entry_open(&entry);
    entry_read(&entry, 3);
    entry_expect_no_more(&entry);
    for (int i = 0; i < 5; i++)
        ck_assert_status(reading_turn(&entry.reading, 10, 1000), GW_END, &entry.reading);
    entry_expect(&entry, 0, 0, 3);
}
END_TEST

START_TEST(an_input_without_a_message_ends)
{
    entry_open(&entry);
    entry_expect_no_more(&entry);
    ck_assert_uint_eq(entry.reading.total, 0);
}
END_TEST

START_TEST(an_input_does_not_end_under_messages_of_an_earlier_poll)
{
    struct reading *reading = &entry.reading;

    feed_numbers(&entry.place, 0, 3);
    entry_open(&entry);
    entry_take(&entry, 2);
    for (int i = 0; i < 3; i++)
        ck_assert_status(reading_poll(reading, 10, 20), GW_OK, reading);
    entry_expect(&entry, 0, 0, 3);
    reading_settle_some(reading, 2, GW_OUTCOME_APPLIED);
    ck_assert_status(reading_poll(reading, 10, 20), GW_OK, reading);
    reading_settle(reading);
    entry_expect_no_more(&entry);
}
END_TEST

START_TEST(an_input_that_ended_may_be_started_again)
{
    struct reading *reading = &entry.reading;
    int64_t first;

    if (!is_ordered())
        return;
    feed_numbers(&entry.place, 0, 3);
    entry_open(&entry);
    entry_read(&entry, 3);
    entry_expect_no_more(&entry);
    first = reading->seen[0].message.offset;
    ck_assert_status(reading_seek(reading, &reading->positions[0], first, 0, 0), GW_OK, reading);
    entry_read(&entry, 6);
    entry_expect(&entry, 3, 0, 3);
    entry_expect_no_more(&entry);
}
END_TEST

START_TEST(progress_rises_to_its_total)
{
    struct reading *reading = &entry.reading;
    uint64_t last = 0;
    uint64_t done = 1;
    uint64_t total = 1;

    feed_numbers(&entry.place, 0, 10);
    entry_open(&entry);
    if (reading->ops->progress == NULL)
        return;
    reading->ops->progress(reading->self, &done, &total);
    ck_assert_uint_eq(done, 0);
    for (size_t count = 2; count <= 10; count += 2) {
        entry_read(&entry, count);
        reading->ops->progress(reading->self, &done, &total);
        ck_assert_msg(total == 0 || (done > last && done <= total), "%lu after %lu of %lu", (unsigned long)done,
                      (unsigned long)last, (unsigned long)total);
        last = done;
    }
    entry_expect_no_more(&entry);
    reading->ops->progress(reading->self, &done, &total);
    ck_assert(total == 0 || done == total);
}
END_TEST

TCase *ending_case(void)
{
    TCase *tests = entrypoint_case("ending");

    tcase_add_test(tests, an_exhausted_input_returns_end_repeatedly);
    tcase_add_test(tests, an_input_without_a_message_ends);
    tcase_add_test(tests, an_input_does_not_end_under_messages_of_an_earlier_poll);
    tcase_add_test(tests, an_input_that_ended_may_be_started_again);
    tcase_add_test(tests, progress_rises_to_its_total);
    return tests;
}

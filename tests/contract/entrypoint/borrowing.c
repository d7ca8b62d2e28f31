/* SPDX-License-Identifier: Apache-2.0 */
/* A message is there until it is settled, and no longer: settling in parts, with every outcome, and memory. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 9 * 4096, BACKLOG_BYTES = 1824, GROWTH_MAX = 32 * 1024 * 1024 };

/* reading_settle fails if a message has changed since it was delivered. */
START_TEST(messages_of_many_polls_stay_readable_until_they_are_settled)
{
    feed_numbers(&entry.place, 0, 10000);
    entry_open(&entry);
    for (size_t count = 250; count <= 10000; count += 250)
        entry_take(&entry, count);
    reading_settle(&entry.reading);
    entry_expect(&entry, 0, 0, 10000);
}
END_TEST

START_TEST(messages_are_settled_in_parts)
{
    struct reading *reading = &entry.reading;

    feed_numbers(&entry.place, 0, 20);
    entry_open(&entry);
    entry_take(&entry, 10);
    reading_settle_some(reading, 1, GW_OUTCOME_APPLIED);
    reading_settle_some(reading, 4, GW_OUTCOME_APPLIED);
    entry_take(&entry, 15);
    reading_settle_some(reading, 7, GW_OUTCOME_APPLIED);
    reading_settle_some(reading, 3, GW_OUTCOME_APPLIED);
    entry_take(&entry, 20);
    entry_expect(&entry, 0, 0, 20);
    entry_close(&entry);
    entry_open(&entry);
    entry_read(&entry, 5);
    entry_expect(&entry, 0, 15, 5);
}
END_TEST

START_TEST(every_outcome_is_accepted_and_settled_messages_are_not_delivered_again)
{
    static const enum gw_outcome outcomes[] = {GW_OUTCOME_APPLIED, GW_OUTCOME_SKIPPED, GW_OUTCOME_DUPLICATE,
                                               GW_OUTCOME_REJECTED, GW_OUTCOME_DEAD};
    enum { COUNT = sizeof outcomes / sizeof outcomes[0] };

    feed_numbers(&entry.place, 0, COUNT + 1);
    entry_open(&entry);
    entry_take(&entry, COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        reading_settle_some(&entry.reading, 1, outcomes[i]);
    entry_close(&entry);
    entry_open(&entry);
    entry_read(&entry, 1);
    entry_expect(&entry, 0, COUNT, 1);
    entry_expect_no_more(&entry);
}
END_TEST

START_TEST(a_returned_message_is_delivered_again)
{
    feed_numbers(&entry.place, 0, 4);
    entry_open(&entry);
    entry_take(&entry, 4);
    reading_settle_some(&entry.reading, 2, GW_OUTCOME_APPLIED);
    reading_settle_some(&entry.reading, 2, GW_OUTCOME_RETURNED);
    entry_close(&entry);
    entry_open(&entry);
    entry_read(&entry, 2);
    entry_expect(&entry, 0, 2, 2);
}
END_TEST

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_memory_measured = false; /* a sanitizer keeps freed memory */
#else
static const bool is_memory_measured = true;
#endif

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = 0;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*s %ld", &pages), 1);
    (void)fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static void feed_backlog(void)
{
    static char payload[BACKLOG_BYTES];
    FILE *feed = feed_begin(&entry.place);

    memset(payload, 'x', sizeof payload);
    for (int i = 0; i < BACKLOG; i++) {
        int len = snprintf(payload, sizeof payload, "{\"orderid\": \"o%d\", \"pad\": \"", i);

        payload[len] = 'x';
        memcpy(payload + sizeof payload - 2, "\"}", 2);
        feed_put(feed, &(struct feed_message){.payload = gw_text_span(payload, sizeof payload)});
    }
    feed_end(feed);
}

START_TEST(a_backlog_of_64_mebibytes_is_not_held_in_memory)
{
    int64_t before;
    int64_t most = 0;

    feed_backlog();
    entry_open(&entry);
    entry.reading.keeps_nothing = 1;
    before = resident_bytes();
    for (size_t count = 256; count <= BACKLOG; count += 256) {
        entry_read(&entry, count);
        if (count % 4096 == 0)
            most = resident_bytes() > most ? resident_bytes() : most;
    }
    entry_expect_no_more(&entry);
    ck_assert_uint_eq(entry.reading.total, BACKLOG);
    if (is_memory_measured)
        ck_assert_int_lt(most - before, GROWTH_MAX);
}
END_TEST

TCase *borrowing_case(void)
{
    TCase *tests = entrypoint_case("borrowing");

    if (!is_memory_measured)
        suite_leave_out("how much memory a backlog takes", "runs under a sanitizer");
    tcase_add_test(tests, messages_of_many_polls_stay_readable_until_they_are_settled);
    tcase_add_test(tests, messages_are_settled_in_parts);
    tcase_add_test(tests, every_outcome_is_accepted_and_settled_messages_are_not_delivered_again);
    tcase_add_test(tests, a_returned_message_is_delivered_again);
    tcase_add_test(tests, a_backlog_of_64_mebibytes_is_not_held_in_memory);
    return tests;
}

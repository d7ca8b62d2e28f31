/* SPDX-License-Identifier: Apache-2.0 */
/* Several sources in one instance: each keeps its own order, and is started and sought without the others. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

enum { EACH = 20 };

static uint32_t source_count(void)
{
    return (uint32_t)strtoul(entrypoint.sources, NULL, 10);
}

/* EACH messages per source, in turns; a message's number is its source times 1000 and its own. */
static void feed_sources(void)
{
    FILE *feed = feed_begin(&entry.place);

    for (uint32_t i = 0; i < EACH; i++) {
        for (uint32_t source = 0; source < source_count(); source++)
            feed_put(feed,
                     &(struct feed_message){.payload = gw_text_of(feed_payload(source * 1000 + i)), .source = source});
    }
    feed_end(feed);
}

/* That of each source the messages from `first` on came, in order, since `index`. */
static void expect_sources(size_t index, const uint32_t *first)
{
    uint32_t next[READING_SOURCES];

    memcpy(next, first, source_count() * sizeof *next);
    for (size_t i = index; i < entry.reading.count; i++) {
        uint32_t source = 0;

        while (source < source_count() &&
               strcmp(entry.reading.seen[i].payload, feed_payload(source * 1000 + next[source])) != 0)
            source++;
        ck_assert_msg(source < source_count(), "out of order: %s", entry.reading.seen[i].payload);
        next[source]++;
    }
    for (uint32_t source = 0; source < source_count(); source++)
        ck_assert_uint_eq(next[source], EACH);
}

START_TEST(every_source_keeps_its_own_order)
{
    const uint32_t first[READING_SOURCES] = {0};

    feed_sources();
    entry_open(&entry);
    entry_read(&entry, (size_t)EACH * source_count());
    expect_sources(0, first);
    entry_expect_no_more(&entry);
}
END_TEST

START_TEST(a_seek_of_one_source_leaves_the_others_where_they_are)
{
    struct reading *reading = &entry.reading;
    size_t all = (size_t)EACH * source_count();
    const struct seen *last;

    feed_sources();
    entry_open(&entry);
    entry_read(&entry, all);
    last = &reading->seen[all - 1];
    for (size_t i = 0; i < reading->position_count && is_ordered(); i++) {
        if (strcmp(reading->positions[i].source, last->source) == 0)
            ck_assert_status(reading_seek(reading, &reading->positions[i], last->message.offset, 0, 0), GW_OK, reading);
    }
    if (is_ordered()) {
        entry_read(&entry, all + 1);
        ck_assert_str_eq(reading->seen[all].payload, reading->seen[all - 1].payload);
    }
    entry_expect_no_more(&entry);
    ck_assert_uint_eq(reading->total, all + is_ordered());
}
END_TEST

START_TEST(every_source_continues_at_its_position)
{
    uint32_t first[READING_SOURCES] = {0};
    size_t all = (size_t)EACH * source_count();

    feed_sources();
    entry_open(&entry);
    entry_read(&entry, all / 2);
    for (size_t i = 0; i < all / 2; i++) {
        const char *number = strstr(entry.reading.seen[i].payload, ":\"o");

        ck_assert_ptr_nonnull(number);
        first[strtoul(number + 3, NULL, 10) / 1000]++;
    }
    entry_close(&entry);
    entry_open(&entry);
    entry_read(&entry, all - all / 2);
    expect_sources(0, first);
}
END_TEST

/* Runs turns until this number of messages has arrived, whatever a stopped source reports meanwhile. */
static void read_beside_stopped(size_t count)
{
    int64_t deadline = now_ms() + PATIENCE_MS;

    while (entry.reading.total < count) {
        enum gw_status status = reading_turn(&entry.reading, EACH, 100);

        ck_assert_msg(status == GW_OK || status == GW_CONFIG, "%s: %s", gw_status_word((int)status),
                      entry.reading.error.text);
        ck_assert_msg(now_ms() < deadline, "%zu messages came, and %zu were expected", entry.reading.total, count);
    }
}

START_TEST(a_source_that_cannot_start_does_not_block_others)
{
    struct reading *reading = &entry.reading;
    size_t all = (size_t)EACH * source_count();
    struct position *stopped;

    if (!is_ordered() || source_count() < 2)
        return;
    feed_sources();
    entry_open(&entry);
    entry_read(&entry, all);
    stopped = &reading->positions[0];
    ck_assert(stopped->has_mark);
    stopped->mark ^= 1;
    entry_close(&entry);
    feed_sources();
    entry_open(&entry);
    read_beside_stopped(all - EACH);
    (void)reading_turn(reading, EACH, 100);
    ck_assert_uint_eq(reading->total, all - EACH);
    for (size_t i = 0; i < reading->count; i++)
        ck_assert_str_ne(reading->seen[i].source, stopped->source);
    stopped->mark ^= 1;
    entry_read(&entry, all);
    for (size_t i = all - EACH; i < all; i++)
        ck_assert_str_eq(reading->seen[i].source, stopped->source);
}
END_TEST

TCase *sources_case(void)
{
    TCase *tests = entrypoint_case("sources");

    tcase_add_test(tests, every_source_keeps_its_own_order);
    tcase_add_test(tests, a_seek_of_one_source_leaves_the_others_where_they_are);
    tcase_add_test(tests, every_source_continues_at_its_position);
    tcase_add_test(tests, a_source_that_cannot_start_does_not_block_others);
    return tests;
}

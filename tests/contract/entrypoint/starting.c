/* SPDX-License-Identifier: Apache-2.0 */
/* Sources with positions: nothing before start, then exactly from the offset, each time. */
#include "fixture.h"

#include <inttypes.h>

enum { COUNT = 10 };

/* The source of the test: the one that messages came from. */
static struct position *source_of(struct entry *of)
{
    struct position *found = NULL;

    for (size_t i = 0; i < of->reading.position_count; i++) {
        if (of->reading.seen[0].message.source.len > 0 &&
            gw_text_is(gw_text_of(of->reading.seen[0].source), of->reading.positions[i].source))
            found = &of->reading.positions[i];
    }
    ck_assert_msg(found != NULL, "a message of an ordered plugin has no position");
    return found;
}

/* The messages and their offsets, read with a first instance, which is closed. */
struct places {
    int64_t first; /* where the plugin's own beginning is */
    int64_t offsets[COUNT];
    int64_t nexts[COUNT];
    uint64_t marks[COUNT];
};

static struct position *learn(struct places *ret_places)
{
    struct position *position;

    feed_numbers(&entry.place, 0, COUNT);
    entry_open(&entry);
    entry_take(&entry, COUNT);
    position = source_of(&entry);
    ret_places->first = position->begun;
    for (size_t i = 0; i < COUNT; i++) {
        ret_places->offsets[i] = entry.reading.seen[i].message.offset;
        ret_places->nexts[i] = entry.reading.seen[i].message.next;
        ret_places->marks[i] = entry.reading.seen[i].message.mark;
    }
    reading_settle(&entry.reading);
    return position;
}

/* The stored position is behind `count` messages. */
static void store(struct position *position, const struct places *places, size_t count)
{
    position->next = count > 0 ? places->nexts[count - 1] : places->first;
    position->mark = count > 0 ? places->marks[count - 1] : 0;
    position->has_mark = count > 0;
}

static enum gw_status seek(struct position *position, const struct places *places, size_t count)
{
    struct position wanted;

    store(&wanted, places, count);
    return reading_seek(&entry.reading, position, wanted.next, wanted.mark, wanted.has_mark);
}

START_TEST(a_source_is_opened_once_and_delivers_nothing_before_start)
{
    feed_numbers(&entry.place, 0, 3);
    entry_open(&entry);
    while (entry.reading.pending_count == 0)
        ck_assert_status(reading_poll(&entry.reading, 10, 100), GW_OK, &entry.reading);
    for (int i = 0; i < 5; i++)
        ck_assert_status(reading_poll(&entry.reading, 10, 50), GW_OK, &entry.reading);
    ck_assert_uint_eq(entry.reading.total, 0);
    entry_read(&entry, 3);
    entry_expect(&entry, 0, 0, 3);
}
END_TEST

START_TEST(a_source_that_the_sink_refuses_is_opened_again)
{
    enum gw_status status = GW_OK;
    int64_t deadline = now_ms() + PATIENCE_MS;

    feed_numbers(&entry.place, 0, 3);
    entry_open(&entry);
    entry.reading.has_no_memory_to_open = 1;
    while (status == GW_OK && now_ms() < deadline)
        status = reading_poll(&entry.reading, 10, 100);
    ck_assert_status(status, GW_NOMEM, &entry.reading);
    entry_read(&entry, 3);
    entry_expect(&entry, 0, 0, 3);
}
END_TEST

START_TEST(offsets_rise_and_each_message_says_where_the_next_one_begins)
{
    struct places places;
    uint64_t line = 0;

    (void)learn(&places);
    ck_assert_int_ge(places.first, 0);
    ck_assert_int_ge(places.offsets[0], places.first);
    for (size_t i = 0; i < COUNT; i++) {
        const struct gw_message *message = &entry.reading.seen[i].message;

        ck_assert_int_gt(message->next, message->offset);
        if (i > 0)
            ck_assert_int_ge(message->offset, places.nexts[i - 1]);
        ck_assert_msg(message->line == 0 || message->line > line, "line %" PRIu64 " after line %" PRIu64, message->line,
                      line);
        line = message->line;
    }
}
END_TEST

START_TEST(a_start_at_a_stored_position_delivers_exactly_from_there)
{
    struct places places;
    struct position *position = learn(&places);

    for (size_t count = 0; count <= COUNT; count += 2) {
        entry_close(&entry);
        store(position, &places, count);
        entry_open(&entry);
        entry_read(&entry, COUNT - count);
        entry_expect(&entry, 0, (uint32_t)count, (uint32_t)(COUNT - count));
        entry_expect_no_more(&entry);
        ck_assert_uint_eq(entry.reading.total, COUNT - count);
    }
}
END_TEST

START_TEST(a_position_needs_no_mark)
{
    struct places places;
    struct position *position = learn(&places);

    entry_close(&entry);
    store(position, &places, 4);
    position->has_mark = 0;
    entry_open(&entry);
    entry_read(&entry, COUNT - 4);
    entry_expect(&entry, 0, 4, COUNT - 4);
}
END_TEST

START_TEST(a_plugins_own_beginning_is_a_number_that_can_be_stored)
{
    struct places places;
    struct position *position = learn(&places);

    entry_close(&entry);
    store(position, &places, 0);
    ck_assert_int_ge(position->next, 0);
    entry_open(&entry);
    entry_read(&entry, COUNT);
    entry_expect(&entry, 0, 0, COUNT);
}
END_TEST

START_TEST(a_start_of_an_open_source_goes_back_and_forward)
{
    static const size_t stops[] = {0, 7, 3, 9, 1, 5};
    struct places places;
    struct position *position;

    feed_numbers(&entry.place, COUNT, 3);
    position = learn(&places);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        size_t before = entry.reading.total;

        ck_assert_status(seek(position, &places, stops[i]), GW_OK, &entry.reading);
        entry_read(&entry, before + 2);
        for (size_t j = 0; j < 2; j++)
            ck_assert_int_eq(entry.reading.seen[before + j].message.offset,
                             stops[i] + j < COUNT ? places.offsets[stops[i] + j] : places.nexts[COUNT - 1]);
    }
}
END_TEST

START_TEST(messages_borrowed_before_a_seek_stay_readable)
{
    struct places places;
    struct position *position = learn(&places);
    size_t before = entry.reading.total;

    ck_assert_status(seek(position, &places, 2), GW_OK, &entry.reading);
    entry_take(&entry, before + 3);
    ck_assert_status(seek(position, &places, 1), GW_OK, &entry.reading);
    entry_take(&entry, before + 6);
    entry_expect(&entry, before + 3, 1, 3);
    reading_settle(&entry.reading);
}
END_TEST

START_TEST(a_mark_of_another_message_stops_the_source_until_it_is_started_elsewhere)
{
    struct places places;
    struct position *position = learn(&places);
    enum gw_status status = GW_OK;
    int64_t deadline = now_ms() + PATIENCE_MS;

    entry_close(&entry);
    store(position, &places, 4);
    position->mark ^= 1;
    entry_open(&entry);
    while (status == GW_OK && now_ms() < deadline)
        status = reading_turn(&entry.reading, 10, 100);
    ck_assert_status(status, GW_CONFIG, &entry.reading);
    for (int i = 0; i < 3; i++)
        (void)reading_poll(&entry.reading, 10, 50);
    ck_assert_uint_eq(entry.reading.total, 0);
    position->mark ^= 1;
    entry_read(&entry, COUNT - 4);
    entry_expect(&entry, 0, 4, COUNT - 4);
}
END_TEST

START_TEST(words_are_resolved_without_reading)
{
    struct places places;
    struct reading *reading = &entry.reading;
    struct position *position = learn(&places);
    struct gw_text source = gw_text_of(position->source);
    struct gw_text unknown = gw_text_of("no such source");
    int64_t earliest = -7;
    int64_t latest = -7;

    if (reading->ops->resolve == NULL)
        return;
    entry_close(&entry);
    store(position, &places, 4);
    entry_open(&entry);
    ck_assert_status(reading->ops->resolve(reading->self, source, gw_text_of("earliest"), &earliest, &reading->error),
                     GW_OK, reading);
    ck_assert_status(reading->ops->resolve(reading->self, source, gw_text_of("latest"), &latest, &reading->error),
                     GW_OK, reading);
    ck_assert_int_eq(earliest, places.first);
    ck_assert_int_ge(latest, places.nexts[COUNT - 1]);
    ck_assert_status(reading->ops->resolve(reading->self, unknown, gw_text_of("latest"), &latest, &reading->error),
                     GW_NOT_FOUND, reading);
    ck_assert_int_ne(reading->ops->resolve(reading->self, source, gw_text_of("noon"), &latest, &reading->error), GW_OK);
    entry_read(&entry, COUNT - 4);
    entry_expect(&entry, 0, 4, COUNT - 4);
}
END_TEST

TCase *starting_case(void)
{
    TCase *tests = entrypoint_case("starting");

    tcase_add_test(tests, a_source_is_opened_once_and_delivers_nothing_before_start);
    tcase_add_test(tests, a_source_that_the_sink_refuses_is_opened_again);
    tcase_add_test(tests, offsets_rise_and_each_message_says_where_the_next_one_begins);
    tcase_add_test(tests, a_start_at_a_stored_position_delivers_exactly_from_there);
    tcase_add_test(tests, a_position_needs_no_mark);
    tcase_add_test(tests, a_plugins_own_beginning_is_a_number_that_can_be_stored);
    tcase_add_test(tests, a_start_of_an_open_source_goes_back_and_forward);
    tcase_add_test(tests, messages_borrowed_before_a_seek_stay_readable);
    tcase_add_test(tests, a_mark_of_another_message_stops_the_source_until_it_is_started_elsewhere);
    tcase_add_test(tests, words_are_resolved_without_reading);
    return tests;
}

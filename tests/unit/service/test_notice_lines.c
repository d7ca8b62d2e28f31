/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a notice as text: what is written is read back, byte for byte, and a notice leaves its table whole. */
#include "check_main.h"
#include "service/notice_lines.h"

#include <string.h>

static struct gw_arena *arena;
static struct gw_buffer scratch;

static void set_up(void)
{
    arena = gw_arena_new(1 << 20);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&scratch, 1 << 20);
}

static void tear_down(void)
{
    gw_buffer_done(&scratch);
    gw_arena_free(arena);
}

static struct gw_outbox_row event_of(const char *id)
{
    return (struct gw_outbox_row){.id = gw_text_of(id),
                                  .type = gw_text_of("OutOfStock"),
                                  .sku = gw_text_of("A\"B\n\\[1]"),
                                  .payload = gw_text_of("{\"sku\": \"A\\\"B\\n\", \"qty\": 1}"),
                                  .headers = gw_text_of("{\"traceparent\": \"00-1\"}"),
                                  .sequence = INT64_MAX,
                                  .event_unix_ms = 1700000000123};
}

/* A notice of so many events, of which one joined and is listed. */
static struct gw_notice_row notice_of(uint32_t count)
{
    struct gw_outbox_row second = event_of("second");
    struct gw_notice_row notice = {.event = event_of("first"), .count = count};

    ck_assert(gw_notice_line_write(arena, &scratch, &second, &notice.further));
    return notice;
}

static void assert_event(const struct gw_noticed_event *event, const char *id)
{
    struct gw_outbox_row expected = event_of(id);
    const struct gw_header *header = gw_array_at(&event->headers, 0);

    ck_assert(gw_text_equal(event->id, expected.id));
    ck_assert(gw_text_equal(event->type, expected.type));
    ck_assert(gw_text_equal(event->sku, expected.sku));
    ck_assert(gw_text_equal(event->payload, expected.payload));
    ck_assert_int_eq(event->sequence, expected.sequence);
    ck_assert_int_eq(event->unix_ms, expected.event_unix_ms);
    ck_assert_uint_eq(event->headers.count, 1);
    ck_assert(gw_text_is(header->name, "traceparent") && gw_text_is(header->value, "00-1"));
}

static void assert_whole(const struct gw_notice_row *notice, uint32_t expected)
{
    struct gw_array events;
    uint32_t count;

    ck_assert(gw_notice_events_read(arena, notice, &events, &count));
    ck_assert_uint_eq(events.count, 2);
    ck_assert_uint_eq(count, expected);
    assert_event(gw_array_at(&events, 0), "first");
    assert_event(gw_array_at(&events, 1), "second");
}

START_TEST(an_event_is_one_line_and_is_read_back_unchanged)
{
    struct gw_notice_row notice = notice_of(2);

    ck_assert_ptr_eq(memchr(notice.further.ptr, '\n', notice.further.len), notice.further.ptr + notice.further.len - 1);
    assert_whole(&notice, 2);
}
END_TEST

START_TEST(the_headers_of_a_first_event_carry_the_rest_of_its_notice)
{
    struct gw_notice_row notice = notice_of(7);
    struct gw_notice_row back = {.event = event_of("first"), .count = 1};
    struct gw_notice_rest rest;
    struct gw_array headers;

    ck_assert(gw_notice_headers_write(arena, &scratch, &notice, &back.event.headers));
    assert_whole(&back, 7);
    ck_assert(gw_notice_headers_read(arena, back.event.headers, &headers, &rest));
    ck_assert_uint_eq(headers.count, 1);
    ck_assert_uint_eq(rest.count, 7);
}
END_TEST

START_TEST(the_headers_of_a_notice_of_one_event_stay_as_they_are)
{
    struct gw_notice_row notice = {.event = event_of("first"), .count = 1};
    struct gw_text headers;
    struct gw_array events;
    uint32_t count;

    ck_assert(gw_notice_headers_write(arena, &scratch, &notice, &headers));
    ck_assert(gw_text_equal(headers, notice.event.headers));
    ck_assert(gw_notice_events_read(arena, &notice, &events, &count));
    ck_assert(events.count == 1 && count == 1);
}
END_TEST

START_TEST(a_line_that_is_no_event_is_left_out)
{
    struct gw_notice_row notice = {
        .event = event_of("first"), .count = 3, .further = gw_text_of("[[\"a\", \"b\"]]\n\nx")};
    struct gw_array events;
    uint32_t count;

    ck_assert(gw_notice_events_read(arena, &notice, &events, &count));
    ck_assert_uint_eq(events.count, 1);
    ck_assert_uint_eq(count, 3);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("notice_lines");
    TCase *tests = tcase_create("notice_lines");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_event_is_one_line_and_is_read_back_unchanged);
    tcase_add_test(tests, the_headers_of_a_first_event_carry_the_rest_of_its_notice);
    tcase_add_test(tests, the_headers_of_a_notice_of_one_event_stay_as_they_are);
    tcase_add_test(tests, a_line_that_is_no_event_is_left_out);
    suite_add_tcase(suite, tests);
    return suite;
}

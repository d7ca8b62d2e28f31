/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a notice as text: see notice_lines.h. A line has the form of a list of headers, so that one reader and
 * one writer (header_text.h) do for both. */
#include "service/notice_lines.h"

#include "service/header_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 24, LINE_HEADERS = 7 };

/* ---- lines */

static struct gw_text number_text(char buffer[NUMBER_MAX], int64_t number)
{
    return gw_text_span(buffer, (uint64_t)snprintf(buffer, NUMBER_MAX, "%lld", (long long)number));
}

bool gw_notice_line_write(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_outbox_row *event,
                          struct gw_text *ret_line)
{
    char sequence[NUMBER_MAX];
    char time[NUMBER_MAX];
    const struct gw_header fields[LINE_HEADERS] = {
        {gw_text_of("id"), event->id},
        {gw_text_of("type"), event->type},
        {gw_text_of("sku"), event->sku},
        {gw_text_of("payload"), event->payload},
        {gw_text_of("headers"), event->headers},
        {gw_text_of("sequence"), number_text(sequence, event->sequence)},
        {gw_text_of("unix_ms"), number_text(time, event->event_unix_ms)},
    };
    struct gw_array array = {(void *)(uintptr_t)fields, LINE_HEADERS, sizeof fields[0]};
    struct gw_text text;
    char *line;

    if (!gw_header_text_write(arena, scratch, &array, GW_HEADER_LIST, &text))
        return false;
    line = gw_arena_alloc(arena, (size_t)text.len + 1);
    if (line == NULL)
        return false;
    memcpy(line, text.ptr, (size_t)text.len);
    line[text.len] = '\n';
    *ret_line = gw_text_span(line, text.len + 1);
    return true;
}

static struct gw_text field_of(const struct gw_array *fields, const char *name)
{
    for (uint32_t index = 0; index < fields->count; index++) {
        const struct gw_header *field = gw_array_at(fields, index);

        if (gw_text_is(field->name, name))
            return field->value;
    }
    return gw_text_of("");
}

static int64_t number_of(struct gw_text text)
{
    char buffer[NUMBER_MAX];

    (void)snprintf(buffer, sizeof buffer, "%.*s", (int)text.len, text.len > 0 ? text.ptr : "");
    return strtoll(buffer, NULL, 10);
}

static bool read_line(struct gw_arena *arena, struct gw_text line, struct gw_noticed_event *ret_event)
{
    struct gw_array fields;

    if (!gw_header_text_read(arena, line, &fields))
        return false;
    *ret_event = (struct gw_noticed_event){.id = field_of(&fields, "id"),
                                           .type = field_of(&fields, "type"),
                                           .sku = field_of(&fields, "sku"),
                                           .payload = field_of(&fields, "payload"),
                                           .sequence = number_of(field_of(&fields, "sequence")),
                                           .unix_ms = number_of(field_of(&fields, "unix_ms"))};
    return gw_header_text_read(arena, field_of(&fields, "headers"), &ret_event->headers);
}

/* ---- headers */

/* Whether the header is one of those that are added; *rest then has its value. */
static bool take_rest(const struct gw_header *header, struct gw_notice_rest *rest)
{
    if (gw_text_is(header->name, GW_NOTICE_HEADER_COUNT))
        rest->count = (uint32_t)number_of(header->value);
    else if (gw_text_is(header->name, GW_NOTICE_HEADER_FURTHER))
        rest->further = header->value;
    else
        return false;
    return true;
}

bool gw_notice_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_array *ret_headers,
                            struct gw_notice_rest *ret_rest)
{
    *ret_rest = (struct gw_notice_rest){.count = 1, .further = gw_text_of("")};
    if (!gw_header_text_read(arena, text, ret_headers))
        return false;
    while (ret_headers->count > 0 && take_rest(gw_array_at(ret_headers, ret_headers->count - 1), ret_rest))
        ret_headers->count--;
    return true;
}

bool gw_notice_headers_write(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_notice_row *notice,
                             struct gw_text *ret_text)
{
    char number[NUMBER_MAX];
    struct gw_array headers;
    struct gw_header *all;

    *ret_text = notice->event.headers;
    if (notice->count <= 1)
        return true;
    if (!gw_header_text_read(arena, notice->event.headers, &headers))
        return false;
    all = gw_arena_alloc(arena, (headers.count + 2) * sizeof *all);
    if (all == NULL)
        return false;
    for (uint32_t index = 0; index < headers.count; index++)
        all[index] = *(const struct gw_header *)gw_array_at(&headers, index);
    all[headers.count] = (struct gw_header){gw_text_of(GW_NOTICE_HEADER_COUNT), number_text(number, notice->count)};
    all[headers.count + 1] = (struct gw_header){gw_text_of(GW_NOTICE_HEADER_FURTHER), notice->further};
    headers = (struct gw_array){all, headers.count + 2, sizeof *all};
    return gw_header_text_write(arena, scratch, &headers, GW_HEADER_LIST, ret_text);
}

/* ---- events */

static uint32_t count_lines(struct gw_text text)
{
    uint32_t count = 0;

    for (uint64_t index = 0; index < text.len; index++)
        count += text.ptr[index] == '\n';
    return count;
}

static bool read_lines(struct gw_arena *arena, struct gw_text text, struct gw_noticed_event *events, uint32_t *count)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', (size_t)text.len);
        uint64_t len = end != NULL ? (uint64_t)(end - text.ptr) : text.len;

        if (!read_line(arena, gw_text_span(text.ptr, len), &events[*count]))
            return false;
        *count += events[*count].id.len > 0;
        if (end == NULL)
            break;
        text = gw_text_span(end + 1, text.len - len - 1);
    }
    return true;
}

bool gw_notice_events_read(struct gw_arena *arena, const struct gw_notice_row *notice, struct gw_array *ret_events,
                           uint32_t *ret_count)
{
    const struct gw_outbox_row *row = &notice->event;
    struct gw_notice_rest rest;
    struct gw_array headers;
    struct gw_noticed_event *events;
    uint32_t count = 1;

    if (!gw_notice_headers_read(arena, row->headers, &headers, &rest))
        return false;
    events = gw_arena_alloc(arena, (3 + count_lines(rest.further) + count_lines(notice->further)) * sizeof *events);
    if (events == NULL)
        return false;
    events[0] = (struct gw_noticed_event){.id = row->id,
                                          .type = row->type,
                                          .sku = row->sku,
                                          .payload = row->payload,
                                          .headers = headers,
                                          .sequence = row->sequence,
                                          .unix_ms = row->event_unix_ms};
    if (!read_lines(arena, rest.further, events, &count) || !read_lines(arena, notice->further, events, &count))
        return false;
    *ret_events = (struct gw_array){events, count, sizeof *events};
    *ret_count = rest.count + (notice->count > 1 ? notice->count - 1 : 0);
    return true;
}

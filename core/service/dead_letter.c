/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the dead letter of a message. It does not decide which message becomes one. */
#include "service/dead_letter.h"

#include "base/clock.h"
#include "service/header_text.h"
#include "service/turn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ADDED_MAX = 2 };

static bool is_added(struct gw_text name)
{
    return gw_text_is(name, GW_DEAD_HEADER_ARRIVED) || gw_text_is(name, GW_DEAD_HEADER_DELIVERIES);
}

static struct gw_text keep_text(struct gw_arena *arena, const char *text)
{
    return gw_text_of(gw_arena_copy(arena, text, strlen(text)));
}

/* What the entrypoint knows of the message's way here. False: no memory. */
static bool add_arrival(struct gw_arena *arena, const struct gw_message *origin, struct gw_header *headers,
                        uint32_t *count)
{
    char text[GW_CLOCK_TEXT_MAX];
    uint32_t first = *count;

    if (origin->received_unix_ms != 0) {
        gw_clock_format(origin->received_unix_ms, text);
        headers[(*count)++] = (struct gw_header){gw_text_of(GW_DEAD_HEADER_ARRIVED), keep_text(arena, text)};
    }
    if (origin->deliveries != 0) {
        (void)snprintf(text, sizeof text, "%" PRIu64, origin->deliveries);
        headers[(*count)++] = (struct gw_header){gw_text_of(GW_DEAD_HEADER_DELIVERIES), keep_text(arena, text)};
    }
    while (first < *count)
        if (headers[first++].value.ptr == NULL)
            return false;
    return true;
}

/* The headers of a dead letter: the message's, and behind them what is added. False: no memory. */
static bool collect_headers(struct gw_arena *arena, const struct gw_message *origin, struct gw_array *ret_headers)
{
    size_t max = (size_t)origin->headers.count + ADDED_MAX;
    struct gw_header *headers = gw_arena_alloc(arena, max * sizeof *headers);
    uint32_t count = 0;

    if (headers == NULL)
        return false;
    for (uint32_t index = 0; index < origin->headers.count; index++) {
        const struct gw_header *header = gw_array_at(&origin->headers, index);

        if (!is_added(header->name))
            headers[count++] = *header;
    }
    if (!add_arrival(arena, origin, headers, &count))
        return false;
    *ret_headers = (struct gw_array){headers, count, sizeof *headers};
    return true;
}

bool gw_dead_letter_make(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_turn_message *message,
                         struct gw_text reason, struct gw_dead_letter *ret_letter)
{
    const struct gw_message *origin = message->origin;
    struct gw_array headers;
    bool is_cut = (origin->flags & GW_MESSAGE_OVERSIZED) != 0;

    *ret_letter = (struct gw_dead_letter){.entrypoint = message->entrypoint,
                                          .source = origin->source.len > 0 ? origin->source : origin->id_scope,
                                          .offset = origin->source.len > 0 ? origin->offset : GW_OFFSET_NONE,
                                          .line = origin->line,
                                          .identity = message->identity,
                                          .type = origin->type,
                                          .key = origin->key,
                                          .payload = origin->payload,
                                          .reason = reason,
                                          .full_len = is_cut ? origin->full_len : origin->payload.len,
                                          .flags = is_cut ? GW_DEAD_NOT_REPLAYABLE : 0};
    if (is_cut)
        memcpy(ret_letter->digest, origin->digest, sizeof ret_letter->digest);
    return collect_headers(arena, origin, &headers) &&
           gw_header_text_write(arena, scratch, &headers, GW_HEADER_LIST, &ret_letter->headers);
}

/* Whether it is one that the core added; *headers then has its value. */
static bool take_added(const struct gw_header *header, struct gw_dead_headers *headers)
{
    if (gw_text_is(header->name, GW_DEAD_HEADER_ARRIVED))
        headers->arrived_at = header->value;
    else if (gw_text_is(header->name, GW_DEAD_HEADER_DELIVERIES))
        headers->deliveries = header->value;
    else
        return false;
    return true;
}

bool gw_dead_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_dead_headers *ret_headers)
{
    struct gw_array *headers = &ret_headers->headers;

    *ret_headers = (struct gw_dead_headers){.headers = {.stride = sizeof(struct gw_header)}};
    if (!gw_header_text_read(arena, text, headers))
        return false;
    while (headers->count > 0 && take_added(gw_array_at(headers, headers->count - 1), ret_headers))
        headers->count--;
    return true;
}

struct gw_dead_entry gw_dead_entry_of_row(const struct gw_outbox_row *row, struct gw_text reason)
{
    return (struct gw_dead_entry){.kind = GW_DEAD_DELIVERY,
                                  .recipient = row->recipient,
                                  .sequence = row->sequence,
                                  .event_unix_ms = row->event_unix_ms,
                                  .letter = {.entrypoint = row->destination,
                                             .offset = GW_OFFSET_NONE,
                                             .identity = row->id,
                                             .type = row->type,
                                             .key = row->sku,
                                             .headers = row->headers,
                                             .payload = row->payload,
                                             .reason = reason,
                                             .full_len = row->payload.len}};
}

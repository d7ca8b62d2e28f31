/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the dead letter of a message. It does not decide which message becomes one. */
#include "service/dead_letter.h"

#include "base/clock.h"
#include "service/turn.h"
#include "json/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void write_header(struct gw_json_writer *writer, struct gw_text name, struct gw_text value)
{
    gw_json_write_open(writer, '[');
    gw_json_write_text(writer, name);
    gw_json_write_text(writer, value);
    gw_json_write_close(writer, ']');
}

static bool is_reserved(struct gw_text name)
{
    return gw_text_is(name, GW_DEAD_HEADER_ARRIVED) || gw_text_is(name, GW_DEAD_HEADER_DELIVERIES);
}

/* What the entrypoint knows of the message's way here. */
static void write_arrival(struct gw_json_writer *writer, const struct gw_message *origin)
{
    char text[GW_CLOCK_TEXT_MAX];

    if (origin->received_unix_ms != 0) {
        gw_clock_format(origin->received_unix_ms, text);
        write_header(writer, gw_text_of(GW_DEAD_HEADER_ARRIVED), gw_text_of(text));
    }
    if (origin->deliveries != 0) {
        (void)snprintf(text, sizeof text, "%" PRIu64, origin->deliveries);
        write_header(writer, gw_text_of(GW_DEAD_HEADER_DELIVERIES), gw_text_of(text));
    }
}

static bool write_headers(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_message *origin,
                          struct gw_text *ret_text)
{
    struct gw_json_writer writer;
    const char *copy;

    *ret_text = gw_text_of(NULL);
    gw_buffer_reset(scratch);
    gw_json_writer_init(&writer, scratch, 0);
    gw_json_write_open(&writer, '[');
    for (uint32_t index = 0; index < origin->headers.count; index++) {
        const struct gw_header *header = gw_array_at(&origin->headers, index);

        if (!is_reserved(header->name))
            write_header(&writer, header->name, header->value);
    }
    write_arrival(&writer, origin);
    if (!writer.has_items)
        return true;
    gw_json_write_close(&writer, ']');
    copy = scratch->has_failed ? NULL : gw_arena_copy(arena, scratch->ptr, scratch->len);
    *ret_text = gw_text_span(copy, copy != NULL ? scratch->len : 0);
    return copy != NULL;
}

bool gw_dead_letter_make(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_turn_message *message,
                         struct gw_text reason, struct gw_dead_letter *ret_letter)
{
    const struct gw_message *origin = message->origin;
    bool is_cut = (origin->flags & GW_MESSAGE_OVERSIZED) != 0;

    *ret_letter = (struct gw_dead_letter){.entrypoint = message->entrypoint,
                                          .source = origin->source,
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
    return write_headers(arena, scratch, origin, &ret_letter->headers);
}

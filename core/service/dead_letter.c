/* SPDX-License-Identifier: Apache-2.0 */
/* From a message to its dead letter; decides nothing about who gets one. */
#include "service/dead_letter.h"

#include "service/turn.h"

#include <string.h>

static void append_quoted(struct gw_buffer *buffer, struct gw_text text)
{
    gw_buffer_append_byte(buffer, '"');
    gw_buffer_append_json(buffer, text.ptr, (size_t)text.len);
    gw_buffer_append_byte(buffer, '"');
}

static bool write_headers(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_array *headers,
                          struct gw_text *ret_text)
{
    const char *copy;

    *ret_text = gw_text_of(NULL);
    if (headers->count == 0)
        return true;
    gw_buffer_reset(scratch);
    for (uint32_t index = 0; index < headers->count; index++) {
        const struct gw_header *header = gw_array_at(headers, index);

        gw_buffer_append_string(scratch, index == 0 ? "[[" : ", [");
        append_quoted(scratch, header->name);
        gw_buffer_append_string(scratch, ", ");
        append_quoted(scratch, header->value);
        gw_buffer_append_byte(scratch, ']');
    }
    gw_buffer_append_byte(scratch, ']');
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
    return write_headers(arena, scratch, &origin->headers, &ret_letter->headers);
}

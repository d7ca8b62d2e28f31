/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of events, and the texts of a message or an event that are written once. */
#include "service/handling.h"

#include "base/vector.h"
#include "service/event_payload.h"
#include "service/header_text.h"

#include <gangway/scope.h>

static bool enqueue(struct gw_event_sink *sink, const struct gw_event *event)
{
    struct gw_handling *handling = gw_container_of(sink, struct gw_handling, events);
    struct gw_event *queue = gw_vector_grow(handling->arena, handling->queue, handling->queue_count,
                                            &handling->queue_capacity, sizeof *queue);

    if (queue == NULL)
        return false;
    handling->queue = queue;
    handling->queue[handling->queue_count++] = *event;
    return true;
}

void gw_handling_init(struct gw_handling *handling, struct gw_unit_of_work *work, struct gw_buffer *reason,
                      struct gw_buffer *scratch)
{
    *handling = (struct gw_handling){.events = {.add = enqueue},
                                     .work = work,
                                     .changes = gw_unit_of_work_changes(work),
                                     .arena = gw_unit_of_work_arena(work),
                                     .reason = reason,
                                     .scratch = scratch};
}

bool gw_handling_headers(struct gw_handling *handling, struct gw_text *ret_text)
{
    bool is_written = handling->headers.count == 0 || handling->header_text.len > 0;

    if (!is_written)
        is_written = gw_header_text_write(handling->arena, handling->scratch, &handling->headers, GW_HEADER_OBJECT,
                                          &handling->header_text);
    *ret_text = handling->header_text;
    return is_written;
}

struct gw_text gw_handling_payload(struct gw_handling *handling, const struct gw_event *event)
{
    char *copy;

    if (handling->payload.len > 0)
        return handling->payload;
    gw_buffer_reset(handling->scratch);
    gw_event_payload_append(handling->scratch, event);
    if (handling->scratch->has_failed)
        return gw_text_of(NULL);
    copy = gw_arena_copy(handling->arena, handling->scratch->ptr, handling->scratch->len);
    if (copy != NULL)
        handling->payload = gw_text_span(copy, handling->scratch->len);
    return handling->payload;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of a notice as text. A repository keeps the first event in columns and each further one as a line of JSON,
 * which only this file writes and reads. A notice that leaves its table, as a dead letter or for a fallback, is kept
 * whole: its count and its lines are added to the headers of its first event. Any thread.
 */
#ifndef GW_SERVICE_NOTICE_LINES_H
#define GW_SERVICE_NOTICE_LINES_H

#include "base/arena.h"
#include "base/buffer.h"

#include <gangway/port/notifier.h>
#include <gangway/port/repository.h>

#include <stdbool.h>

/* The headers that are added. No event has headers with these names. */
#define GW_NOTICE_HEADER_COUNT   "gangway-count"
#define GW_NOTICE_HEADER_FURTHER "gangway-further"

/* What is added to the headers of a first event. */
struct gw_notice_rest {
    uint32_t count;         /* of all events; 1: nothing is added */
    struct gw_text further; /* the lines of those that are listed */
};

/* Writes the line of an event into the arena. scratch is overwritten. False: no memory. */
bool gw_notice_line_write(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_outbox_row *event,
                          struct gw_text *ret_line);

/* Reads the headers of an event, of struct gw_header, without what is added, which is *ret_rest. False: no memory. */
bool gw_notice_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_array *ret_headers,
                            struct gw_notice_rest *ret_rest);

/* The headers of the first event with the rest of the notice; unchanged where it has one event. False: no memory. */
bool gw_notice_headers_write(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_notice_row *notice,
                             struct gw_text *ret_text);

/* The listed events, of struct gw_noticed_event, and the number of all. A line that cannot be read is left out. False:
 * no memory. */
bool gw_notice_events_read(struct gw_arena *arena, const struct gw_notice_row *notice, struct gw_array *ret_events,
                           uint32_t *ret_count);

#endif

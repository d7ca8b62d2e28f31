/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a command while it is handled: what handlers read and change, and the queue of the events that it
 * raised. It belongs to the worker's thread.
 */
#ifndef GW_SERVICE_HANDLING_H
#define GW_SERVICE_HANDLING_H

#include "base/buffer.h"
#include "domain/event.h"
#include "service/unit_of_work.h"

#include <gangway/abi.h>
#include <gangway/status.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The state that handlers work with. The turn makes one for all commands of an attempt. */
struct gw_handling {
    struct gw_event_sink events; /* the queue for events that aggregates raise */
    struct gw_unit_of_work *work;
    struct gw_changes *changes; /* of the unit of work */
    struct gw_arena *arena;     /* the attempt's */
    struct gw_buffer *reason;   /* why a command is rejected; for one that is skipped, a warning */
    uint32_t reason_code;       /* enum gw_reason, where a command is rejected */
    struct gw_buffer *scratch;  /* free for use within one function */

    struct gw_text identity;    /* of the message: the ids of events derive from it and the event's number */
    struct gw_array headers;    /* of the message, of struct gw_header: its effects carry them */
    struct gw_text header_text; /* the same as text; empty until it is first requested */
    uint32_t event_number;      /* of the event being handled, from 1 */
    struct gw_tracked *product; /* of the event being handled; NULL for an internal one */
    struct gw_text payload;     /* of the event being handled; empty until it is first requested */

    struct gw_event *queue;
    size_t queue_count, queue_capacity;
};

/* Handles an event. It may only add to the unit of work. OK; NOT_LOADED, NOMEM: the attempt ends. */
typedef enum gw_status gw_event_handler_fn(const void *context, struct gw_handling *handling,
                                           const struct gw_event *event);

/* Prepares a handling for the commands of one attempt. */
void gw_handling_init(struct gw_handling *handling, struct gw_unit_of_work *work, struct gw_buffer *reason,
                      struct gw_buffer *scratch);

/* The headers of the message as the text that its effects have in the database, written once for all of them. False:
 * no memory. */
bool gw_handling_headers(struct gw_handling *handling, struct gw_text *ret_text);

/* The payload of the event being handled, rendered once. An empty text: no memory. */
struct gw_text gw_handling_payload(struct gw_handling *handling, const struct gw_event *event);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message bus: one handler per command, any number per event. Events that a handler raises join the queue of the
 * same run, and are handled in the same breath, in the order in which they were raised.
 *
 * The bus itself is constant once the wiring has subscribed everybody, and is shared by all workers; what one command
 * needs while it is handled is in a struct gw_handling of the worker's own.
 */
#ifndef GW_SERVICE_MESSAGE_BUS_H
#define GW_SERVICE_MESSAGE_BUS_H

#include "base/buffer.h"
#include "domain/command.h"
#include "domain/event.h"
#include "service/routing.h"
#include "service/unit_of_work.h"

#include <gangway/status.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a handler works with. Made by the turn, one for all commands of an attempt. */
struct gw_handling {
    struct gw_event_sink events; /* the queue that aggregates raise their events into */
    struct gw_unit_of_work *work;
    struct gw_changes *changes; /* of the unit of work */
    struct gw_arena *arena;     /* the attempt's */
    struct gw_buffer *reason;   /* why a command is rejected; or, for one that is skipped, a warning */
    uint32_t reason_code;       /* enum gw_reason, where a command is rejected */
    struct gw_buffer *scratch;  /* for anybody, for as long as one function runs */

    struct gw_text identity;    /* of the message: ids of events derive from it and the event's number */
    struct gw_text headers;     /* of the message: what its effects carry on */
    uint32_t event_number;      /* of the event being handled, from 1 */
    struct gw_tracked *product; /* of the event being handled; NULL for an internal one */
    struct gw_text payload;     /* of the event being handled; empty until somebody asks for it */

    struct gw_event *queue;
    size_t queue_count, queue_capacity;
};

/* Handles an event. A handler only adds to the unit of work. OK; NOT_LOADED, NOMEM: the attempt ends. */
typedef enum gw_status gw_event_handler_fn(const void *context, struct gw_handling *handling,
                                           const struct gw_event *event);

/* Prepares a handling for the commands of one attempt. */
void gw_handling_init(struct gw_handling *handling, struct gw_unit_of_work *work, struct gw_buffer *reason,
                      struct gw_buffer *scratch);

/*
 * Handles a command and every event that follows from it; identity and headers of the handling are the message's.
 * OK: *ret_outcome is APPLIED, or SKIPPED with a warning in reason, if any. INVALID: rejected, nothing has changed,
 * reason says why. NOT_LOADED: the attempt is to begin again. NOMEM, INTERNAL: the attempt has failed.
 */
enum gw_status gw_message_bus_handle(const struct gw_message_bus *bus, struct gw_handling *handling,
                                     const struct gw_command *command, uint32_t *ret_outcome);

/* The payload of the event being handled, rendered once. An empty text when memory has run out. */
struct gw_text gw_handling_payload(struct gw_handling *handling, const struct gw_event *event);

#endif

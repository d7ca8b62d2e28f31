/* SPDX-License-Identifier: Apache-2.0 */
/* The dead letter of a refused message: everything that is needed to understand the message and to run it again. */
#ifndef GW_SERVICE_DEAD_LETTER_H
#define GW_SERVICE_DEAD_LETTER_H

#include "base/arena.h"
#include "base/buffer.h"

#include <gangway/message.h>
#include <gangway/port/repository.h>

#include <stdbool.h>

struct gw_turn_message;

/* Headers that the core adds to those of the message, if the entrypoint knows the value: the time of receipt (RFC 3339,
 * UTC), and how often the broker has delivered the message. A header of the sender with such a name is dropped, so that
 * it cannot be mistaken for the core's. */
#define GW_DEAD_HEADER_ARRIVED    "gangway-arrived-at"
#define GW_DEAD_HEADER_DELIVERIES "gangway-deliveries"

/* Fills *ret_letter, which borrows the bytes of the message. The headers are encoded in scratch, and copied into the
 * arena as a JSON list of [name, value] pairs. False: no memory. */
bool gw_dead_letter_make(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_turn_message *message,
                         struct gw_text reason, struct gw_dead_letter *ret_letter);

/* The dead letter of an event that its destination does not get. Borrows the texts of the row. */
struct gw_dead_entry gw_dead_entry_of_row(const struct gw_outbox_row *row, struct gw_text reason);

/* The headers that the message had, and what the core added; empty where it added nothing. */
struct gw_dead_headers {
    struct gw_array headers; /* of struct gw_header */
    struct gw_text arrived_at;
    struct gw_text deliveries;
};

/* Reads the text of a letter's headers into the arena. False when memory has run out. */
bool gw_dead_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_dead_headers *ret_headers);

#endif

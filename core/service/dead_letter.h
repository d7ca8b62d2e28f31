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

/* Headers that the core adds behind those of the message, where the entrypoint knows a value: when the message was
 * received (RFC 3339, UTC) and how often its broker has delivered it. A sender's header of such a name is not kept, so
 * that nobody reads it as the core's. */
#define GW_DEAD_HEADER_ARRIVED    "gangway-arrived-at"
#define GW_DEAD_HEADER_DELIVERIES "gangway-deliveries"

/* Fills *ret_letter, which borrows the message's bytes; its headers are written into the arena as text, by way of
 * scratch. False when memory has run out. */
bool gw_dead_letter_make(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_turn_message *message,
                         struct gw_text reason, struct gw_dead_letter *ret_letter);

/* The headers that the message had, and what the core added; empty where it added nothing. */
struct gw_dead_headers {
    struct gw_array headers; /* of struct gw_header */
    struct gw_text arrived_at;
    struct gw_text deliveries;
};

/* Reads the text of a letter's headers into the arena. False when memory has run out. */
bool gw_dead_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_dead_headers *ret_headers);

#endif

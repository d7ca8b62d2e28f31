/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a message that was refused: enough to understand it and to run it again. */
#ifndef GW_SERVICE_DEAD_LETTER_H
#define GW_SERVICE_DEAD_LETTER_H

#include "base/arena.h"
#include "base/buffer.h"

#include <gangway/port/repository.h>

#include <stdbool.h>

struct gw_turn_message;

/* Fills *ret_letter, which borrows the message's bytes; its headers are written into the arena, as a JSON list of
 * [name, value] pairs in which bytes that are no UTF-8 are U+FFFD. False when memory has run out. */
bool gw_dead_letter_make(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_turn_message *message,
                         struct gw_text reason, struct gw_dead_letter *ret_letter);

#endif

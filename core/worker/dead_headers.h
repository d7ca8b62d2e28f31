/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that a dead letter keeps, as an array again: the other side of service/dead_letter.c. Any thread. */
#ifndef GW_WORKER_DEAD_HEADERS_H
#define GW_WORKER_DEAD_HEADERS_H

#include "base/arena.h"

#include <gangway/message.h>

#include <stdbool.h>

/* Reads [["name", "value"], ...]: an array of struct gw_header in arena. What is not of this form ends it. False: no
 * memory. */
bool gw_dead_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_array *ret_headers);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the headers of a dead letter, which service/dead_letter.c writes. Any thread. */
#ifndef GW_WORKER_DEAD_HEADERS_H
#define GW_WORKER_DEAD_HEADERS_H

#include "base/arena.h"

#include <gangway/message.h>

#include <stdbool.h>

/* The headers that the message had, and what the core added (service/dead_letter.h); empty where it added nothing. */
struct gw_dead_headers {
    struct gw_array headers; /* of struct gw_header */
    struct gw_text arrived_at;
    struct gw_text deliveries;
};

/* Reads [["name", "value"], ...] into arena. What is not of this form ends it. False: no memory. */
bool gw_dead_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_dead_headers *ret_headers);

#endif

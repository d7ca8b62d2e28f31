/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks an encoded field table before rabbitmq-c decodes it. The headers of a message are its sender's, and rabbitmq-c
 * 0.11 decodes nested tables and arrays recursively without a limit, so the sender would choose how much stack a
 * message takes. The check itself does not recurse.
 */
#ifndef RABBIT_TABLE_H
#define RABBIT_TABLE_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

/* How deep tables and arrays may be nested; the table itself is level 1. */
enum { RABBIT_TABLE_DEPTH_MAX = 32 };

/* Whether a well-formed table begins at bytes[at]: each length lies inside of what contains it, each kind of value is
 * known, and it is not nested too deeply. */
bool rabbit_table_is_sound(struct gw_text bytes, size_t at);

#endif

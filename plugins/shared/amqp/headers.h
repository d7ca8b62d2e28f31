/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of a message as texts, as the core reads and stores them. AMQP has typed values: a text and bytes stay as
 * they are, numbers and times become decimal digits, booleans `true` and `false`, nothing becomes the empty text, and
 * nested tables and arrays become JSON. In that JSON a byte that is not UTF-8 becomes U+FFFD.
 *
 * Life cycle: all zeros, read any number of times, done. One thread.
 */
#ifndef RABBIT_HEADERS_H
#define RABBIT_HEADERS_H

#include "library.h"

#include <gangway/message.h>
#include <gangway/sdk/buffer.h>

#include <stdbool.h>
#include <stddef.h>

struct rabbit_headers {
    struct gw_header *items; /* in the order of the table; names may repeat */
    size_t count;
    size_t capacity;
    struct gw_buffer texts; /* the values that are not borrowed */
};

/* Reads a table that was decoded (decode.h). The items borrow from the payload it was decoded from, and are valid until
 * the next call. False: no memory. */
bool rabbit_headers_read(struct rabbit_headers *headers, const amqp_table_t *table);

/* Adds a header behind those of the table; name and value are borrowed like theirs. False: no memory. */
bool rabbit_headers_add(struct rabbit_headers *headers, struct gw_text name, struct gw_text value);

/* Frees the memory. */
void rabbit_headers_done(struct rabbit_headers *headers);

#endif

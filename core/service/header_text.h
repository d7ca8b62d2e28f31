/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers as a repository keeps them: JSON text that it stores and does not read. Inside the process headers are arrays
 * of struct gw_header; they become text where a changeset is made, and arrays again where a row is delivered or a dead
 * letter replayed. Any thread.
 */
#ifndef GW_SERVICE_HEADER_TEXT_H
#define GW_SERVICE_HEADER_TEXT_H

#include "base/arena.h"
#include "base/buffer.h"

#include <gangway/message.h>

#include <stdbool.h>

enum gw_header_form {
    GW_HEADER_OBJECT, /* {"name": "value", ...}: of an effect, whose headers have different names */
    GW_HEADER_LIST    /* [["name", "value"], ...]: of a dead letter, which keeps them as they came */
};

/* Writes headers, an array of struct gw_header, into the arena; no headers are the empty text. Bytes that are no UTF-8
 * become U+FFFD. Scratch is overwritten; its maximum bounds the text. False: no memory. */
bool gw_header_text_write(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_array *headers,
                          enum gw_header_form form, struct gw_text *ret_text);

/* Reads a text of either form: an array of struct gw_header, with its bytes, in the arena. Reading ends at what is not
 * of the form, with the headers before it: the core wrote the text. False: no memory. */
bool gw_header_text_read(struct gw_arena *arena, struct gw_text text, struct gw_array *ret_headers);

#endif

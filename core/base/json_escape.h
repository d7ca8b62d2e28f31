/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How characters are written inside a JSON string. No state, any thread. JSON itself is written by json/json_writer;
 * this is for it, for the log, which cuts a record between two characters, and for templates, whose text is the
 * operator's.
 */
#ifndef GW_BASE_JSON_ESCAPE_H
#define GW_BASE_JSON_ESCAPE_H

#include "base/buffer.h"

#include <stddef.h>

enum { GW_JSON_ESCAPE_MAX = 12 };

/* The number of leading bytes that need no escape in a JSON string: ASCII except quote, backslash and control
 * characters. */
size_t gw_json_plain_run(const char *ptr, size_t len);

/* Writes the first character of len > 0 bytes for a JSON string. Quote, backslash, control characters (C0, DEL, C1) and
 * invisible characters (gw_code_point_is_invisible) are escaped; an invalid byte becomes U+FFFD. Writes no NUL byte.
 * Returns the number of bytes written, and in *ret_taken the number of bytes read. */
size_t gw_json_escape(const char *ptr, size_t len, char ret_escaped[GW_JSON_ESCAPE_MAX], size_t *ret_taken);

/* Appends len bytes as the inside of a JSON string, escaped by gw_json_escape, without quotes. */
void gw_json_escape_append(struct gw_buffer *buffer, const char *bytes, size_t len);

#endif

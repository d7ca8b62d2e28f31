/* SPDX-License-Identifier: Apache-2.0 */
/* How one character is written inside a JSON string. No state, any thread. */
#ifndef GW_BASE_JSON_ESCAPE_H
#define GW_BASE_JSON_ESCAPE_H

#include <stddef.h>

enum { GW_JSON_ESCAPE_MAX = 12 };

/* The number of leading bytes that need no escape in a JSON string: ASCII except quote, backslash and control
 * characters. */
size_t gw_json_plain_run(const char *ptr, size_t len);

/* Writes the first character of len > 0 bytes for a JSON string. Quote, backslash, control characters (C0, DEL, C1) and
 * invisible characters (gw_code_point_is_invisible) are escaped; an invalid byte becomes U+FFFD. Writes no NUL byte.
 * Returns the number of bytes written, and in *ret_taken the number of bytes read. */
size_t gw_json_escape(const char *ptr, size_t len, char ret_escaped[GW_JSON_ESCAPE_MAX], size_t *ret_taken);

#endif

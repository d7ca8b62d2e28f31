/* SPDX-License-Identifier: Apache-2.0 */
/* How one character is written inside a JSON string. No state, any thread. */
#ifndef GW_BASE_JSON_ESCAPE_H
#define GW_BASE_JSON_ESCAPE_H

#include <stddef.h>

enum { GW_JSON_ESCAPE_MAX = 12 };

/* The number of leading bytes that stand in a JSON string as they are: ASCII but for quote, backslash and control
 * characters. */
size_t gw_json_plain_run(const char *ptr, size_t len);

/* Writes the first character of len > 0 bytes as it stands in a JSON string: as it is, or escaped when it is quote,
 * backslash, a control character (C0, DEL, C1) or invisible (gw_code_point_is_invisible); a byte that is not part of
 * any UTF-8 as U+FFFD. No NUL byte. Returns the bytes written, and in *ret_taken the bytes read. */
size_t gw_json_escape(const char *ptr, size_t len, char ret_escaped[GW_JSON_ESCAPE_MAX], size_t *ret_taken);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: how text is written inside a JSON string (RFC 8259, section 7).
 *
 *     gw_buffer_append_byte(&line, '"');
 *     gw_json_escape_append(&line, text.ptr, text.len);
 *     gw_buffer_append_byte(&line, '"');
 *
 * Escaped are the quote, the backslash and the control characters below U+0020, as JSON demands; also DEL, the control
 * characters from U+0080 to U+009F and the invisible characters (utf8.h), because people read JSON on terminals, where
 * these act as commands or hide text. A reader of JSON gets the same text either way. All other characters are written
 * as they are, in UTF-8.
 *
 * JSON can carry nothing but Unicode: a byte that is no UTF-8 becomes U+FFFD, and the reader gets another text. A
 * plugin that must not change a text checks it first (gw_utf8_valid_len).
 *
 * One byte of text becomes at most six. No state, any thread. What a function gets is borrowed for the call.
 */
#ifndef GANGWAY_SDK_JSON_ESCAPE_H
#define GANGWAY_SDK_JSON_ESCAPE_H

#include <gangway/sdk/buffer.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most bytes that one character becomes: two escapes of six, for a surrogate pair. */
enum { GW_JSON_ESCAPE_MAX = 12 };

/* Appends len bytes as the inside of a JSON string, without quotes. */
void gw_json_escape_append(struct gw_buffer *buffer, const char *bytes, size_t len);

/* ---- for a writer without a buffer, or one that cuts between two characters ---- */

/* The number of leading bytes that need no escape: ASCII except quote, backslash and control characters. */
size_t gw_json_plain_run(const char *bytes, size_t len);

/* Writes the first character of len > 0 bytes. Writes no NUL byte. Returns the number of bytes written, and in
 * *ret_taken the number of bytes read. */
size_t gw_json_escape(const char *bytes, size_t len, char ret_escaped[GW_JSON_ESCAPE_MAX], size_t *ret_taken);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: UTF-8, by table 3-7 of the Unicode standard, and the characters that a reader cannot see.
 *
 * Overlong forms, surrogates and code points above U+10FFFF are not UTF-8. A NUL byte is valid UTF-8; a caller that
 * cannot store one (the text column of a database) looks for it separately. Nothing is normalised.
 *
 * A text from outside is read character by character:
 *
 *     uint64_t size = gw_utf8_sequence(at, left);          // 0: at[0] is no UTF-8
 *     if (size > 0)
 *         code_point = gw_utf8_code_point(at, size);
 *
 * No state, no allocation, any thread. Texts are borrowed for the call.
 */
#ifndef GANGWAY_SDK_UTF8_H
#define GANGWAY_SDK_UTF8_H

#include <gangway/text.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The length, 1 to 4, of the sequence that `left` bytes begin with. 0: they begin with none, the sequence is cut off,
 * or left is 0. */
uint64_t gw_utf8_sequence(const char *bytes, uint64_t left);

/* The offset of the first byte that does not belong to a sequence; the length of the text when there is none. */
uint64_t gw_utf8_valid_len(struct gw_text text);

/* Whether `len` bytes of valid UTF-8 contain a control character: C0 (below U+0020), DEL or C1 (U+0080 to U+009F). */
bool gw_utf8_has_control(const char *bytes, uint64_t len);

/* The code point of the sequence at `bytes`; size is its length by gw_utf8_sequence, above 0. */
uint32_t gw_utf8_code_point(const char *bytes, uint64_t size);

/* Whether a reader cannot see the character, or it reorders others: direction of writing, zero width, fillers, tags,
 * separators of lines. Control characters are not included. */
bool gw_code_point_is_invisible(uint32_t code_point);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of text: valid UTF-8, invisible characters, the nearest name. No state, any thread. */
#ifndef GW_BASE_TEXT_H
#define GW_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at ptr in bytes, 1 to 4; 0 if len is 0 or no well-formed UTF-8 begins there. */
size_t gw_utf8_sequence(const char *ptr, size_t len);

/* Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7): no overlong form, no surrogate, nothing above
 * U+10FFFF. */
bool gw_utf8_is_valid(const char *ptr, size_t len);

/* Whether the bytes hold a control character: C0 (below U+0020), DEL or C1 (U+0080 to U+009F). Takes valid UTF-8. */
bool gw_utf8_has_control(const char *ptr, size_t len);

/* The code point of the character at ptr; size > 0 is its length by gw_utf8_sequence. */
uint32_t gw_utf8_code_point(const char *ptr, size_t size);

/* Whether a reader cannot see the character, or it reorders others: direction of writing, zero width, fillers, tags,
 * separators of lines. Control characters are not included. */
bool gw_code_point_is_invisible(uint32_t code_point);

/* The nearest of count names to the len bytes at name: at most two edits (insert, delete, replace, swap of neighbours;
 * ASCII case is ignored) and fewer edits than half of len. The first one if several are equally near; NULL if none. */
const char *gw_text_nearest(const char *name, size_t len, const char *const *names, size_t count);

#endif

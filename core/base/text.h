/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about runs of bytes: are they UTF-8, can they be seen, which name is nearest. No state, any thread. */
#ifndef GW_BASE_TEXT_H
#define GW_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at ptr takes: 1 to 4; 0 when len is 0 or no well-formed UTF-8 begins there. */
size_t gw_utf8_sequence(const char *ptr, size_t len);

/* Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7): no overlong form, no surrogate, nothing above
 * U+10FFFF. */
bool gw_utf8_is_valid(const char *ptr, size_t len);

/* Whether the bytes hold a control character: C0 (below U+0020), DEL or C1 (U+0080 to U+009F). Takes valid UTF-8. */
bool gw_utf8_has_control(const char *ptr, size_t len);

/* The code point of the character at ptr, which takes size > 0 bytes as gw_utf8_sequence says. */
uint32_t gw_utf8_code_point(const char *ptr, size_t size);

/* Whether a reader cannot see that the character is there, or sees others out of their order because of it: what sets
 * the direction of writing, has no width, is a filler, a tag or a separator of lines. Control characters are another
 * thing. */
bool gw_code_point_is_invisible(uint32_t code_point);

/* Of count names, the one nearest to the len bytes at name: at most two edits away (insert, delete, replace, swap of
 * neighbours; the case of ASCII letters does not count), and fewer edits than half of len; of several as near, the
 * first. NULL when there is none. */
const char *gw_text_nearest(const char *name, size_t len, const char *const *names, size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: whether bytes are UTF-8, by table 3-7 of the Unicode standard.
 *
 * Overlong forms, surrogates and code points above U+10FFFF are not UTF-8. A NUL byte is: who cannot take one (a
 * database's text column) looks for it as well. Nothing is decoded or normalised.
 *
 * No state, no allocation, any thread.
 */
#ifndef GANGWAY_SDK_UTF8_H
#define GANGWAY_SDK_UTF8_H

#include <gangway/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The length, 1 to 4, of the sequence that `left` bytes begin with; there is at least one byte. 0: it is no UTF-8, or
 * the sequence is cut off. */
uint64_t gw_utf8_sequence(const char *bytes, uint64_t left);

/* The offset of the first byte that does not belong to a sequence; the length of the text when there is none. */
uint64_t gw_utf8_valid_len(struct gw_text text);

#ifdef __cplusplus
}
#endif

#endif

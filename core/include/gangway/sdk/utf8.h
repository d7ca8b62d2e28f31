/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: checks whether bytes are UTF-8, by table 3-7 of the Unicode standard.
 *
 * Overlong forms, surrogates and code points above U+10FFFF are not UTF-8. A NUL byte is valid UTF-8; a caller that
 * cannot store one (the text column of a database) must look for it separately. Nothing is decoded or normalised.
 *
 * No state, no allocation, any thread.
 */
#ifndef GANGWAY_SDK_UTF8_H
#define GANGWAY_SDK_UTF8_H

#include <gangway/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The length, 1 to 4, of the sequence at the beginning of `left` bytes; left is at least 1. Returns 0 if the bytes are
 * not UTF-8 or the sequence is cut off. */
uint64_t gw_utf8_sequence(const char *bytes, uint64_t left);

/* The offset of the first byte that does not belong to a sequence; the length of the text when there is none. */
uint64_t gw_utf8_valid_len(struct gw_text text);

#ifdef __cplusplus
}
#endif

#endif

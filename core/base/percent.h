/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding of RFC 3986: how one byte is written inside a URI. No state, any thread. */
#ifndef GW_BASE_PERCENT_H
#define GW_BASE_PERCENT_H

#include <stddef.h>

enum { GW_PERCENT_MAX = 3 };

/* Writes a byte unchanged if it is unreserved (letters, digits, `-._~`), otherwise as `%XX`. Writes no NUL byte.
 * Returns the number of bytes written. */
size_t gw_percent_encode(char byte, char ret_encoded[GW_PERCENT_MAX]);

#endif

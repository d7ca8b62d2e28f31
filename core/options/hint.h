/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an error text about an unknown name: the valid names and the nearest one. No state, any thread. */
#ifndef GW_OPTIONS_HINT_H
#define GW_OPTIONS_HINT_H

#include <gangway/text.h>

#include <stddef.h>

enum { GW_HINT_MAX_BYTES = 640 };

/* Writes `expected one of a, b, c; did you mean 'b'?` into text, without the question if no name is near, and `there is
 * none` if there are no names. A long list is cut, never the question. Returns text. */
const char *gw_hint(char text[GW_HINT_MAX_BYTES], struct gw_text wrong, const char *const *names, size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What could have been written instead of a name that is wrong: the end of an error text. No state, any thread. */
#ifndef GW_OPTIONS_HINT_H
#define GW_OPTIONS_HINT_H

#include <gangway/text.h>

#include <stddef.h>

enum { GW_HINT_MAX_BYTES = 640 };

/* Writes `expected one of a, b, c; did you mean 'b'?` into text, without the question when no name is near; `there is
 * none` when there are no names. Cut when too long, the question never. Returns text. */
const char *gw_hint(char text[GW_HINT_MAX_BYTES], struct gw_text wrong, const char *const *names, size_t count);

#endif

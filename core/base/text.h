/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of text: those of the plugin library (UTF-8), and the nearest name. No state, any thread. */
#ifndef GW_BASE_TEXT_H
#define GW_BASE_TEXT_H

#include <gangway/sdk/utf8.h>

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are valid UTF-8, as sdk/utf8.h defines it. */
static inline bool gw_utf8_is_valid(const char *ptr, size_t len)
{
    return gw_utf8_valid_len(gw_text_span(ptr, len)) == len;
}

/* The length of the longest start of valid UTF-8 that has at most max bytes and ends between two characters. */
size_t gw_utf8_cut(const char *ptr, size_t len, size_t max);

/* The nearest of count names to the len bytes at name: at most two edits (insert, delete, replace, swap of neighbours;
 * ASCII case is ignored) and fewer edits than half of len. The first one if several are equally near; NULL if none. */
const char *gw_text_nearest(const char *name, size_t len, const char *const *names, size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Packs texts into the tail of a row. No state. */
#ifndef MEMORY_COPY_H
#define MEMORY_COPY_H

#include <gangway/text.h>

/* Copies text to *at, moves *at behind it, and returns the copy; an empty text may point nowhere. */
static inline struct gw_text copy_text(char **at, struct gw_text text)
{
    struct gw_text copy = gw_text_span(*at, text.len);

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts between identifiers of the domain and texts of the ports. The bytes are the same; an identifier also has a
 * hash.
 */
#ifndef GW_STOCK_PORT_TEXT_H
#define GW_STOCK_PORT_TEXT_H

#include "base/arena.h"
#include "domain/identifier.h"

#include <gangway/text.h>

#include <stdbool.h>

static inline struct gw_text gw_port_text(struct gw_identifier identifier)
{
    return gw_text_span(identifier.ptr, identifier.len);
}

/* Borrows the text's bytes. */
static inline struct gw_identifier gw_port_identifier(struct gw_text text)
{
    return gw_identifier_make(text.ptr, (size_t)text.len);
}

/* Copies the identifier's bytes into the arena. False: no memory. */
static inline bool gw_port_keep(struct gw_arena *arena, struct gw_identifier *identifier)
{
    const char *copy = gw_arena_copy(arena, identifier->ptr, identifier->len);

    if (copy == NULL)
        return false;
    identifier->ptr = copy;
    return true;
}

#endif

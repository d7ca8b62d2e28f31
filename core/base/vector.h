/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for one more item in an array in an arena. The array doubles; the arena's reset frees the old copies.
 */
#ifndef GW_BASE_VECTOR_H
#define GW_BASE_VECTOR_H

#include "base/arena.h"

#include <stddef.h>
#include <string.h>

/* items, or a larger copy of its count items, with room for at least one more; updates *capacity. NULL when out of
 * memory; items is then unchanged. */
static inline void *gw_vector_grow(struct gw_arena *arena, void *items, size_t count, size_t *capacity,
                                   size_t item_size)
{
    size_t larger = *capacity == 0 ? 8 : *capacity * 2;
    void *copy;

    if (count < *capacity)
        return items;
    copy = gw_arena_alloc(arena, larger * item_size);
    if (copy == NULL)
        return NULL;
    if (count > 0)
        memcpy(copy, items, count * item_size);
    *capacity = larger;
    return copy;
}

#endif

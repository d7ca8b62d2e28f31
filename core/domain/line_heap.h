/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of one batch, so that the newest is at hand (rule 6). A heap, because lines are loaded in any order. A line
 * that leaves its batch is not searched for: its claim is passed over once it comes to the top, since a sequence number
 * is given once and the line no longer has it. One thread at a time; memory from an arena.
 */
#ifndef GW_DOMAIN_LINE_HEAP_H
#define GW_DOMAIN_LINE_HEAP_H

#include "base/arena.h"
#include "domain/product.h"

#include <stdbool.h>
#include <stddef.h>

struct gw_line_claim;

/* All zero: empty, without memory. */
struct gw_line_heap {
    struct gw_line_claim *claims;
    size_t count;
    size_t capacity;
};

/* Notes that the batch holds line since line->seq, which is above 0. False when memory has run out. */
bool gw_line_heap_add(struct gw_line_heap *heap, struct gw_arena *arena, struct gw_held_line *line);

/* The line with the highest seq of those that still have the seq with which they were added, or NULL. */
struct gw_held_line *gw_line_heap_newest(struct gw_line_heap *heap);

/* Takes that line out of the heap: gw_line_heap_add puts it back, and then needs no memory. NULL when there is none. */
struct gw_held_line *gw_line_heap_take(struct gw_line_heap *heap);

#endif

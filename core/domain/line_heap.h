/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of one batch, newest first (rule 6). A heap, because lines are loaded in any order. A line that leaves its
 * batch stays in the heap and is skipped at the top, because it no longer has the sequence number with which it was
 * added. One thread at a time; memory from an arena.
 */
#ifndef GW_DOMAIN_LINE_HEAP_H
#define GW_DOMAIN_LINE_HEAP_H

#include "base/arena.h"
#include "domain/product.h"

#include <stdbool.h>
#include <stddef.h>

struct gw_line_claim;

/* Zero-initialised: empty, without memory. */
struct gw_line_heap {
    struct gw_line_claim *claims;
    size_t count;
    size_t capacity;
};

/* Adds a line that the batch holds since line->seq, which is above 0. False when out of memory. */
bool gw_line_heap_add(struct gw_line_heap *heap, struct gw_arena *arena, struct gw_held_line *line);

/* The line with the highest seq, of those that still have the seq with which they were added; NULL if there is none. */
struct gw_held_line *gw_line_heap_newest(struct gw_line_heap *heap);

/* Removes that line from the heap; gw_line_heap_add can add it again without memory. NULL if there is none. */
struct gw_held_line *gw_line_heap_take(struct gw_line_heap *heap);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for one turn: many allocations, one reset. Blocks are kept over a reset, so that a worker in steady state
 * allocates nothing. One thread at a time.
 */
#ifndef GW_BASE_ARENA_H
#define GW_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct gw_arena;

/* A new arena that will hand out at most max_bytes between two resets; NULL when memory has run out. */
struct gw_arena *gw_arena_new(size_t max_bytes);
void gw_arena_free(struct gw_arena *arena);

/* size bytes aligned for any type, not cleared; NULL when memory or max_bytes has run out. Valid until the reset. */
void *gw_arena_alloc(struct gw_arena *arena, size_t size);

/* The same, cleared. */
void *gw_arena_alloc_zero(struct gw_arena *arena, size_t size);

/* A copy of len bytes with a NUL byte behind it; NULL when memory has run out. */
char *gw_arena_copy(struct gw_arena *arena, const void *bytes, size_t len);

/* Takes back everything that was handed out; keeps the blocks up to keep_bytes for the next turn, frees the rest. */
void gw_arena_reset(struct gw_arena *arena, size_t keep_bytes);

/* Whether something was refused since the last reset because of max_bytes, and not because memory had run out. */
bool gw_arena_is_full(const struct gw_arena *arena);

/* Bytes handed out since the last reset. */
size_t gw_arena_used(const struct gw_arena *arena);

#endif

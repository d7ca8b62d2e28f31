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

/* A new arena that allocates at most max_bytes between two resets; NULL when out of memory. */
struct gw_arena *gw_arena_new(size_t max_bytes);
void gw_arena_free(struct gw_arena *arena);

/* size bytes aligned for any type, not cleared; NULL when out of memory or above max_bytes. Valid until the reset. */
void *gw_arena_alloc(struct gw_arena *arena, size_t size);

/* The same, cleared. */
void *gw_arena_alloc_zero(struct gw_arena *arena, size_t size);

/* A copy of len bytes, NUL-terminated; NULL when out of memory. */
char *gw_arena_copy(struct gw_arena *arena, const void *bytes, size_t len);

/* Invalidates all allocations; keeps blocks up to keep_bytes for the next turn and frees the others. */
void gw_arena_reset(struct gw_arena *arena, size_t keep_bytes);

/* Whether an allocation failed since the last reset because of max_bytes, not because the system is out of memory. */
bool gw_arena_is_full(const struct gw_arena *arena);

/* Bytes allocated since the last reset. */
size_t gw_arena_used(const struct gw_arena *arena);

#endif

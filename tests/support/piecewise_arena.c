/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena for a program in which allocations fail: each of its allocations is one of malloc, so that each can be the
 * one that fails. A program with this source links it instead of core/base/arena.c.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct piece {
    struct piece *next;
    _Alignas(max_align_t) char bytes[];
};

struct gw_arena {
    struct piece *newest;
    size_t used;
    size_t max_bytes;
    bool is_full;
};

struct gw_arena *gw_arena_new(size_t max_bytes)
{
    struct gw_arena *arena = calloc(1, sizeof *arena);

    if (arena != NULL)
        arena->max_bytes = max_bytes;
    return arena;
}

void gw_arena_free(struct gw_arena *arena)
{
    if (arena != NULL)
        gw_arena_reset(arena, 0);
    free(arena);
}

void *gw_arena_alloc(struct gw_arena *arena, size_t size)
{
    struct piece *piece;

    if (size > arena->max_bytes - arena->used) {
        arena->is_full = true;
        return NULL;
    }
    piece = malloc(sizeof *piece + size);
    if (piece == NULL)
        return NULL;
    piece->next = arena->newest;
    arena->newest = piece;
    arena->used += size;
    return piece->bytes;
}

void *gw_arena_alloc_zero(struct gw_arena *arena, size_t size)
{
    void *ptr = gw_arena_alloc(arena, size);

    return ptr == NULL ? NULL : memset(ptr, 0, size);
}

char *gw_arena_copy(struct gw_arena *arena, const void *bytes, size_t len)
{
    char *copy = len < SIZE_MAX ? gw_arena_alloc(arena, len + 1) : NULL;

    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void gw_arena_reset(struct gw_arena *arena, size_t keep_bytes)
{
    (void)keep_bytes;
    while (arena->newest != NULL) {
        struct piece *piece = arena->newest;

        arena->newest = piece->next;
        free(piece);
    }
    arena->used = 0;
    arena->is_full = false;
}

bool gw_arena_is_full(const struct gw_arena *arena)
{
    return arena->is_full;
}

size_t gw_arena_used(const struct gw_arena *arena)
{
    return arena->used;
}

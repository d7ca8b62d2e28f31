/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for one turn: a chain of blocks and a pointer into it, which each allocation advances and the reset rewinds.
 * Memory that is not allocated is poisoned under AddressSanitizer, which finds pointers that are used after a reset.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(ptr, size)   ((void)(ptr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, size) ((void)(ptr), (void)(size))
#endif

enum {
    ALIGNMENT = _Alignof(max_align_t),
    BLOCK_MIN = 64 * 1024,
    BLOCK_MAX = 1024 * 1024 /* blocks double up to here, so that a small turn stays small and a large one has few */
};

struct block {
    struct block *next;
    size_t capacity;
    _Alignas(max_align_t) char bytes[];
};

struct gw_arena {
    char *at; /* the rest of the current block, limited by max_bytes */
    char *end;
    char *start; /* where the current block began */
    size_t used; /* of the blocks before it */
    size_t max_bytes;
    struct block *first;
    struct block *current; /* NULL before the first allocation since the reset */
    bool is_full;          /* an allocation failed because of max_bytes */
};

struct gw_arena *gw_arena_new(size_t max_bytes)
{
    struct gw_arena *arena = calloc(1, sizeof *arena);

    if (arena != NULL)
        arena->max_bytes = max_bytes < SIZE_MAX / 2 ? max_bytes : SIZE_MAX / 2; /* sums of sizes do not overflow */
    return arena;
}

static void block_free(struct block *block)
{
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->capacity);
    free(block);
}

/* Frees this block and all blocks after it. */
static void block_free_chain(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;

        block_free(block);
        block = next;
    }
}

void gw_arena_free(struct gw_arena *arena)
{
    if (arena == NULL)
        return;
    block_free_chain(arena->first);
    free(arena);
}

static struct block *block_new(size_t at_least, size_t previous)
{
    size_t capacity = previous < BLOCK_MAX / 2 ? previous * 2 : BLOCK_MAX;
    struct block *block;

    if (capacity < BLOCK_MIN)
        capacity = BLOCK_MIN;
    if (capacity < at_least)
        capacity = at_least;
    block = malloc(sizeof *block + capacity);
    if (block == NULL)
        return NULL;
    block->next = NULL;
    block->capacity = capacity;
    ASAN_POISON_MEMORY_REGION(block->bytes, capacity);
    return block;
}

/* Selects a block with room for size: the next one that the reset kept, if it is large enough, else a new one. */
static bool arena_advance(struct gw_arena *arena, size_t size)
{
    struct block **next = arena->current != NULL ? &arena->current->next : &arena->first;
    size_t left;

    if (*next == NULL || (*next)->capacity < size) {
        struct block *block = block_new(size, arena->current != NULL ? arena->current->capacity : 0);

        if (block == NULL)
            return false;
        block->next = *next;
        *next = block;
    }
    arena->used = gw_arena_used(arena);
    left = arena->max_bytes - arena->used;
    arena->current = *next;
    arena->start = arena->current->bytes;
    arena->at = arena->start;
    arena->end = arena->start + (left < arena->current->capacity ? left : arena->current->capacity);
    return true;
}

/* size rounded up; 0 on overflow. */
static size_t rounded(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* The slow path: another block, NULL, or room for 0 bytes. */
__attribute__((noinline)) static void *arena_alloc_slowly(struct gw_arena *arena, size_t size)
{
    if (size == 0)
        return gw_arena_alloc(arena, 1);
    size = rounded(size);
    if (size == 0 || size > arena->max_bytes - gw_arena_used(arena)) {
        arena->is_full = true;
        return NULL;
    }
    if (!arena_advance(arena, size))
        return NULL;
    return gw_arena_alloc(arena, size);
}

void *gw_arena_alloc(struct gw_arena *arena, size_t size)
{
    size_t taken = rounded(size);
    char *ptr = arena->at;

    if (taken - 1 >= (size_t)(arena->end - ptr)) /* also when taken is 0 */
        return arena_alloc_slowly(arena, size);
    arena->at = ptr + taken;
    ASAN_UNPOISON_MEMORY_REGION(ptr, taken);
    return ptr;
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
    struct block **next = &arena->first;

    while (*next != NULL && (*next)->capacity <= keep_bytes) {
        keep_bytes -= (*next)->capacity;
        ASAN_POISON_MEMORY_REGION((*next)->bytes, (*next)->capacity);
        next = &(*next)->next;
    }
    block_free_chain(*next);
    *next = NULL;
    arena->current = NULL;
    arena->at = NULL;
    arena->end = NULL;
    arena->start = NULL;
    arena->used = 0;
    arena->is_full = false;
}

bool gw_arena_is_full(const struct gw_arena *arena)
{
    return arena->is_full;
}

size_t gw_arena_used(const struct gw_arena *arena)
{
    return arena->used + (size_t)(arena->at - arena->start);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slab: size classes in blocks of one mebibyte. A piece above the largest class comes from malloc and is listed, so
 * that it is freed with the repository. Knows nothing of what the pieces contain.
 */
#include "slab.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A step is a cache line, so that every piece begins at one. */
enum { FINE_STEP = 64, FINE_MAX = 512, FINE_CLASSES = FINE_MAX / FINE_STEP, CLASS_MAX = 4096, BLOCK_BYTES = 1 << 20 };

_Static_assert(SLAB_CLASSES == FINE_CLASSES + 3, "1, 2 and 4 KiB follow the fine classes");

struct slab_block {
    struct slab_block *next;
    char bytes[];
};

struct slab_large {
    struct slab_large *next;
    struct slab_large **link; /* the pointer to this one */
    _Alignas(max_align_t) char bytes[];
};

static unsigned class_of(size_t size)
{
    unsigned kind = FINE_CLASSES;

    if (size <= FINE_MAX)
        return size == 0 ? 0 : (unsigned)((size - 1) / FINE_STEP);
    for (size_t bytes = 2 * FINE_MAX; bytes < size; bytes *= 2)
        kind++;
    return kind;
}

static size_t class_bytes(unsigned kind)
{
    if (kind < FINE_CLASSES)
        return ((size_t)kind + 1) * FINE_STEP;
    return (size_t)FINE_MAX << (kind - FINE_CLASSES + 1);
}

static void *large_take(struct slab *slab, size_t size)
{
    struct slab_large *large = size > SIZE_MAX / 2 ? NULL : malloc(sizeof *large + size);

    if (large == NULL)
        return NULL;
    large->next = slab->large;
    large->link = &slab->large;
    if (large->next != NULL)
        large->next->link = &large->next;
    slab->large = large;
    return large->bytes;
}

static void large_give(void *piece)
{
    struct slab_large *large = (struct slab_large *)(void *)((char *)piece - offsetof(struct slab_large, bytes));

    *large->link = large->next;
    if (large->next != NULL)
        large->next->link = large->link;
    free(large);
}

static int add_block(struct slab *slab)
{
    struct slab_block *block = malloc(BLOCK_BYTES);

    if (block == NULL)
        return -1;
    block->next = slab->blocks;
    slab->blocks = block;
    slab->next = block->bytes + (-(uintptr_t)block->bytes & (FINE_STEP - 1));
    slab->left = (size_t)((char *)block + BLOCK_BYTES - slab->next);
    return 0;
}

void *slab_take(struct slab *slab, size_t size)
{
    unsigned kind;
    size_t bytes;
    void *piece;

    if (size > CLASS_MAX)
        return large_take(slab, size);
    kind = class_of(size);
    piece = slab->pieces[kind];
    if (piece != NULL) {
        memcpy(&slab->pieces[kind], piece, sizeof piece);
        return piece;
    }
    bytes = class_bytes(kind);
    if (slab->left < bytes && add_block(slab) != 0)
        return NULL;
    piece = slab->next;
    slab->next += bytes;
    slab->left -= bytes;
    return piece;
}

void slab_give(struct slab *slab, void *piece, size_t size)
{
    unsigned kind;

    if (piece == NULL)
        return;
    if (size > CLASS_MAX) {
        large_give(piece);
        return;
    }
    kind = class_of(size);
    memcpy(piece, &slab->pieces[kind], sizeof piece);
    slab->pieces[kind] = piece;
}

void slab_done(struct slab *slab)
{
    for (struct slab_block *block = slab->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    for (struct slab_large *large = slab->large, *next; large != NULL; large = next) {
        next = large->next;
        free(large);
    }
    memset(slab, 0, sizeof *slab);
}

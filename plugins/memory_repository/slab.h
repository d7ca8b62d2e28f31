/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for rows: pieces of a few sizes cut from large blocks, used again after they were given back. So a repository
 * whose rows come and go at the same pace asks the system for nothing. Not for several threads at once.
 */
#ifndef MEMORY_SLAB_H
#define MEMORY_SLAB_H

#include <stddef.h>

enum { SLAB_CLASSES = 11 };

struct slab {
    void *pieces[SLAB_CLASSES]; /* given back, linked through their first word */
    struct slab_block *blocks;
    struct slab_large *large;
    char *next; /* what is left of the newest block */
    size_t left;
};

/* size bytes aligned for any type, not cleared; NULL when memory has run out. Give them back with the same size. */
void *slab_take(struct slab *slab, size_t size);

/* NULL is fine. */
void slab_give(struct slab *slab, void *piece, size_t size);

/* Frees every block, whatever is still in use. */
void slab_done(struct slab *slab);

#endif

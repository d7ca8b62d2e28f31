/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for rows: pieces of a few sizes from large blocks, which are reused after they were given back. So a
 * repository whose rows come and go at the same rate allocates nothing from the system. One thread at a time.
 */
#ifndef MEMORY_SLAB_H
#define MEMORY_SLAB_H

#include <stddef.h>

enum { SLAB_CLASSES = 11 };

struct slab {
    void *pieces[SLAB_CLASSES]; /* free pieces, linked through their first word */
    struct slab_block *blocks;
    struct slab_large *large;
    char *next; /* the rest of the newest block */
    size_t left;
};

/* Returns size bytes, aligned for any type, not set to zero. NULL: no memory. Give them back with the same size. */
void *slab_take(struct slab *slab, size_t size);

/* NULL is allowed. */
void slab_give(struct slab *slab, void *piece, size_t size);

/* Frees every block, with everything that is still in use. */
void slab_done(struct slab *slab);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of memory that are reused. See block.h. */
#include "block.h"

#include <stdlib.h>

void block_pool_done(struct block_pool *pool)
{
    struct block *block = pool->oldest;

    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(pool->spare);
    *pool = (struct block_pool){0};
}

struct block *block_take(struct block_pool *pool, size_t capacity)
{
    struct block *block = NULL;

    if (capacity <= BLOCK_SIZE && pool->spare != NULL) {
        block = pool->spare;
        pool->spare = NULL;
    } else {
        capacity = capacity > BLOCK_SIZE ? capacity : BLOCK_SIZE;
        block = malloc(sizeof *block + capacity);
        if (block == NULL)
            return NULL;
        block->capacity = capacity;
    }
    block->next = NULL;
    block->serial = ++pool->serial;
    block->lent = 0;
    block->is_open = 1;
    if (pool->newest != NULL)
        pool->newest->next = block;
    else
        pool->oldest = block;
    pool->newest = block;
    return block;
}

/* A large block is for a large line, so it is freed and not reused. */
static void block_recycle(struct block_pool *pool, struct block *block)
{
    if (block->capacity == BLOCK_SIZE && pool->spare == NULL)
        pool->spare = block;
    else
        free(block);
}

/* Recycles every block that is no longer needed. There are few: those of one turn. */
static void pool_sweep(struct block_pool *pool)
{
    struct block **link = &pool->oldest;

    pool->newest = NULL;
    while (*link != NULL) {
        struct block *block = *link;

        if (block->lent == 0 && !block->is_open) {
            *link = block->next;
            block_recycle(pool, block);
        } else {
            pool->newest = block;
            link = &block->next;
        }
    }
}

void block_leave(struct block_pool *pool, struct block *block)
{
    if (block == NULL)
        return;
    block->is_open = 0;
    if (block->lent == 0)
        pool_sweep(pool);
}

void block_settle(struct block_pool *pool, uint64_t serial)
{
    struct block *block = pool->oldest;

    while (block != NULL && block->serial != serial)
        block = block->next;
    if (block == NULL || block->lent == 0)
        return;
    block->lent--;
    if (block->lent == 0 && !block->is_open)
        pool_sweep(pool);
}

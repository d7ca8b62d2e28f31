/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of messages. Input is read into blocks; a block is reused when all its lines are settled. So a message
 * costs no allocation, and memory is in proportion to the lines that are not settled. Belongs to one thread.
 */
#ifndef JSONL_READER_BLOCK_H
#define JSONL_READER_BLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { BLOCK_SIZE = 256 * 1024 };

struct block {
    struct block *next;
    uint64_t serial;  /* rises from block to block */
    uint32_t lent;    /* lines in it that are not settled yet */
    uint32_t is_open; /* the splitter still reads into it */
    size_t capacity;
    char bytes[];
};

struct block_pool {
    struct block *oldest; /* in use, in the order of their serials */
    struct block *newest;
    struct block *spare; /* a free one of BLOCK_SIZE */
    uint64_t serial;
};

void block_pool_done(struct block_pool *pool);

/* Returns an open block of at least that size. NULL: no memory. */
struct block *block_take(struct block_pool *pool, size_t capacity);

/* The splitter no longer needs the block. NULL is allowed. */
void block_leave(struct block_pool *pool, struct block *block);

/* Counts a settled line of the block with this serial. */
void block_settle(struct block_pool *pool, uint64_t serial);

#endif

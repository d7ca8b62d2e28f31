/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory that messages lie in. Input is read into blocks; a block stays as long as one of its lines is not
 * settled, and is used again after. So a message costs no allocation, and memory follows what is not settled yet.
 * Belongs to one thread.
 */
#ifndef JSONL_READER_BLOCK_H
#define JSONL_READER_BLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { BLOCK_SIZE = 256 * 1024 };

struct block {
    struct block *next;
    uint64_t serial;  /* rises from block to block */
    uint32_t lent;    /* lines in it that are not settled */
    uint32_t is_open; /* the splitter still reads into it */
    size_t capacity;
    char bytes[];
};

struct block_pool {
    struct block *oldest; /* in use, in the order of their serials */
    struct block *newest;
    struct block *spare; /* one of BLOCK_SIZE that waits to be used again */
    uint64_t serial;
};

void block_pool_done(struct block_pool *pool);

/* An open block of at least that size; NULL when memory ran out. */
struct block *block_take(struct block_pool *pool, size_t capacity);

/* The splitter is done with it. NULL is fine. */
void block_leave(struct block_pool *pool, struct block *block);

/* A line of the block with this serial was settled. */
void block_settle(struct block_pool *pool, uint64_t serial);

#endif

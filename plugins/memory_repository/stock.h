/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stock: products, their batches, and the order lines that the batches hold, as rows that point to each other. It finds
 * them by key, and keeps the batches of a product in the order of rule 2, the lines of a batch by age, and the lines of
 * an order in the order of allocation. It decides nothing. One thread at a time: the caller holds the repository's
 * lock.
 */
#ifndef MEMORY_STOCK_H
#define MEMORY_STOCK_H

#include "hash.h"
#include "slab.h"
#include "table.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

struct product {
    uint64_t hash;
    int64_t version; /* 0: the product does not exist; the row waits for its first batch */
    int64_t stamp;
    int64_t events; /* the event counter */
    uint64_t told;  /* the number of the last load that reported it */
    struct batch *root;
    uint64_t sku_len;
    char sku[];
};

/* A node of its product's tree: ordered by (eta, created, ref), a heap by priority. The members that a descent through
 * the tree reads fill one cache line, and a descent reads no node beside its path. */
struct batch {
    struct batch *left;
    struct batch *right;
    int64_t left_most; /* the largest room in that subtree, -1: empty; a descent skips it if that is too low */
    int64_t right_most;
    int64_t purchased;
    int64_t allocated;
    int64_t created;
    int32_t eta;
    uint32_t priority;
    struct product *product;
    struct line *newest;
    uint64_t hash;
    uint64_t ref_len;
    char ref[];
};

struct line {
    struct product *product;
    struct batch *batch;
    struct line *older; /* in the batch, by seq */
    struct line *newer;
    struct line *before; /* in the bucket of its order, in the order of allocation */
    struct line *after;
    uint64_t hash;
    uint64_t order_hash;
    int64_t qty;
    int64_t seq;
    uint32_t is_leaving; /* a changeset that is being checked deletes it */
    uint32_t orderid_len;
    char orderid[];
};

struct order_bucket {
    struct line *first;
    struct line *last;
};

struct stock {
    struct slab *slab;
    struct hash_key key;
    struct table products; /* by SKU */
    struct table batches;  /* by reference */
    struct table lines;    /* by product, order and quantity */
    struct order_bucket *orders;
    uint64_t order_mask; /* number of buckets - 1; 0: none yet */
};

void stock_done(struct stock *stock);

static inline struct gw_text product_sku(const struct product *product)
{
    return gw_text_span(product->sku, product->sku_len);
}

static inline struct gw_text batch_ref(const struct batch *batch)
{
    return gw_text_span(batch->ref, batch->ref_len);
}

static inline struct gw_text line_orderid(const struct line *line)
{
    return gw_text_span(line->orderid, line->orderid_len);
}

static inline int64_t batch_room(const struct batch *batch)
{
    return batch->purchased - batch->allocated;
}

/* ---- products */

/* NULL: there is no such row. A row of version 0 counts as missing for everyone except apply. */
struct product *stock_product(const struct stock *stock, struct gw_text sku);

/* Adds a row of version 0. NULL: no memory. */
struct product *stock_add_product(struct stock *stock, struct gw_text sku);

/* ---- batches */

struct batch *stock_batch(const struct stock *stock, struct gw_text ref);

/* Prefetches a batch that will be looked up soon. */
void stock_expect_batch(const struct stock *stock, struct gw_text ref);

/* Makes a batch that is in the table, but not yet in its product's tree. Room in the table was reserved. NULL: no
 * memory. */
struct batch *stock_new_batch(struct stock *stock, struct product *product, struct gw_text ref);

/* Removes a batch that is in no tree from the table, and frees it. */
void stock_drop_batch(struct stock *stock, struct batch *batch);

/* Adds a batch with all its numbers to its product's tree. */
void stock_place_batch(struct batch *batch);

/* Changes the quantities of a batch in a tree. */
void stock_change_batch(struct batch *batch, int64_t purchased, int64_t allocated);

/* Calls visit for the batches of a product with at least this room, in the order of rule 2, until it returns false. */
typedef bool stock_visit_fn(void *context, const struct batch *batch);
void stock_walk(const struct product *product, int64_t room, stock_visit_fn *visit, void *context);

/* ---- lines */

/* The line, unless it is being deleted. NULL: it is not held. */
struct line *stock_line(const struct stock *stock, const struct product *product, struct gw_text orderid, int64_t qty);

/* Prefetches a line that will be looked up soon. */
void stock_expect_line(const struct stock *stock, const struct product *product, struct gw_text orderid, int64_t qty);

/* Reserves room for this many calls of stock_new_line and stock_place_line. False: no memory. */
bool stock_reserve_lines(struct stock *stock, uint32_t count);

/* Makes a line that is in the table, but not yet in its batch. NULL: no memory. */
struct line *stock_new_line(struct stock *stock, struct batch *batch, struct gw_text orderid, int64_t qty, int64_t seq);

/* Frees a line that is in no batch. */
void stock_drop_line(struct stock *stock, struct line *line);

/* Adds a line to its batch, and behind all lines of its order. */
void stock_place_line(struct stock *stock, struct line *line);

/* Removes a line from everything and frees it. */
void stock_remove_line(struct stock *stock, struct line *line);

/* The oldest line in the bucket of an order. The lines that follow it with line->after may be of other orders. */
const struct line *stock_order(const struct stock *stock, struct gw_text orderid);

#endif

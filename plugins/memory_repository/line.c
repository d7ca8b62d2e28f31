/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stock, third part: order lines by key, by age within their batch, and by order. The lines of an order are in a bucket
 * with the lines of a few other orders, linked in the order of allocation, so an order needs no row of its own.
 */
#include "hash.h"
#include "stock.h"

#include <stdlib.h>

enum { BUCKETS_AT_FIRST = 64 };

/* The two hashes of a line: of its order, and of the whole key. */
static uint64_t line_order_hash(const struct stock *stock, struct gw_text orderid)
{
    return hash_text(&stock->key, orderid);
}

static uint64_t line_hash(const struct stock *stock, const struct product *product, uint64_t order_hash, int64_t qty)
{
    return hash_join(&stock->key, order_hash + (uint64_t)qty, product->hash);
}

struct line *stock_line(const struct stock *stock, const struct product *product, struct gw_text orderid, int64_t qty)
{
    uint64_t hash = line_hash(stock, product, line_order_hash(stock, orderid), qty);
    struct table_probe probe = table_probe(&stock->lines, hash);
    struct line *line;

    while ((line = table_next(&probe)) != NULL) {
        if (line->product == product && line->qty == qty && !line->is_leaving &&
            gw_text_equal(line_orderid(line), orderid))
            return line;
    }
    return NULL;
}

void stock_expect_line(const struct stock *stock, const struct product *product, struct gw_text orderid, int64_t qty)
{
    table_prefetch(&stock->lines, line_hash(stock, product, line_order_hash(stock, orderid), qty));
}

/* ---- the buckets of orders */

static struct order_bucket *bucket_of(const struct stock *stock, uint64_t order_hash)
{
    return &stock->orders[order_hash & stock->order_mask];
}

static void bucket_append(struct order_bucket *bucket, struct line *line)
{
    line->before = bucket->last;
    line->after = NULL;
    if (bucket->last != NULL)
        bucket->last->after = line;
    else
        bucket->first = line;
    bucket->last = line;
}

static void bucket_remove(struct order_bucket *bucket, struct line *line)
{
    if (line->before != NULL)
        line->before->after = line->after;
    else
        bucket->first = line->after;
    if (line->after != NULL)
        line->after->before = line->before;
    else
        bucket->last = line->before;
}

/* The lines of one order come from one bucket and go to one, so they keep their order. */
static void move_orders(struct stock *stock, const struct order_bucket *from, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        for (struct line *line = from[i].first, *after; line != NULL; line = after) {
            after = line->after;
            bucket_append(bucket_of(stock, line->order_hash), line);
        }
    }
}

static bool reserve_orders(struct stock *stock, uint64_t lines)
{
    uint64_t had = stock->orders == NULL ? 0 : stock->order_mask + 1;
    uint64_t count = had == 0 ? BUCKETS_AT_FIRST : had;
    struct order_bucket *old = stock->orders;
    struct order_bucket *larger;

    if (had >= lines && had != 0)
        return true;
    while (count < lines)
        count *= 2;
    larger = calloc(count, sizeof *larger);
    if (larger == NULL)
        return false;
    stock->orders = larger;
    stock->order_mask = count - 1;
    move_orders(stock, old, had);
    free(old);
    return true;
}

bool stock_reserve_lines(struct stock *stock, uint32_t count)
{
    return table_reserve(&stock->lines, count) && reserve_orders(stock, stock->lines.count + count);
}

const struct line *stock_order(const struct stock *stock, struct gw_text orderid)
{
    return stock->orders == NULL ? NULL : bucket_of(stock, line_order_hash(stock, orderid))->first;
}

/* ---- rows */

struct line *stock_new_line(struct stock *stock, struct batch *batch, struct gw_text orderid, int64_t qty, int64_t seq)
{
    struct line *line = slab_take(stock->slab, sizeof *line + orderid.len);

    if (line == NULL)
        return NULL;
    line->product = batch->product;
    line->batch = batch;
    line->qty = qty;
    line->seq = seq;
    line->is_leaving = 0;
    line->orderid_len = (uint32_t)orderid.len;
    line->order_hash = line_order_hash(stock, orderid);
    line->hash = line_hash(stock, batch->product, line->order_hash, qty);
    memcpy(line->orderid, orderid.ptr, orderid.len);
    table_insert(&stock->lines, line->hash, line);
    return line;
}

void stock_drop_line(struct stock *stock, struct line *line)
{
    table_remove(&stock->lines, line->hash, line);
    slab_give(stock->slab, line, sizeof *line + line->orderid_len);
}

/* Lines are added with rising seq, so the place is almost always the first one. */
static void place_by_age(struct line *line)
{
    struct line *newer = NULL;
    struct line *older = line->batch->newest;

    while (older != NULL && older->seq > line->seq) {
        newer = older;
        older = older->older;
    }
    line->older = older;
    line->newer = newer;
    if (older != NULL)
        older->newer = line;
    if (newer != NULL)
        newer->older = line;
    else
        line->batch->newest = line;
}

void stock_place_line(struct stock *stock, struct line *line)
{
    place_by_age(line);
    bucket_append(bucket_of(stock, line->order_hash), line);
}

void stock_remove_line(struct stock *stock, struct line *line)
{
    if (line->newer != NULL)
        line->newer->older = line->older;
    else
        line->batch->newest = line->older;
    if (line->older != NULL)
        line->older->newer = line->newer;
    bucket_remove(bucket_of(stock, line->order_hash), line);
    stock_drop_line(stock, line);
}

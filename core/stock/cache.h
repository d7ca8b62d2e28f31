/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product cache of one worker: what its last commits know of products, so that the next turn need not load it
 * again. Other processes change products without notice, so a cached product may be out of date at any time: a
 * changeset names version and stamp of every product that it rests on, and the repository refuses one that rests on
 * others.
 *
 * A stale product costs a conflict of the whole turn, where a hit saves a part of one load. The confidence in a product
 * that others change therefore falls, and so does the confidence in the cache as a whole.
 *
 * One thread at a time. Bounded in bytes, with CLOCK eviction. A product takes 128 bytes to two kibibytes, by the
 * number of its batches with room and the lengths of their references. The cache allocates slabs of about 128 KiB up to
 * its bound and never returns them; without memory for a slab it holds fewer products. Every function accepts NULL for
 * a cache: an empty one that stays empty.
 */
#ifndef GW_STOCK_CACHE_H
#define GW_STOCK_CACHE_H

#include "domain/identifier.h"
#include "domain/product.h"
#include "stock/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct gw_cache;

/* A cache of at most max_bytes including its index, but of one slab at least. NULL for 0 bytes and when memory has run
 * out. */
struct gw_cache *gw_cache_new(int64_t max_bytes);
void gw_cache_free(struct gw_cache *cache);

/* The entry of this SKU; NULL: none. Valid until the next learn, which may move or evict it. */
struct gw_entry *gw_cache_find(const struct gw_cache *cache, struct gw_identifier sku);

/* For each product after a commit that returned OK; the last three parameters are those of gw_entry_learn. */
void gw_cache_learn(struct gw_cache *cache, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp,
                    bool is_news);

/* The entry of this SKU may be out of date: it answers nothing until the next learn. */
void gw_cache_invalidate(struct gw_cache *cache, struct gw_identifier sku);

/* Whether the entry differs from the product as the repository loaded it, with this stamp. */
bool gw_cache_is_stale(const struct gw_cache *cache, const struct gw_product *product, int64_t loaded_stamp);

/* Whether an attempt should rely on it. */
bool gw_cache_is_confident(const struct gw_cache *cache);

/* For each commit. was_right: it did not end in a conflict. Not called for a conflict that no cached product is part
 * of. */
void gw_cache_judge(struct gw_cache *cache, bool was_right);

/* Empties the cache: the repository may be another one, or at an earlier state. */
void gw_cache_forget(struct gw_cache *cache);

/* How many products it holds. */
uint32_t gw_cache_count(const struct gw_cache *cache);

#endif

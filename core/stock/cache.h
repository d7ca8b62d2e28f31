/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product cache of one worker: the products of its last commits, which the next turn need not load. Other processes
 * change products without notice, so an entry may be stale at any time. Therefore a changeset contains version and
 * stamp of every product that it rests on, and the repository refuses it if one has changed.
 *
 * A stale entry costs a conflict of the whole turn, whereas a hit saves a part of one load. So the confidence in a
 * product falls when others change it, and so does the confidence in the cache as a whole.
 *
 * One thread at a time. Bounded in bytes, with CLOCK eviction. A product takes 104 bytes to two kibibytes, depending on
 * the number of its batches with room and the lengths of their references. The cache allocates slabs of about 128 KiB
 * up to its limit and never frees them. Without memory for a slab it holds fewer products. Every function accepts NULL,
 * which is an empty cache that stays empty.
 */
#ifndef GW_STOCK_CACHE_H
#define GW_STOCK_CACHE_H

#include "domain/identifier.h"
#include "domain/product.h"
#include "stock/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct gw_cache;

/* Creates a cache of at most max_bytes including its index, but of at least one slab. NULL: max_bytes is 0, or no
 * memory. */
struct gw_cache *gw_cache_new(int64_t max_bytes);
void gw_cache_free(struct gw_cache *cache);

/* The entry of this SKU; NULL: none. Valid until the next learn, which may move or evict it. */
struct gw_entry *gw_cache_find(const struct gw_cache *cache, struct gw_identifier sku);

/* Call it for each product after a commit that returned OK. The last three parameters are those of gw_entry_learn. */
void gw_cache_learn(struct gw_cache *cache, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp,
                    bool is_news);

/* Marks the entry of this SKU as possibly stale: it answers nothing until the next learn. */
void gw_cache_invalidate(struct gw_cache *cache, struct gw_identifier sku);

/* Whether the entry differs from the product that the repository loaded, with this stamp. */
bool gw_cache_is_stale(const struct gw_cache *cache, const struct gw_product *product, int64_t loaded_stamp);

/* Whether an attempt should use the cache. */
bool gw_cache_is_confident(const struct gw_cache *cache);

/* Call it for each commit. was_right: it did not end in a conflict. Do not call it for a conflict without a cached
 * product. */
void gw_cache_judge(struct gw_cache *cache, bool was_right);

/* Empties the cache, because another server may answer, or one with an earlier state. */
void gw_cache_forget(struct gw_cache *cache);

/* The number of products in the cache. */
uint32_t gw_cache_count(const struct gw_cache *cache);

#endif

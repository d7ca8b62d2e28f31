/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products that a worker remembers from one turn to the next, so that what it saw a moment ago is not asked for again.
 * Nobody is told when somebody else changes a product, so what is remembered may be out of date at any time: every
 * decision names the version that it rests on, and the repository refuses one that rests on another.
 *
 * A product that others change is relied on less and less: what it saves in loads it would cost in conflicts. So is the
 * memory as a whole: one product of a thousand that is out of date is enough for a conflict of the whole turn.
 *
 * One thread at a time. Bounded by bytes: products that were not seen for long are evicted first. A product takes 128
 * bytes to two kibibytes, by the number of its batches with room and the lengths of their references. The memory grows
 * in slabs of about 128 KiB up to its bound, and stays; where the system has none, less is remembered. Every function
 * accepts NULL for a memory: one that remembers nothing.
 */
#ifndef GW_STOCK_CACHE_H
#define GW_STOCK_CACHE_H

#include "domain/identifier.h"
#include "domain/product.h"
#include "stock/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct gw_product_memory;

/* One of at most max_bytes, its index included, but of one slab at least. NULL for 0 bytes, and when memory has run
 * out.
 */
struct gw_product_memory *gw_product_memory_new(int64_t max_bytes);
void gw_product_memory_free(struct gw_product_memory *memory);

/* What is remembered of this SKU; NULL: nothing. It stays there until the memory learns; then it may be elsewhere, and
 * the place another product's. */
struct gw_remembered_product *gw_product_memory_find(const struct gw_product_memory *memory, struct gw_identifier sku);

/* To be called for each product after a commit that returned OK; the last three: as in gw_remembered_product_learn. */
void gw_product_memory_learn(struct gw_product_memory *memory, const struct gw_product *product, int64_t loaded_stamp,
                             int64_t stamp, bool is_news);

/* What is remembered of this SKU is out of date, or may be. */
void gw_product_memory_doubt(struct gw_product_memory *memory, struct gw_identifier sku);

/* Whether what is remembered of this product, which the repository told with this stamp and which may have changed
 * since, was out of date. */
bool gw_product_memory_is_stale(const struct gw_product_memory *memory, const struct gw_product *product,
                                int64_t loaded_stamp);

/* Whether an attempt is to rely on it. */
bool gw_product_memory_is_trusted(const struct gw_product_memory *memory);

/* To be told of each commit: it did not end in a conflict, or it did and had relied on the memory. */
void gw_product_memory_judge(struct gw_product_memory *memory, bool was_right);

/* Forgets everything: the repository may not be the one that it was, or not at the state that it had. */
void gw_product_memory_forget(struct gw_product_memory *memory);

/* How many products are remembered. */
uint32_t gw_product_memory_count(const struct gw_product_memory *memory);

#endif

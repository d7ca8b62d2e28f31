/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a product holds, and what it knows and does not know of the rest: for the domain's own files. The needs below
 * answer APPLIED when they found out, NOT_LOADED (and say in the product what is missing) when only the repository
 * can, UNSOUND (and say what contradicts itself), NOMEM. One thread at a time; all memory from the product's arena.
 */
#ifndef GW_DOMAIN_PRODUCT_KNOWLEDGE_H
#define GW_DOMAIN_PRODUCT_KNOWLEDGE_H

#include "base/table.h"
#include "domain/batch_tree.h"
#include "domain/line_heap.h"
#include "domain/product.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All that is known under a reference. */
struct gw_stock {
    struct gw_batch_node node; /* first, and the batch first in it: a pointer to one is a pointer to all */
    int64_t newest_from;       /* every line of the batch whose seq is at least this is here */
    struct gw_line_heap lines;
    bool is_absent; /* there is no such batch, and it is not in the tree */
    bool is_touched;
};

struct gw_line {
    struct gw_held_line held;     /* first: a pointer to one is a pointer to the other */
    struct gw_stock *stock;       /* held.batch, to be changed */
    struct gw_line *next_leaving; /* within one operation: the next that it takes off the batch */
    bool is_touched;
    bool is_presumed; /* that it was not held when the product was loaded; nobody has looked */
};

/* Every batch that had room for `room` when it was loaded, up to and including last, is here. */
struct gw_horizon {
    struct gw_horizon *next;
    int64_t room;
    const struct gw_batch *last;
};

struct gw_product {
    struct gw_arena *arena;
    struct gw_identifier sku;
    int64_t version;
    int64_t loaded_version;
    struct gw_batch_node *tree;
    struct gw_table stocks; /* by reference */
    struct gw_table lines;  /* by order id and quantity */
    int64_t boundless_room; /* every batch that had this room when it was loaded is here, without a last one */
    struct gw_horizon *horizons;
    const struct gw_batch **touched_batches; /* in the order of the first touch, as are the lines */
    const struct gw_held_line **touched_lines;
    size_t touched_batch_count;
    size_t touched_batch_capacity;
    size_t touched_line_count;
    size_t touched_line_capacity;
    struct gw_missing missing;
    struct gw_flaw flaw; /* the last that was found */
    bool is_unsound;     /* it was there when the product was loaded: nothing is decided on this product */
};

/* What is known under ref: a batch, that there is none, or NULL: nothing. */
struct gw_stock *gw_product_find_stock(const struct gw_product *product, struct gw_identifier ref);

/* The line, or NULL when nothing is known of it. */
struct gw_line *gw_product_find_line(const struct gw_product *product, struct gw_identifier orderid, int64_t qty);

/* A new entry under a reference that has none, which says that there is no such batch. NULL when out of memory. */
struct gw_stock *gw_product_add_stock(struct gw_product *product, struct gw_identifier ref);

/* A new entry for a line that has none, which says that it is not held. NULL when out of memory. */
struct gw_line *gw_product_add_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty);

/* An absent entry becomes a batch. */
void gw_product_admit_batch(struct gw_product *product, struct gw_stock *stock, const struct gw_batch *batch);

/* The entry of ref; a new one when it is sure that there is no such batch. qty is for what is said to be missing. */
enum gw_result gw_product_need_stock(struct gw_product *product, struct gw_identifier ref, int64_t qty,
                                     struct gw_stock **ret_stock);

/* The entry of a line; a new one when it is sure that it is not held. It may be presumed. */
enum gw_result gw_product_need_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                    struct gw_line **ret_line);

/* Whether the line was held when the product was loaded is known, and not presumed. */
enum gw_result gw_product_need_certainty(struct gw_product *product, const struct gw_line *line);

/* The line that the batch took last, of those that it still holds. `allocated` is what all of these should hold, more
 * than qty, which is to be left. */
enum gw_result gw_product_need_newest_line(struct gw_product *product, struct gw_stock *stock, int64_t allocated,
                                           int64_t qty, struct gw_line **ret_line);

/* The quantity of a line is part of `allocated`, what its batch and lines that are as old or older should hold. */
enum gw_result gw_product_need_sound_line(struct gw_product *product, const struct gw_line *line, int64_t allocated);

/* The batch that rules 1 and 2 choose for qty; NULL in *ret_stock when none can take it. */
enum gw_result gw_product_choose_batch(struct gw_product *product, int64_t qty, struct gw_stock **ret_stock);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a product, and what is known about the parts that are not loaded. Internal to the domain. The need
 * functions below return APPLIED when they have the answer; NOT_LOADED when only the repository has it, with what is
 * missing stored in the product; UNSOUND, with the contradiction stored; or NOMEM. One thread at a time; all memory is
 * from the product's arena.
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

/* Everything that is known under a reference. */
struct gw_stock {
    struct gw_batch_node node; /* first member, and its first is the batch: a pointer to one is one to all */
    int64_t newest_from;       /* every line of the batch whose seq is at least this is loaded */
    struct gw_line_heap lines;
    bool is_absent; /* no such batch exists, and the node is not in the tree */
    bool is_touched;
};

struct gw_line {
    struct gw_held_line held;     /* first member: a pointer to one is a pointer to the other */
    struct gw_stock *stock;       /* held.batch, as one that can be changed */
    struct gw_line *next_leaving; /* within one operation: the next line that leaves the batch */
    bool is_touched;
    bool is_presumed; /* it was assumed that the line was not held at the load */
};

/* Every batch with room for `room` at the load, up to and including last, is loaded. */
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
    int64_t boundless_room; /* every batch with this room at the load is loaded, without a last one */
    struct gw_horizon *horizons;
    const struct gw_batch **touched_batches; /* in the order of the first touch, as the lines are */
    const struct gw_held_line **touched_lines;
    size_t touched_batch_count;
    size_t touched_batch_capacity;
    size_t touched_line_count;
    size_t touched_line_capacity;
    struct gw_missing missing;
    struct gw_flaw flaw; /* the last contradiction that was found */
    bool is_unsound;     /* the contradiction existed at the load, so nothing is decided on this product */
};

/* The entry of ref: a batch, or its absence. NULL: nothing is known. */
struct gw_stock *gw_product_find_stock(const struct gw_product *product, struct gw_identifier ref);

/* The line; NULL: nothing is known. */
struct gw_line *gw_product_find_line(const struct gw_product *product, struct gw_identifier orderid, int64_t qty);

/* Adds an entry for a reference that has none. The entry says that no such batch exists. NULL: no memory. */
struct gw_stock *gw_product_add_stock(struct gw_product *product, struct gw_identifier ref);

/* Adds an entry for a line that has none. The entry says that the line is not held. NULL: no memory. */
struct gw_line *gw_product_add_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty);

/* Turns an absent entry into a batch. */
void gw_product_admit_batch(struct gw_product *product, struct gw_stock *stock, const struct gw_batch *batch);

/* The entry of ref; a new one if it is certain that no such batch exists. qty is for the report of what is missing. */
enum gw_result gw_product_need_stock(struct gw_product *product, struct gw_identifier ref, int64_t qty,
                                     struct gw_stock **ret_stock);

/* The entry of a line; a new one if it is certain that it is not held. Its absence may be presumed. */
enum gw_result gw_product_need_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                    struct gw_line **ret_line);

/* Whether it is known, and not only presumed, which batch held the line at the load, if any. */
enum gw_result gw_product_need_certainty(struct gw_product *product, const struct gw_line *line);

/* The newest line that the batch holds. `allocated` is the expected sum of all its lines; it is above qty, which will
 * remain. */
enum gw_result gw_product_need_newest_line(struct gw_product *product, struct gw_stock *stock, int64_t allocated,
                                           int64_t qty, struct gw_line **ret_line);

/* Checks that the quantity of a line is at most `allocated`, the expected sum of the batch's lines that are as old or
 * older. */
enum gw_result gw_product_need_sound_line(struct gw_product *product, const struct gw_line *line, int64_t allocated);

/* The batch that rules 1 and 2 choose for qty. *ret_stock is NULL if no batch can take it. */
enum gw_result gw_product_choose_batch(struct gw_product *product, int64_t qty, struct gw_stock **ret_stock);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batches of a product in the order of rule 2. Each node has the largest room of its subtree, so one descent finds
 * the first batch that can take a quantity. The tree is balanced (AVL), because batches may also arrive in order, a
 * hundred thousand of them. Knows nothing of lines. One thread at a time; allocates nothing.
 */
#ifndef GW_DOMAIN_BATCH_TREE_H
#define GW_DOMAIN_BATCH_TREE_H

#include "domain/product.h"

#include <stdbool.h>
#include <stdint.h>

struct gw_batch_node {
    struct gw_batch batch;
    struct gw_batch_node *left;  /* the batches before it */
    struct gw_batch_node *right; /* the batches after it */
    int64_t most_room;           /* the largest room of this batch and all below it */
    int height;
};

/* The quantity that the batch can still take. */
static inline int64_t gw_batch_room(const struct gw_batch *batch)
{
    return batch->purchased - batch->allocated;
}

/* Rule 2: warehouse stock, then the earliest ETA, then the lowest `created`. The bytes of the reference only order
 * batches with the same `created`. */
bool gw_batch_goes_before(const struct gw_batch *a, const struct gw_batch *b);

/* Adds node; its batch must be filled in and must not be in the tree. Returns the new root. */
struct gw_batch_node *gw_batch_tree_add(struct gw_batch_node *root, struct gw_batch_node *node);

/* Updates the tree after the room of node, which is in the tree, has changed. */
void gw_batch_tree_refresh(struct gw_batch_node *root, struct gw_batch_node *node);

/* The first batch that has room for qty, or NULL. */
struct gw_batch_node *gw_batch_tree_first_with_room(struct gw_batch_node *root, int64_t qty);

#endif

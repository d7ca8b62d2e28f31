/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stock, second part: batches by reference, and the tree of each product: a treap in the order of rule 2, in which
 * every node has the largest room of its subtree. So finding the first batches with enough room takes time in
 * proportion to the answer, however many full ones are between them, and a batch that fills or empties keeps its place.
 */
#include "hash.h"
#include "stock.h"

struct batch *stock_batch(const struct stock *stock, struct gw_text ref)
{
    struct table_probe probe = table_probe(&stock->batches, hash_text(&stock->key, ref));
    struct batch *batch;

    while ((batch = table_next(&probe)) != NULL) {
        if (gw_text_equal(batch_ref(batch), ref))
            return batch;
    }
    return NULL;
}

void stock_expect_batch(const struct stock *stock, struct gw_text ref)
{
    table_prefetch(&stock->batches, hash_text(&stock->key, ref));
}

struct batch *stock_new_batch(struct stock *stock, struct product *product, struct gw_text ref)
{
    struct batch *batch = slab_take(stock->slab, sizeof *batch + ref.len);

    if (batch == NULL)
        return NULL;
    *batch = (struct batch){
        .left_most = -1, .right_most = -1, .product = product, .hash = hash_text(&stock->key, ref), .ref_len = ref.len};
    batch->priority = (uint32_t)hash_mix(batch->hash, UINT64_C(0x2545f4914f6cdd1d));
    memcpy(batch->ref, ref.ptr, ref.len);
    table_insert(&stock->batches, batch->hash, batch);
    return batch;
}

void stock_drop_batch(struct stock *stock, struct batch *batch)
{
    table_remove(&stock->batches, batch->hash, batch);
    slab_give(stock->slab, batch, sizeof *batch + batch->ref_len);
}

static bool goes_first(const struct batch *a, const struct batch *b)
{
    if (a->eta != b->eta)
        return a->eta < b->eta;
    if (a->created != b->created)
        return a->created < b->created;
    return gw_text_compare(batch_ref(a), batch_ref(b)) < 0;
}

/* The largest room of the batch and its subtree. */
static int64_t most_room(const struct batch *batch)
{
    int64_t most = batch_room(batch);

    if (batch->left_most > most)
        most = batch->left_most;
    return batch->right_most > most ? batch->right_most : most;
}

static void set_left(struct batch *batch, struct batch *left)
{
    batch->left = left;
    batch->left_most = most_room(left);
}

static void set_right(struct batch *batch, struct batch *right)
{
    batch->right = right;
    batch->right_most = most_room(right);
}

static struct batch *rotate_right(struct batch *batch)
{
    struct batch *up = batch->left;

    batch->left = up->right;
    batch->left_most = up->right_most;
    set_right(up, batch);
    return up;
}

static struct batch *rotate_left(struct batch *batch)
{
    struct batch *up = batch->right;

    batch->right = up->left;
    batch->right_most = up->left_most;
    set_left(up, batch);
    return up;
}

static struct batch *place(struct batch *root, struct batch *batch)
{
    if (root == NULL)
        return batch;
    if (goes_first(batch, root)) {
        set_left(root, place(root->left, batch));
        return root->left->priority > root->priority ? rotate_right(root) : root;
    }
    set_right(root, place(root->right, batch));
    return root->right->priority > root->priority ? rotate_left(root) : root;
}

void stock_place_batch(struct batch *batch)
{
    batch->product->root = place(batch->product->root, batch);
}

/* The room of batch has changed: updates the nodes above it, lowest first. */
static void refresh_path(struct batch *root, struct batch *batch)
{
    if (root == batch)
        return;
    if (goes_first(batch, root)) {
        refresh_path(root->left, batch);
        set_left(root, root->left);
    } else {
        refresh_path(root->right, batch);
        set_right(root, root->right);
    }
}

void stock_change_batch(struct batch *batch, int64_t purchased, int64_t allocated)
{
    batch->purchased = purchased;
    batch->allocated = allocated;
    refresh_path(batch->product->root, batch);
}

static bool walk(const struct batch *root, int64_t room, stock_visit_fn *visit, void *context)
{
    if (root->left_most >= room && !walk(root->left, room, visit, context))
        return false;
    if (batch_room(root) >= room && !visit(context, root))
        return false;
    return root->right_most < room || walk(root->right, room, visit, context);
}

void stock_walk(const struct product *product, int64_t room, stock_visit_fn *visit, void *context)
{
    if (product->root != NULL)
        (void)walk(product->root, room, visit, context);
}

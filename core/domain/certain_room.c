/* SPDX-License-Identifier: Apache-2.0 */
/* Derives what is certain about each batch of a product from the lists with which it was loaded. */
#include "domain/certain_room.h"

#include "domain/product_knowledge.h"

static int64_t certain_room(const struct gw_product *product, const struct gw_batch *batch)
{
    int64_t room = product->boundless_room;

    for (const struct gw_horizon *horizon = product->horizons; horizon != NULL; horizon = horizon->next)
        if (horizon->room < room && !gw_batch_goes_before(horizon->last, batch))
            room = horizon->room;
    return room;
}

static bool visit_tree(const struct gw_product *product, const struct gw_batch_node *node, gw_batch_visit_fn *visit,
                       void *context)
{
    return node == NULL || (visit_tree(product, node->left, visit, context) &&
                            visit(context, &node->batch, certain_room(product, &node->batch)) &&
                            visit_tree(product, node->right, visit, context));
}

void gw_product_visit_batches(const struct gw_product *product, gw_batch_visit_fn *visit, void *context)
{
    (void)visit_tree(product, product->tree, visit, context);
}

int64_t gw_product_certain_room(const struct gw_product *product)
{
    return product->boundless_room;
}

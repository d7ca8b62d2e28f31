/* SPDX-License-Identifier: Apache-2.0 */
/* Stock, first part: products by SKU. A row is never removed. */
#include "hash.h"
#include "stock.h"

#include <stdlib.h>

struct product *stock_product(const struct stock *stock, struct gw_text sku)
{
    struct table_probe probe = table_probe(&stock->products, hash_text(&stock->key, sku));
    struct product *product;

    while ((product = table_next(&probe)) != NULL) {
        if (gw_text_equal(product_sku(product), sku))
            return product;
    }
    return NULL;
}

struct product *stock_add_product(struct stock *stock, struct gw_text sku)
{
    struct product *product;

    if (!table_reserve(&stock->products, 1))
        return NULL;
    product = slab_take(stock->slab, sizeof *product + sku.len);
    if (product == NULL)
        return NULL;
    *product = (struct product){.hash = hash_text(&stock->key, sku), .sku_len = sku.len};
    memcpy(product->sku, sku.ptr, sku.len);
    table_insert(&stock->products, product->hash, product);
    return product;
}

void stock_done(struct stock *stock)
{
    table_done(&stock->products);
    table_done(&stock->batches);
    table_done(&stock->lines);
    free(stock->orders);
    stock->orders = NULL;
}

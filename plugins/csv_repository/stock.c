/* SPDX-License-Identifier: Apache-2.0 */
/* Stock: links between records. The batches of a product are sorted when that is first requested. */
#include "stock.h"

#include <gangway/sdk/items.h>

#include <stdlib.h>

struct product *stock_product(const struct store *store, struct gw_text sku)
{
    struct product like = {.sku = sku};

    return table_find(&store->tables[TABLE_PRODUCTS], &like);
}

struct batch *stock_batch(const struct store *store, struct gw_text ref)
{
    struct batch like = {.ref = ref};

    return table_find(&store->tables[TABLE_BATCHES], &like);
}

struct line *stock_line(const struct store *store, struct gw_text orderid, struct gw_text sku, int64_t qty)
{
    struct line like = {.orderid = orderid, .sku = sku, .qty = qty};

    return table_find(&store->tables[TABLE_LINES], &like);
}

struct product *stock_add_product(struct store *store, struct gw_text sku)
{
    struct product product = {.sku = sku};
    struct product *found = stock_product(store, sku);

    return found != NULL ? found : table_add(&store->tables[TABLE_PRODUCTS], &product);
}

bool stock_join_batch(struct product *product, struct batch *batch)
{
    struct batch **batches =
        gw_items_reserve(product->batches, sizeof(struct batch *), product->batch_count + 1, &product->batch_capacity);

    if (batches == NULL)
        return false;
    product->batches = batches;
    product->batches[product->batch_count++] = batch;
    product->is_sorted = false;
    batch->product = product;
    return true;
}

/* Rule 2: the warehouse, whose ETA is 0, then the earliest ETA, then the batch that was created first. */
static int compare(const void *a, const void *b)
{
    const struct batch *left = *(struct batch *const *)a;
    const struct batch *right = *(struct batch *const *)b;

    if (left->eta != right->eta)
        return left->eta < right->eta ? -1 : 1;
    if (left->created != right->created)
        return left->created < right->created ? -1 : 1;
    return gw_text_compare(left->ref, right->ref);
}

void stock_sort(struct product *product)
{
    if (!product->is_sorted && product->batch_count > 1)
        qsort(product->batches, product->batch_count, sizeof(struct batch *), compare);
    product->is_sorted = true;
}

void stock_join_line(struct line *line, struct batch *batch)
{
    line->batch = batch;
    line->newer = NULL;
    line->older = batch->newest;
    if (batch->newest != NULL)
        batch->newest->newer = line;
    batch->newest = line;
}

void stock_leave_batch(struct line *line)
{
    if (line->newer != NULL)
        line->newer->older = line->older;
    else
        line->batch->newest = line->older;
    if (line->older != NULL)
        line->older->newer = line->newer;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Builds a product from loaded rows, and returns its state. Changes no stock. */
#include "domain/product_knowledge.h"

struct gw_product *gw_product_new(struct gw_arena *arena, struct gw_identifier sku, int64_t version)
{
    struct gw_product *product = gw_arena_alloc(arena, sizeof *product);

    if (product == NULL)
        return NULL;
    *product = (struct gw_product){
        .arena = arena,
        .sku = sku,
        .version = version,
        .loaded_version = version,
        .boundless_room = version == 0 ? 0 : INT64_MAX,
    };
    gw_table_init(&product->stocks, arena);
    gw_table_init(&product->lines, arena);
    return product;
}

const struct gw_batch *gw_product_load_batch(struct gw_product *product, struct gw_identifier ref, int64_t purchased,
                                             int64_t allocated, int32_t eta, int64_t created)
{
    struct gw_batch batch = {.ref = ref,
                             .purchased = purchased,
                             .allocated = allocated,
                             .created = created,
                             .loaded_purchased = purchased,
                             .loaded_allocated = allocated,
                             .eta = eta};
    struct gw_stock *stock = gw_product_find_stock(product, ref);

    if (stock == NULL)
        stock = gw_product_add_stock(product, ref);
    if (stock == NULL)
        return NULL;
    if (allocated < 0 || allocated > purchased || purchased > GW_QTY_MAX) {
        product->flaw = (struct gw_flaw){GW_FLAW_QUANTITIES, ref, purchased, allocated, 0};
        product->is_unsound = true;
        batch.purchased = batch.allocated = 0; /* no operation uses it */
    }
    if (stock->is_absent)
        gw_product_admit_batch(product, stock, &batch);
    return &stock->node.batch;
}

bool gw_product_load_room(struct gw_product *product, int64_t room, const struct gw_batch *last)
{
    struct gw_horizon *horizon;

    if (last == NULL) {
        if (room < product->boundless_room)
            product->boundless_room = room;
        return true;
    }
    horizon = gw_arena_alloc(product->arena, sizeof *horizon);
    if (horizon == NULL)
        return false;
    *horizon = (struct gw_horizon){product->horizons, room, last};
    product->horizons = horizon;
    return true;
}

bool gw_product_load_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                          const struct gw_batch *batch, int64_t seq)
{
    struct gw_line *line = gw_product_find_line(product, orderid, qty);

    if (line != NULL) {
        line->is_presumed = false;
        return true;
    }
    line = gw_product_add_line(product, orderid, qty);
    if (line == NULL)
        return false;
    if (batch == NULL)
        return true;
    line->stock = (struct gw_stock *)batch;
    line->held.batch = batch;
    line->held.seq = seq;
    line->held.loaded_batch = batch;
    line->held.loaded_seq = seq;
    return gw_line_heap_add(&line->stock->lines, product->arena, &line->held);
}

bool gw_product_presume_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty)
{
    struct gw_line *line;

    if (product->loaded_version == 0 || gw_product_find_line(product, orderid, qty) != NULL)
        return true;
    line = gw_product_add_line(product, orderid, qty);
    if (line == NULL)
        return false;
    line->is_presumed = true;
    return true;
}

bool gw_product_load_absent_batch(struct gw_product *product, struct gw_identifier ref)
{
    return gw_product_find_stock(product, ref) != NULL || gw_product_add_stock(product, ref) != NULL;
}

void gw_product_load_newest(struct gw_product *product, const struct gw_batch *batch, int64_t seq)
{
    struct gw_stock *stock = (struct gw_stock *)batch;

    (void)product;
    if (seq < stock->newest_from)
        stock->newest_from = seq;
}

struct gw_identifier gw_product_sku(const struct gw_product *product)
{
    return product->sku;
}

int64_t gw_product_version(const struct gw_product *product)
{
    return product->version;
}

int64_t gw_product_loaded_version(const struct gw_product *product)
{
    return product->loaded_version;
}

struct gw_missing gw_product_missing(const struct gw_product *product)
{
    return product->missing;
}

struct gw_flaw gw_product_flaw(const struct gw_product *product)
{
    return product->flaw;
}

const struct gw_batch *gw_product_batch(const struct gw_product *product, struct gw_identifier ref)
{
    const struct gw_stock *stock = gw_product_find_stock(product, ref);

    return stock != NULL && !stock->is_absent ? &stock->node.batch : NULL;
}

void gw_product_touched(const struct gw_product *product, const struct gw_batch *const **ret_batches,
                        size_t *ret_batch_count, const struct gw_held_line *const **ret_lines, size_t *ret_line_count)
{
    *ret_batches = product->touched_batches;
    *ret_batch_count = product->touched_batch_count;
    *ret_lines = product->touched_lines;
    *ret_line_count = product->touched_line_count;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides between an answer and NOT_LOADED, from what is known about a product. Only this file decides it. Changes no
 * stock.
 */
#include "domain/product_knowledge.h"

#include "base/hash.h"

struct line_key {
    struct gw_identifier orderid;
    int64_t qty;
};

static uint32_t line_hash(struct gw_identifier orderid, int64_t qty)
{
    return gw_hash_with(orderid.hash, (uint64_t)qty);
}

static bool is_line(const void *entry, const void *key)
{
    const struct gw_line *line = entry;
    const struct line_key *wanted = key;

    return line->held.qty == wanted->qty && gw_identifier_equal(line->held.orderid, wanted->orderid);
}

static bool is_stock(const void *entry, const void *key)
{
    const struct gw_stock *stock = entry;

    return gw_identifier_equal(stock->node.batch.ref, *(const struct gw_identifier *)key);
}

struct gw_stock *gw_product_find_stock(const struct gw_product *product, struct gw_identifier ref)
{
    return gw_table_find(&product->stocks, ref.hash, is_stock, &ref);
}

struct gw_line *gw_product_find_line(const struct gw_product *product, struct gw_identifier orderid, int64_t qty)
{
    struct line_key key = {orderid, qty};

    return gw_table_find(&product->lines, line_hash(orderid, qty), is_line, &key);
}

struct gw_stock *gw_product_add_stock(struct gw_product *product, struct gw_identifier ref)
{
    struct gw_stock *stock = gw_arena_alloc(product->arena, sizeof *stock);

    if (stock == NULL)
        return NULL;
    *stock = (struct gw_stock){.node.batch.ref = ref, .is_absent = true};
    return gw_table_add(&product->stocks, ref.hash, stock) ? stock : NULL;
}

struct gw_line *gw_product_add_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty)
{
    struct gw_line *line = gw_arena_alloc(product->arena, sizeof *line);

    if (line == NULL)
        return NULL;
    *line = (struct gw_line){.held = {.orderid = orderid, .qty = qty}};
    return gw_table_add(&product->lines, line_hash(orderid, qty), line) ? line : NULL;
}

void gw_product_admit_batch(struct gw_product *product, struct gw_stock *stock, const struct gw_batch *batch)
{
    stock->node.batch = *batch;
    stock->newest_from = product->loaded_version + 1; /* lines that are allocated from now on */
    stock->is_absent = false;
    product->tree = gw_batch_tree_add(product->tree, &stock->node);
}

static enum gw_result not_loaded(struct gw_product *product, struct gw_missing missing)
{
    product->missing = missing;
    return GW_RESULT_NOT_LOADED;
}

static enum gw_result unsound(struct gw_product *product, const struct gw_stock *stock, int64_t held)
{
    const struct gw_batch *batch = &stock->node.batch;

    product->flaw = (struct gw_flaw){.kind = GW_FLAW_LINES,
                                     .ref = batch->ref,
                                     .purchased = batch->purchased,
                                     .allocated = batch->allocated,
                                     .held = held};
    return GW_RESULT_UNSOUND;
}

enum gw_result gw_product_need_stock(struct gw_product *product, struct gw_identifier ref, int64_t qty,
                                     struct gw_stock **ret_stock)
{
    if (product->is_unsound)
        return GW_RESULT_UNSOUND;
    *ret_stock = gw_product_find_stock(product, ref);
    if (*ret_stock != NULL)
        return GW_RESULT_APPLIED;
    if (product->loaded_version > 0)
        return not_loaded(product, (struct gw_missing){.kind = GW_MISSING_BATCH, .ref = ref, .qty = qty});
    *ret_stock = gw_product_add_stock(product, ref);
    return *ret_stock != NULL ? GW_RESULT_APPLIED : GW_RESULT_NOMEM;
}

enum gw_result gw_product_need_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                    struct gw_line **ret_line)
{
    if (product->is_unsound)
        return GW_RESULT_UNSOUND;
    *ret_line = gw_product_find_line(product, orderid, qty);
    if (*ret_line != NULL)
        return GW_RESULT_APPLIED;
    if (product->loaded_version > 0)
        return not_loaded(product, (struct gw_missing){.kind = GW_MISSING_LINE, .orderid = orderid, .qty = qty});
    *ret_line = gw_product_add_line(product, orderid, qty);
    return *ret_line != NULL ? GW_RESULT_APPLIED : GW_RESULT_NOMEM;
}

enum gw_result gw_product_need_certainty(struct gw_product *product, const struct gw_line *line)
{
    if (!line->is_presumed)
        return GW_RESULT_APPLIED;
    return not_loaded(
        product, (struct gw_missing){.kind = GW_MISSING_LINE, .orderid = line->held.orderid, .qty = line->held.qty});
}

/* Whether every batch that could take qty and comes before `first` is loaded; first NULL: every batch that could take
 * qty. A batch that is not loaded cannot change in this turn, so what was true at the load still holds. */
static bool is_certain(const struct gw_product *product, int64_t qty, const struct gw_batch *first)
{
    const struct gw_horizon *horizon;

    if (product->boundless_room <= qty)
        return true;
    if (first == NULL)
        return false;
    for (horizon = product->horizons; horizon != NULL; horizon = horizon->next)
        if (horizon->room <= qty && !gw_batch_goes_before(horizon->last, first))
            return true;
    return false;
}

enum gw_result gw_product_choose_batch(struct gw_product *product, int64_t qty, struct gw_stock **ret_stock)
{
    struct gw_batch_node *node = gw_batch_tree_first_with_room(product->tree, qty);

    *ret_stock = (struct gw_stock *)node;
    if (!is_certain(product, qty, node != NULL ? &node->batch : NULL))
        return not_loaded(product, (struct gw_missing){.kind = GW_MISSING_ROOM, .qty = qty});
    return GW_RESULT_APPLIED;
}

enum gw_result gw_product_need_newest_line(struct gw_product *product, struct gw_stock *stock, int64_t allocated,
                                           int64_t qty, struct gw_line **ret_line)
{
    const struct gw_batch *batch = &stock->node.batch;
    struct gw_held_line *held = gw_line_heap_newest(&stock->lines);

    *ret_line = (struct gw_line *)held;
    if (held != NULL && held->seq >= stock->newest_from)
        return gw_product_need_sound_line(product, *ret_line, allocated);
    if (stock->newest_from <= 0) /* every line is loaded, and their sum is too low */
        return unsound(product, stock, batch->allocated - allocated);
    return not_loaded(product, (struct gw_missing){.kind = GW_MISSING_LINES, .ref = batch->ref, .qty = qty});
}

enum gw_result gw_product_need_sound_line(struct gw_product *product, const struct gw_line *line, int64_t allocated)
{
    if (line->held.qty >= 1 && line->held.qty <= allocated)
        return GW_RESULT_APPLIED;
    return unsound(product, line->stock, line->stock->node.batch.allocated - allocated + line->held.qty);
}

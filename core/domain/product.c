/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of the aggregate. Each operation first looks up everything it needs and changes the product
 * afterwards. If a change runs out of memory, the product is half changed and the caller drops it.
 */
#include "domain/product.h"

#include "base/assert.h"
#include "base/vector.h"
#include "domain/product_knowledge.h"

static bool touch_stock(struct gw_product *product, struct gw_stock *stock)
{
    const struct gw_batch **batches;

    if (stock->is_touched)
        return true;
    batches = gw_vector_grow(product->arena, product->touched_batches, product->touched_batch_count,
                             &product->touched_batch_capacity, sizeof *batches);
    if (batches == NULL)
        return false;
    product->touched_batches = batches;
    batches[product->touched_batch_count++] = &stock->node.batch;
    stock->is_touched = true;
    return true;
}

static bool touch_line(struct gw_product *product, struct gw_line *line)
{
    const struct gw_held_line **lines;

    if (line->is_touched)
        return true;
    lines = gw_vector_grow(product->arena, product->touched_lines, product->touched_line_count,
                           &product->touched_line_capacity, sizeof *lines);
    if (lines == NULL)
        return false;
    product->touched_lines = lines;
    lines[product->touched_line_count++] = &line->held;
    line->is_touched = true;
    return true;
}

/* Completes a change of one batch: updates the tree, and asserts that nothing is oversold. */
static void stock_settle(struct gw_product *product, struct gw_stock *stock)
{
    struct gw_batch *batch = &stock->node.batch;

    gw_assert(batch->allocated >= 0 && batch->allocated <= batch->purchased && batch->purchased <= GW_QTY_MAX);
    batch->is_changed =
        !batch->is_new && (batch->purchased != batch->loaded_purchased || batch->allocated != batch->loaded_allocated);
    gw_batch_tree_refresh(product->tree, &stock->node);
}

static bool raise_event(const struct gw_product *product, struct gw_event_sink *events, enum gw_event_type type,
                        const struct gw_line *line, const struct gw_stock *stock)
{
    struct gw_event event = {.type = type, .orderid = line->held.orderid, .sku = product->sku, .qty = line->held.qty};

    if (stock != NULL)
        event.batchref = stock->node.batch.ref;
    return events->add(events, &event);
}

/* Allocates the line to the batch, at this version. */
static bool hold_line(struct gw_product *product, struct gw_stock *stock, struct gw_line *line)
{
    stock->node.batch.allocated += line->held.qty;
    line->stock = stock;
    line->held.batch = &stock->node.batch;
    line->held.seq = product->version;
    return gw_line_heap_add(&stock->lines, product->arena, &line->held) && touch_stock(product, stock) &&
           touch_line(product, line);
}

/* Removes the line from its batch. */
static bool release_line(struct gw_product *product, struct gw_line *line, struct gw_event_sink *events)
{
    struct gw_stock *stock = line->stock;

    stock->node.batch.allocated -= line->held.qty;
    line->stock = NULL;
    line->held.batch = NULL;
    line->held.seq = 0;
    return touch_stock(product, stock) && touch_line(product, line) &&
           raise_event(product, events, GW_EVENT_DEALLOCATED, line, stock);
}

enum gw_result gw_product_create_batch(struct gw_product *product, struct gw_identifier ref, int64_t qty, int32_t eta,
                                       const struct gw_batch **ret_existing)
{
    struct gw_batch batch = {.ref = ref, .purchased = qty, .eta = eta, .is_new = true};
    struct gw_stock *stock;
    enum gw_result result = gw_product_need_stock(product, ref, qty, &stock);

    gw_assert(qty >= 0 && qty <= GW_QTY_MAX);
    if (result != GW_RESULT_APPLIED)
        return result;
    if (ret_existing != NULL)
        *ret_existing = stock->is_absent ? NULL : &stock->node.batch;
    if (!stock->is_absent)
        return GW_RESULT_SKIPPED;
    if (!touch_stock(product, stock))
        return GW_RESULT_NOMEM;
    batch.created = ++product->version;
    gw_product_admit_batch(product, stock, &batch);
    return GW_RESULT_APPLIED;
}

enum gw_result gw_product_allocate(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                   struct gw_event_sink *events, const struct gw_held_line **ret_line)
{
    struct gw_line *line;
    struct gw_stock *stock;
    enum gw_result result = gw_product_need_line(product, orderid, qty, &line);

    gw_assert(qty >= 1 && qty <= GW_QTY_MAX);
    if (result != GW_RESULT_APPLIED)
        return result;
    if (ret_line != NULL)
        *ret_line = &line->held;
    if (line->stock != NULL)
        return GW_RESULT_SKIPPED;
    result = gw_product_choose_batch(product, qty, &stock);
    if (result != GW_RESULT_APPLIED)
        return result;
    if (stock == NULL) {
        result = gw_product_need_certainty(product, line);
        if (result != GW_RESULT_APPLIED)
            return result;
        return raise_event(product, events, GW_EVENT_OUT_OF_STOCK, line, NULL) ? GW_RESULT_APPLIED : GW_RESULT_NOMEM;
    }
    product->version++;
    if (!hold_line(product, stock, line) || !raise_event(product, events, GW_EVENT_ALLOCATED, line, stock))
        return GW_RESULT_NOMEM;
    stock_settle(product, stock);
    return GW_RESULT_APPLIED;
}

enum gw_result gw_product_deallocate(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                     struct gw_event_sink *events)
{
    struct gw_line *line;
    struct gw_stock *stock;
    enum gw_result result = gw_product_need_line(product, orderid, qty, &line);

    gw_assert(qty >= 1 && qty <= GW_QTY_MAX);
    if (result == GW_RESULT_APPLIED)
        result = gw_product_need_certainty(product, line);
    if (result != GW_RESULT_APPLIED)
        return result;
    stock = line->stock;
    if (stock == NULL)
        return GW_RESULT_SKIPPED;
    result = gw_product_need_sound_line(product, line, stock->node.batch.allocated);
    if (result != GW_RESULT_APPLIED)
        return result;
    product->version++;
    if (!release_line(product, line, events))
        return GW_RESULT_NOMEM;
    stock_settle(product, stock);
    return GW_RESULT_APPLIED;
}

/* Rule 6, second half: removes from the heap the newest lines of the batch until the others fit into qty. *ret_leaving
 * is their chain, newest first, also if the function fails before the chain is complete. */
static enum gw_result take_leaving(struct gw_product *product, struct gw_stock *stock, int64_t qty,
                                   struct gw_line **ret_leaving)
{
    int64_t allocated = stock->node.batch.allocated;

    *ret_leaving = NULL;
    while (allocated > qty) {
        struct gw_line *line;
        enum gw_result result = gw_product_need_newest_line(product, stock, allocated, qty, &line);

        if (result == GW_RESULT_APPLIED)
            result = gw_product_need_certainty(product, line);
        if (result != GW_RESULT_APPLIED)
            return result;
        (void)gw_line_heap_take(&stock->lines);
        allocated -= line->held.qty;
        line->next_leaving = NULL;
        *ret_leaving = line;
        ret_leaving = &line->next_leaving;
    }
    return GW_RESULT_APPLIED;
}

static void put_back(struct gw_product *product, struct gw_stock *stock, struct gw_line *leaving)
{
    for (; leaving != NULL; leaving = leaving->next_leaving)
        (void)gw_line_heap_add(&stock->lines, product->arena, &leaving->held); /* the heap has room for it */
}

/* Raises both events of the lines that leave, in the order of rule 6. */
static enum gw_result release_lines(struct gw_product *product, struct gw_stock *stock, struct gw_line *leaving,
                                    struct gw_event_sink *events)
{
    for (struct gw_line *line = leaving; line != NULL; line = line->next_leaving)
        if (!release_line(product, line, events))
            return GW_RESULT_NOMEM;
    stock_settle(product, stock);
    for (struct gw_line *line = leaving; line != NULL; line = line->next_leaving)
        if (!raise_event(product, events, GW_EVENT_ALLOCATION_REQUIRED, line, NULL))
            return GW_RESULT_NOMEM;
    return GW_RESULT_APPLIED;
}

enum gw_result gw_product_change_batch_quantity(struct gw_product *product, struct gw_identifier ref, int64_t qty,
                                                struct gw_event_sink *events)
{
    struct gw_stock *stock;
    struct gw_line *leaving;
    enum gw_result result = gw_product_need_stock(product, ref, qty, &stock);

    gw_assert(qty >= 0 && qty <= GW_QTY_MAX);
    if (result != GW_RESULT_APPLIED)
        return result;
    if (stock->is_absent)
        return GW_RESULT_UNKNOWN_BATCH;
    if (stock->node.batch.purchased == qty)
        return GW_RESULT_SKIPPED;
    result = take_leaving(product, stock, qty, &leaving);
    if (result != GW_RESULT_APPLIED) {
        put_back(product, stock, leaving);
        return result;
    }
    product->version++;
    stock->node.batch.purchased = qty;
    if (!touch_stock(product, stock))
        return GW_RESULT_NOMEM;
    return release_lines(product, stock, leaving, events);
}

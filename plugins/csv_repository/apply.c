/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apply: compares what the changeset expects with what is stored, in the port's order; then it changes memory part by
 * part, and writes the files. If a part does not match, the memory is dropped, and the files are unchanged.
 */
#include "operations.h"
#include "stock.h"

#include <gangway/sdk/changeset.h>

static enum gw_status no_memory(struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOMEM, "no memory for the rows of a changeset");
}

/* ---- comparing ------------------------------------------------------------------------------------------------- */

static enum gw_status compare_products(const struct store *store, const struct gw_array *changes,
                                       struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < changes->count && status == GW_OK; i++) {
        const struct gw_product_change *change = gw_array_at(changes, i);
        const struct product *product = stock_product(store, change->sku);

        status = gw_product_verdict(change, product != NULL ? product->version : 0,
                                    product != NULL ? product->stamp : 0, reterr);
    }
    return status;
}

static enum gw_status compare_absent(const struct store *store, const struct gw_array *refs, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < refs->count; i++) {
        const struct gw_text *ref = gw_array_at(refs, i);

        if (stock_batch(store, *ref) != NULL)
            return gw_conflict_reference(*ref, reterr);
    }
    return GW_OK;
}

static enum gw_status compare(const struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    struct gw_id_verdict known = inbox_find_known(store, &set->ids);
    enum gw_status status = positions_compare(store, &set->positions, reterr);

    if (status == GW_OK)
        status = gw_id_verdict_done(&known, set, reterr);
    if (status == GW_OK)
        status = compare_products(store, &set->products, reterr);
    if (status == GW_OK)
        status = compare_absent(store, &set->absent_refs, reterr);
    return status == GW_OK ? gw_id_verdict_end(&known, set, reterr) : status;
}

/* ---- changing -------------------------------------------------------------------------------------------------- */

/* The product that other parts name by index. The check of the changeset and the comparison have found it. */
static struct product *product_at(const struct store *store, const struct gw_changeset *set, uint32_t index)
{
    return stock_product(store, gw_changeset_product(set, index)->sku);
}

static enum gw_status change_products(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->products.count; i++) {
        const struct gw_product_change *change = gw_array_at(&set->products, i);
        struct product *product;

        if (change->version == change->expected)
            continue;
        product = stock_add_product(store, change->sku);
        if (product == NULL)
            return no_memory(reterr);
        product->version = change->version;
        product->stamp = set->stamp;
        store_touch(store, FILE_PRODUCTS);
    }
    return GW_OK;
}

/* Raises the event counters, after everything that needs the old ones. */
static enum gw_status count_events(struct store *store, const struct gw_changeset *set, int64_t *ret_counters,
                                   struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->products.count; i++) {
        const struct gw_product_change *change = gw_array_at(&set->products, i);
        struct product *product = stock_product(store, change->sku);

        if (ret_counters != NULL)
            ret_counters[i] = product != NULL ? product->events : 0;
        if (change->events == 0)
            continue;
        if (product == NULL)
            return gw_conflict_product(change->sku, reterr);
        product->events += change->events;
        store_touch(store, FILE_PRODUCTS);
    }
    return GW_OK;
}

static enum gw_status insert_batch(struct store *store, struct product *product, const struct gw_batch_insert *insert,
                                   struct gw_error *reterr)
{
    struct batch batch = {
        .ref = insert->ref,
        .sku = product->sku,
        .qty = insert->purchased,
        .eta = insert->eta,
        .created = insert->created,
        .allocated = insert->allocated,
    };
    struct batch *added;

    if (stock_batch(store, insert->ref) != NULL)
        return gw_conflict_batch_exists(insert->ref, product->sku, reterr);
    added = table_add(&store->tables[TABLE_BATCHES], &batch);
    if (added == NULL || !stock_join_batch(product, added))
        return no_memory(reterr);
    store_touch(store, FILE_BATCHES);
    store_touch(store, FILE_KNOWN_BATCHES);
    return GW_OK;
}

static enum gw_status insert_batches(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < set->batch_inserts.count && status == GW_OK; i++) {
        const struct gw_batch_insert *insert = gw_array_at(&set->batch_inserts, i);

        status = gw_quantities_check(insert->ref, insert->purchased, insert->allocated, reterr);
        if (status == GW_OK)
            status = insert_batch(store, product_at(store, set, insert->product), insert, reterr);
    }
    return status;
}

static enum gw_status update_batches(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->batch_updates.count; i++) {
        const struct gw_batch_update *update = gw_array_at(&set->batch_updates, i);
        const struct product *product = product_at(store, set, update->product);
        struct batch *batch = stock_batch(store, update->ref);

        if (batch == NULL || batch->product != product)
            return gw_conflict_batch_missing(update->ref, product->sku, reterr);
        if (batch->qty != update->old_purchased || batch->allocated != update->old_allocated)
            return gw_conflict_quantities(update, batch->qty, batch->allocated, reterr);
        if (gw_quantities_check(update->ref, update->purchased, update->allocated, reterr) != GW_OK)
            return GW_PERMANENT;
        if (batch->qty != update->purchased)
            store_touch(store, FILE_BATCHES);
        store_touch(store, FILE_KNOWN_BATCHES);
        batch->qty = update->purchased;
        batch->allocated = update->allocated;
    }
    return GW_OK;
}

static void touch_lines(struct store *store)
{
    store_touch(store, FILE_ALLOCATIONS);
    store_touch(store, FILE_KNOWN_ALLOCATIONS);
}

static enum gw_status delete_lines(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->line_deletes.count; i++) {
        const struct gw_line_delete *leave = gw_array_at(&set->line_deletes, i);
        const struct product *product = product_at(store, set, leave->product);
        struct line *line = stock_line(store, leave->orderid, product->sku, leave->qty);

        if (line == NULL)
            return gw_conflict_line_missing(leave->orderid, leave->qty, product->sku, reterr);
        stock_leave_batch(line);
        table_remove(&store->tables[TABLE_LINES], line);
        touch_lines(store);
    }
    return GW_OK;
}

static enum gw_status insert_line(struct store *store, const struct product *product,
                                  const struct gw_line_insert *insert, struct gw_error *reterr)
{
    struct line line = {
        .orderid = insert->orderid, .sku = product->sku, .qty = insert->qty, .ref = insert->ref, .seq = insert->seq};
    struct batch *batch = stock_batch(store, insert->ref);
    struct line *added;

    if (batch == NULL || batch->product != product)
        return gw_conflict_batch_missing(insert->ref, product->sku, reterr);
    if (table_find(&store->tables[TABLE_LINES], &line) != NULL)
        return gw_conflict_line_held(insert->orderid, insert->qty, product->sku, reterr);
    added = table_add(&store->tables[TABLE_LINES], &line);
    if (added == NULL)
        return no_memory(reterr);
    stock_join_line(added, batch);
    touch_lines(store);
    return GW_OK;
}

static enum gw_status insert_lines(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < set->line_inserts.count && status == GW_OK; i++) {
        const struct gw_line_insert *insert = gw_array_at(&set->line_inserts, i);

        status = insert_line(store, product_at(store, set, insert->product), insert, reterr);
    }
    return status;
}

static enum gw_status change_all(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                                 struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    enum gw_status status = positions_move(store, &set->positions, reterr);

    if (status == GW_OK)
        status = change_products(store, set, reterr);
    if (status == GW_OK)
        status = insert_batches(store, set, reterr);
    if (status == GW_OK)
        status = update_batches(store, set, reterr);
    if (status == GW_OK)
        status = delete_lines(store, set, reterr);
    if (status == GW_OK)
        status = insert_lines(store, set, reterr);
    if (status == GW_OK)
        status = inbox_add(store, &set->ids, now_ms, reterr);
    if (status == GW_OK)
        status = dead_add_all(store, &set->dead_letters, now_ms, reterr);
    if (status == GW_OK)
        status = dead_change(store, &set->dead_changes, reterr);
    if (status == GW_OK)
        status = outbox_add_all(store, set, now_ms, &ret_result->first_effect, reterr);
    if (status == GW_OK)
        status = count_events(store, set, ret_result->event_counters, reterr);
    return status;
}

enum gw_status apply_changeset(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                               struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    struct gw_apply_result result = *ret_result;
    enum gw_status status = gw_changeset_check(set, reterr);

    if (status == GW_OK)
        status = compare(store, set, reterr);
    if (status != GW_OK)
        return status;
    result.first_effect = 0;
    result.unix_ms = now_ms;
    status = store_end(store, change_all(store, set, now_ms, &result, reterr), reterr);
    if (status == GW_OK)
        *ret_result = result;
    return status;
}

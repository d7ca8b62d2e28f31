/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apply: compares what the changeset expects with what is there, in the port's order, then changes memory part by part
 * and writes it. Whatever does not fit on the way lets memory be forgotten, and the files are as they were.
 */
#include "operations.h"

#include <sodium.h>

enum { TOLD_MAX = 255 };

static int told(struct gw_text text)
{
    return (int)(text.len < TOLD_MAX ? text.len : TOLD_MAX);
}

static enum gw_status conflict(struct gw_error *reterr, const char *what, struct gw_text key, const char *how)
{
    return gw_error_set(reterr, GW_CONFLICT, "%s %.*s %s", what, told(key), key.ptr, how);
}

static enum gw_status batch_conflict(struct gw_error *reterr, struct gw_text ref, const struct product *product,
                                     const char *how)
{
    return gw_error_set(reterr, GW_CONFLICT, "batch %.*s of product %.*s %s", (int)ref.len, ref.ptr,
                        (int)product->sku.len, product->sku.ptr, how);
}

static enum gw_status line_conflict(struct gw_error *reterr, struct gw_text orderid, int64_t qty,
                                    const struct product *product, const char *how)
{
    return gw_error_set(reterr, GW_CONFLICT, "the line of order %.*s for %lld units of product %.*s %s",
                        (int)orderid.len, orderid.ptr, (long long)qty, (int)product->sku.len, product->sku.ptr, how);
}

static enum gw_status no_memory(struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOMEM, "no memory for the rows of a changeset");
}

/* ---- comparing ------------------------------------------------------------------------------------------------- */

static enum gw_status compare_product(const struct store *store, const struct gw_product_change *change,
                                      struct gw_error *reterr)
{
    const struct product *product = stock_product(store, change->sku);
    int64_t version = product != NULL ? product->version : 0;
    int64_t stamp = product != NULL ? product->stamp : 0;

    if (version != change->expected)
        return gw_error_set(reterr, GW_CONFLICT, "product %.*s has version %lld, not %lld", told(change->sku),
                            change->sku.ptr, (long long)version, (long long)change->expected);
    if (stamp != change->stamp)
        return gw_error_set(reterr, GW_CONFLICT, "product %.*s has version %lld with stamp %lld, not %lld",
                            told(change->sku), change->sku.ptr, (long long)version, (long long)stamp,
                            (long long)change->stamp);
    return GW_OK;
}

static enum gw_status compare_products(const struct store *store, const struct gw_array *changes,
                                       struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < changes->count && status == GW_OK; i++)
        status = compare_product(store, gw_array_at(changes, i), reterr);
    return status;
}

static enum gw_status compare_absent(const struct store *store, const struct gw_array *refs, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < refs->count; i++) {
        const struct gw_text *ref = gw_array_at(refs, i);

        if (stock_batch(store, *ref) != NULL)
            return conflict(reterr, "batch", *ref, "exists");
    }
    return GW_OK;
}

static enum gw_status refuse_ids(const struct inbox_known *known, uint32_t count, struct gw_error *reterr)
{
    char first[2 * GW_ID_BYTES + 1];

    (void)sodium_bin2hex(first, sizeof first, known->first->id, GW_ID_BYTES);
    return gw_error_set(reterr, GW_CONFLICT, "%u of %u message ids are known, the first is %s", known->count, count,
                        first);
}

/* The ids are looked at first, because a product has moved on when it was us who did this work. */
static enum gw_status compare(const struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    enum gw_status status = positions_compare(store, &set->positions, reterr);
    struct inbox_known known;

    if (status != GW_OK)
        return status;
    known = inbox_find_known(store, &set->ids);
    if (known.count > 0 && known.count == set->ids.count && set->positions.count == 0)
        return gw_error_set(reterr, GW_ALREADY, "every message id is known");
    status = compare_products(store, &set->products, reterr);
    if (status == GW_OK)
        status = compare_absent(store, &set->absent_refs, reterr);
    if (status == GW_OK && known.count > 0)
        status = refuse_ids(&known, set->ids.count, reterr);
    return status;
}

/* ---- changing -------------------------------------------------------------------------------------------------- */

/* The product that other parts name by index. NULL, with the error, when it is not there. */
static struct product *product_at(const struct store *store, const struct gw_changeset *set, uint32_t index,
                                  struct gw_error *reterr)
{
    const struct gw_product_change *change = NULL;
    struct product *product;

    if (index < set->products.count)
        change = gw_array_at(&set->products, index);
    product = change != NULL ? stock_product(store, change->sku) : NULL;
    if (product == NULL)
        (void)gw_error_set(reterr, GW_INTERNAL, "a changeset of %u products gives stock to number %u",
                           set->products.count, index);
    return product;
}

static enum gw_status check_quantities(struct gw_text ref, int64_t purchased, int64_t allocated,
                                       struct gw_error *reterr)
{
    if (0 <= allocated && allocated <= purchased && purchased <= INT32_MAX)
        return GW_OK;
    return gw_error_set(reterr, GW_PERMANENT, "batch %.*s would hold %lld of %lld", told(ref), ref.ptr,
                        (long long)allocated, (long long)purchased);
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

/* The event counters, once everything is made that needs those of before. */
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
            return conflict(reterr, "product", change->sku, "does not exist");
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
        return batch_conflict(reterr, insert->ref, product, "exists already");
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
        struct product *product = product_at(store, set, insert->product, reterr);

        if (product == NULL)
            return GW_INTERNAL;
        status = check_quantities(insert->ref, insert->purchased, insert->allocated, reterr);
        if (status == GW_OK)
            status = insert_batch(store, product, insert, reterr);
    }
    return status;
}

static enum gw_status refuse_quantities(const struct batch *batch, const struct gw_batch_update *update,
                                        struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "batch %.*s has %lld of %lld allocated, not %lld of %lld",
                        told(batch->ref), batch->ref.ptr, (long long)batch->allocated, (long long)batch->qty,
                        (long long)update->old_allocated, (long long)update->old_purchased);
}

static enum gw_status update_batches(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->batch_updates.count; i++) {
        const struct gw_batch_update *update = gw_array_at(&set->batch_updates, i);
        const struct product *product = product_at(store, set, update->product, reterr);
        struct batch *batch = stock_batch(store, update->ref);

        if (product == NULL)
            return GW_INTERNAL;
        if (batch == NULL || batch->product != product)
            return batch_conflict(reterr, update->ref, product, "is not there");
        if (batch->qty != update->old_purchased || batch->allocated != update->old_allocated)
            return refuse_quantities(batch, update, reterr);
        if (check_quantities(update->ref, update->purchased, update->allocated, reterr) != GW_OK)
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
        const struct product *product = product_at(store, set, leave->product, reterr);
        struct line *line = product != NULL ? stock_line(store, leave->orderid, product->sku, leave->qty) : NULL;

        if (product == NULL)
            return GW_INTERNAL;
        if (line == NULL)
            return line_conflict(reterr, leave->orderid, leave->qty, product, "is not held");
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
        return batch_conflict(reterr, insert->ref, product, "is not there");
    if (table_find(&store->tables[TABLE_LINES], &line) != NULL)
        return line_conflict(reterr, insert->orderid, insert->qty, product, "is held already");
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
        const struct product *product = product_at(store, set, insert->product, reterr);

        status = product != NULL ? insert_line(store, product, insert, reterr) : GW_INTERNAL;
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
    enum gw_status status = compare(store, set, reterr);

    if (status != GW_OK)
        return status;
    result.first_effect = 0;
    result.unix_ms = now_ms;
    status = store_end(store, change_all(store, set, now_ms, &result, reterr), reterr);
    if (status == GW_OK)
        *ret_result = result;
    return status;
}

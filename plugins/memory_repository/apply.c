/* SPDX-License-Identifier: Apache-2.0 */
/* Apply: compares what the changeset expects with what is there, in the port's order, and only then plans and acts. */
#include "store.h"

/* ---- positions */

static int64_t position_now(const struct store *store, struct gw_text source)
{
    const struct place *place = positions_find(&store->positions, source);

    return place == NULL ? GW_OFFSET_NONE : place->next;
}

static enum gw_status compare_positions(const struct store *store, const struct gw_array *positions,
                                        struct gw_error *reterr)
{
    const struct gw_position_change *moved = NULL;
    uint32_t done = 0;

    for (uint32_t i = 0; i < positions->count; i++) {
        const struct gw_position_change *change = gw_array_at(positions, i);
        int64_t now = position_now(store, change->source);

        done += now == change->next;
        if (now != change->expected && moved == NULL)
            moved = change;
    }
    if (moved == NULL)
        return GW_OK;
    if (done == positions->count)
        return gw_error_set(reterr, GW_ALREADY, "every position is where the changeset puts it");
    return gw_error_set(reterr, GW_MOVED, "source %.*s stands at %lld, not at %lld",
                        (int)(moved->source.len < 256 ? moved->source.len : 256), moved->source.ptr,
                        (long long)position_now(store, moved->source), (long long)moved->expected);
}

/* ---- products, references, ids */

static enum gw_status compare_products(struct store *store, const struct gw_array *products, struct gw_error *reterr)
{
    struct plan_list *found = &store->plan.products;

    for (uint32_t i = 0; i < products->count; i++) {
        const struct gw_product_change *change = gw_array_at(products, i);
        struct product *product = stock_product(&store->stock, change->sku);
        int64_t version = product == NULL ? 0 : product->version;
        int64_t stamp = product == NULL ? 0 : product->stamp;

        if (version == change->expected && stamp != change->stamp)
            return gw_error_set(reterr, GW_CONFLICT, "product %.*s has stamp %lld at version %lld, not %lld",
                                (int)(change->sku.len < 256 ? change->sku.len : 256), change->sku.ptr, (long long)stamp,
                                (long long)version, (long long)change->stamp);
        if (version != change->expected)
            return gw_error_set(reterr, GW_CONFLICT, "product %.*s is at version %lld, not at %lld",
                                (int)(change->sku.len < 256 ? change->sku.len : 256), change->sku.ptr,
                                (long long)version, (long long)change->expected);
        found->rows[found->count++] = product;
    }
    return GW_OK;
}

static enum gw_status compare_absent_refs(const struct store *store, const struct gw_array *refs,
                                          struct gw_error *reterr)
{
    for (uint32_t i = 0; i < refs->count; i++) {
        const struct gw_text *ref = gw_array_at(refs, i);

        if (stock_batch(&store->stock, *ref) != NULL)
            return gw_error_set(reterr, GW_CONFLICT, "batch %.*s exists by now", (int)(ref->len < 256 ? ref->len : 256),
                                ref->ptr);
    }
    return GW_OK;
}

static uint32_t count_known(const struct store *store, const struct gw_array *ids)
{
    uint32_t known = 0;

    for (uint32_t i = 0; i < ids->count; i++) {
        const struct gw_id_change *change = gw_array_at(ids, i);

        known += inbox_find(&store->inbox, change->id) != NULL;
    }
    return known;
}

/* The ids are looked at first, because a product has moved on when it was us who did this work. */
static enum gw_status compare(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    enum gw_status status = compare_positions(store, &set->positions, reterr);
    uint32_t known;

    if (status != GW_OK)
        return status;
    known = count_known(store, &set->ids);
    if (known > 0 && known == set->ids.count && set->positions.count == 0)
        return gw_error_set(reterr, GW_ALREADY, "every message id is known");
    status = compare_products(store, &set->products, reterr);
    if (status == GW_OK)
        status = compare_absent_refs(store, &set->absent_refs, reterr);
    if (status == GW_OK && known > 0)
        status = gw_error_set(reterr, GW_CONFLICT, "%u of %u message ids are known", known, set->ids.count);
    return status;
}

enum gw_status store_apply(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                           struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    enum gw_status status = plan_begin(&store->plan, set, reterr);

    if (status == GW_OK)
        status = compare(store, set, reterr);
    if (status != GW_OK)
        return status;
    status = plan_make(store, set, now_ms, reterr);
    if (status != GW_OK) {
        plan_undo(store, set);
        return status;
    }
    ret_result->first_effect = plan_commit(store, set, ret_result->event_counters);
    ret_result->unix_ms = now_ms;
    return GW_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apply: compares what the changeset expects with what is stored, in the port's order; then it plans, and then it
 * changes.
 */
#include "store.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/verdict.h>

static enum gw_status compare_positions(const struct store *store, const struct gw_array *positions,
                                        struct gw_error *reterr)
{
    struct gw_position_verdict verdict = {0};

    for (uint32_t i = 0; i < positions->count; i++) {
        const struct gw_position_change *change = gw_array_at(positions, i);
        const struct place *place = positions_find(&store->positions, change->source);

        gw_position_verdict_add(&verdict, change, place == NULL ? GW_OFFSET_NONE : place->next);
    }
    return gw_position_verdict_end(&verdict, reterr);
}

static enum gw_status compare_products(struct store *store, const struct gw_array *products, struct gw_error *reterr)
{
    struct plan_list *found = &store->plan.products;
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < products->count && status == GW_OK; i++) {
        const struct gw_product_change *change = gw_array_at(products, i);
        struct product *product = stock_product(&store->stock, change->sku);

        status = gw_product_verdict(change, product == NULL ? 0 : product->version,
                                    product == NULL ? 0 : product->stamp, reterr);
        found->rows[found->count++] = product;
    }
    return status;
}

static enum gw_status compare_absent_refs(const struct store *store, const struct gw_array *refs,
                                          struct gw_error *reterr)
{
    for (uint32_t i = 0; i < refs->count; i++) {
        const struct gw_text *ref = gw_array_at(refs, i);

        if (stock_batch(&store->stock, *ref) != NULL)
            return gw_conflict_reference(*ref, reterr);
    }
    return GW_OK;
}

static struct gw_id_verdict find_known(const struct store *store, const struct gw_array *ids)
{
    struct gw_id_verdict verdict = {0};

    for (uint32_t i = 0; i < ids->count; i++) {
        const struct gw_id_change *change = gw_array_at(ids, i);

        if (inbox_find(&store->inbox, change->id) != NULL)
            gw_id_verdict_add(&verdict, change);
    }
    return verdict;
}

static enum gw_status compare(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    struct gw_id_verdict known = find_known(store, &set->ids);
    enum gw_status status = compare_positions(store, &set->positions, reterr);

    if (status == GW_OK)
        status = gw_id_verdict_done(&known, set, reterr);
    if (status == GW_OK)
        status = compare_products(store, &set->products, reterr);
    if (status == GW_OK)
        status = compare_absent_refs(store, &set->absent_refs, reterr);
    return status == GW_OK ? gw_id_verdict_end(&known, set, reterr) : status;
}

enum gw_status store_apply(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                           struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    enum gw_status status = gw_changeset_check(set, reterr);

    if (status == GW_OK)
        status = plan_begin(&store->plan, set, reterr);
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

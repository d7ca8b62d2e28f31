/* SPDX-License-Identifier: Apache-2.0 */
/* Views: answered directly from the rows. */
#include "store.h"

struct view_walk {
    const struct gw_view_visitor *visitor;
    bool only_first;
    enum gw_status status;
};

static enum gw_status report_batch(const struct batch *batch, int64_t qty, const struct gw_view_visitor *visitor)
{
    struct gw_view_row row = {
        .sku = product_sku(batch->product),
        .ref = batch_ref(batch),
        .qty = qty,
        .eta = batch->eta,
    };

    return visitor->row(visitor->context, &row);
}

static bool visit_batch(void *context, const struct batch *batch)
{
    struct view_walk *walk = context;

    walk->status = report_batch(batch, batch_room(batch), walk->visitor);
    return walk->status == GW_OK && !walk->only_first;
}

static enum gw_status tell_batches(const struct store *store, const struct gw_view_arguments *arguments, int64_t room,
                                   bool only_first, const struct gw_view_visitor *visitor)
{
    const struct product *product = stock_product(&store->stock, arguments->sku);
    struct view_walk walk = {visitor, only_first, GW_OK};

    if (product != NULL)
        stock_walk(product, room, visit_batch, &walk);
    return walk.status;
}

static enum gw_status tell_allocations(const struct store *store, struct gw_text orderid,
                                       const struct gw_view_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (const struct line *line = stock_order(&store->stock, orderid); line != NULL && status == GW_OK;
         line = line->after) {
        if (gw_text_equal(line_orderid(line), orderid))
            status = report_batch(line->batch, line->qty, visitor);
    }
    return status;
}

enum gw_status store_query(struct store *store, uint32_t view, const struct gw_view_arguments *arguments,
                           const struct gw_view_visitor *visitor, struct gw_error *reterr)
{
    switch (view) {
    case GW_VIEW_ALLOCATIONS:
        return tell_allocations(store, arguments->orderid, visitor);
    case GW_VIEW_AVAILABILITY:
        return tell_batches(store, arguments, 0, false, visitor);
    case GW_VIEW_FIRST_FIT:
        return tell_batches(store, arguments, arguments->qty, true, visitor);
    default:
        return gw_error_set(reterr, GW_UNSUPPORTED, "memory_repository knows no view %u", view);
    }
}

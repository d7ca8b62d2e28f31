/* SPDX-License-Identifier: Apache-2.0 */
/* Views: answered directly from the records. allocations.csv is in the order of allocation. */
#include "operations.h"
#include "stock.h"

static enum gw_status report_batch(const struct batch *batch, int64_t qty, const struct gw_view_visitor *visitor)
{
    struct gw_view_row row = {.sku = batch->sku, .ref = batch->ref, .qty = qty, .eta = (int32_t)batch->eta};

    return visitor->row(visitor->context, &row);
}

static enum gw_status tell_batches(const struct store *store, struct gw_text sku, int64_t room, bool only_first,
                                   const struct gw_view_visitor *visitor)
{
    struct product *product = stock_product(store, sku);
    enum gw_status status = GW_OK;

    if (product == NULL)
        return GW_OK;
    stock_sort(product);
    for (uint32_t i = 0; i < product->batch_count && status == GW_OK; i++) {
        const struct batch *batch = product->batches[i];

        if (batch->qty - batch->allocated < room)
            continue;
        status = report_batch(batch, batch->qty - batch->allocated, visitor);
        if (only_first)
            break;
    }
    return status;
}

static enum gw_status tell_allocations(const struct store *store, struct gw_text orderid,
                                       const struct gw_view_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (const struct row *row = store->tables[TABLE_LINES].first; row != NULL && status == GW_OK; row = row->next) {
        const struct line *line = (const struct line *)row;

        if (gw_text_equal(line->orderid, orderid))
            status = report_batch(line->batch, line->qty, visitor);
    }
    return status;
}

enum gw_status views_query(struct store *store, uint32_t view, const struct gw_view_arguments *arguments,
                           const struct gw_view_visitor *visitor, struct gw_error *reterr)
{
    switch (view) {
    case GW_VIEW_ALLOCATIONS:
        return tell_allocations(store, arguments->orderid, visitor);
    case GW_VIEW_AVAILABILITY:
        return tell_batches(store, arguments->sku, 0, false, visitor);
    case GW_VIEW_FIRST_FIT:
        return tell_batches(store, arguments->sku, arguments->qty, true, visitor);
    default:
        return gw_error_set(reterr, GW_UNSUPPORTED, "csv_repository knows no view %u", view);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Load: answers a request part by part. A product may be reported more than once, which the port allows. */
#include "operations.h"
#include "stock.h"

#include <gangway/sdk/load_answer.h>

/* product NULL: no product has this SKU. */
static enum gw_status tell_product(struct gw_text sku, const struct product *product,
                                   const struct gw_load_visitor *visitor)
{
    struct gw_product_snapshot snapshot = {.sku = sku};

    if (product != NULL) {
        snapshot.version = product->version;
        snapshot.stamp = product->stamp;
    }
    return visitor->product(visitor->context, &snapshot);
}

static struct gw_batch_snapshot snapshot_of(const struct batch *batch)
{
    return (struct gw_batch_snapshot){
        .sku = batch->sku,
        .ref = batch->ref,
        .purchased = batch->qty,
        .allocated = batch->allocated,
        .created = batch->created,
        .eta = (int32_t)batch->eta,
    };
}

/* Reports a batch that is not one of the first with room. */
static enum gw_status tell_batch(const struct batch *batch, const struct gw_load_visitor *visitor)
{
    struct gw_batch_snapshot snapshot = snapshot_of(batch);

    return visitor->batch(visitor->context, &snapshot);
}

static enum gw_status tell_line(const struct line *line, uint32_t flags, const struct gw_load_visitor *visitor)
{
    struct gw_line_snapshot snapshot = {
        .sku = line->sku,
        .orderid = line->orderid,
        .qty = line->qty,
        .ref = line->ref,
        .seq = line->seq,
        .flags = flags,
    };

    return visitor->line(visitor->context, &snapshot);
}

static enum gw_status tell_room(struct product *product, int64_t room, uint32_t limit,
                                const struct gw_load_visitor *visitor)
{
    struct gw_room_answer answer;
    enum gw_status status = GW_OK;

    gw_room_answer_begin(&answer, visitor, room, limit);
    stock_sort(product);
    for (uint32_t i = 0; i < product->batch_count && status == GW_OK; i++) {
        struct gw_batch_snapshot snapshot = snapshot_of(product->batches[i]);

        if (snapshot.purchased - snapshot.allocated >= room)
            status = gw_room_answer_add(&answer, &snapshot, NULL);
    }
    return status == GW_OK || status == GW_END ? gw_room_answer_end(&answer, NULL) : status;
}

static enum gw_status load_products(const struct store *store, const struct gw_array *requests,
                                    const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_product_request *request = gw_array_at(requests, i);
        struct product *product = stock_product(store, request->sku);

        status = tell_product(request->sku, product, visitor);
        if (status == GW_OK && product != NULL)
            status = tell_room(product, request->room, request->limit, visitor);
    }
    return status;
}

/* Reports the newest lines, until the rest fits into `lowest`. */
static enum gw_status tell_newest(const struct batch *batch, int64_t lowest, const struct gw_load_visitor *visitor)
{
    int64_t surplus = batch->allocated - lowest;
    enum gw_status status = GW_OK;

    for (const struct line *line = batch->newest; line != NULL && surplus > 0 && status == GW_OK; line = line->older) {
        status = tell_line(line, GW_LINE_NEWEST, visitor);
        surplus -= line->qty;
    }
    return status;
}

static enum gw_status load_batches(const struct store *store, const struct gw_array *requests,
                                   const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_batch_request *request = gw_array_at(requests, i);
        const struct batch *batch = stock_batch(store, request->ref);

        if (batch == NULL)
            continue;
        status = tell_product(batch->sku, batch->product, visitor);
        if (status == GW_OK)
            status = tell_batch(batch, visitor);
        if (status == GW_OK)
            status = tell_room(batch->product, GW_NAMED_ROOM, GW_NAMED_LIMIT, visitor);
        if (status == GW_OK && request->lowest != GW_LOWEST_NONE)
            status = tell_newest(batch, request->lowest, visitor);
    }
    return status;
}

static enum gw_status load_lines(const struct store *store, const struct gw_array *requests,
                                 const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_line_request *request = gw_array_at(requests, i);
        const struct line *line = stock_line(store, request->orderid, request->sku, request->qty);

        if (line == NULL)
            continue;
        status = tell_product(line->sku, line->batch->product, visitor);
        if (status == GW_OK)
            status = tell_batch(line->batch, visitor);
        if (status == GW_OK)
            status = tell_line(line, 0, visitor);
    }
    return status;
}

static enum gw_status load_ids(const struct store *store, const struct gw_array *requests,
                               const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_id_request *request = gw_array_at(requests, i);
        struct gw_id_snapshot snapshot = {.index = i};
        struct known_id like;
        const struct known_id *known;

        memcpy(like.id, request->id, sizeof like.id);
        known = table_find(&store->tables[TABLE_IDS], &like);
        if (known == NULL)
            continue;
        snapshot.outcome = (uint32_t)known->outcome;
        snapshot.reason = known->reason;
        memcpy(snapshot.fingerprint, known->fingerprint, sizeof snapshot.fingerprint);
        status = visitor->id(visitor->context, &snapshot);
    }
    return status;
}

enum gw_status load_tell(struct store *store, const struct gw_load_request *request,
                         const struct gw_load_visitor *visitor)
{
    enum gw_status status = load_products(store, &request->products, visitor);

    if (status == GW_OK)
        status = load_batches(store, &request->batches, visitor);
    if (status == GW_OK)
        status = load_lines(store, &request->lines, visitor);
    if (status == GW_OK)
        status = load_ids(store, &request->ids, visitor);
    return status;
}

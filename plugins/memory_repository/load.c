/* SPDX-License-Identifier: Apache-2.0 */
/* Load: answers a request part by part. The stock keeps batches in the order of rule 2, and lines by age. */
#include "store.h"

#include <gangway/sdk/load_answer.h>

enum {
    AHEAD = 8 /* keys are at random places in memory, so the key of a later request is prefetched while an earlier one
                 is answered */
};

static enum gw_status tell_product(struct gw_text sku, int64_t version, int64_t stamp,
                                   const struct gw_load_visitor *visitor)
{
    struct gw_product_snapshot snapshot = {sku, version, stamp};

    return visitor->product(visitor->context, &snapshot);
}

/* Reports a product once per load. */
static enum gw_status tell_product_once(struct store *store, struct product *product,
                                        const struct gw_load_visitor *visitor)
{
    if (product->told == store->loads)
        return GW_OK;
    product->told = store->loads;
    return tell_product(product_sku(product), product->version, product->stamp, visitor);
}

static struct gw_batch_snapshot snapshot_of(const struct batch *batch)
{
    return (struct gw_batch_snapshot){
        .sku = product_sku(batch->product),
        .ref = batch_ref(batch),
        .purchased = batch->purchased,
        .allocated = batch->allocated,
        .created = batch->created,
        .eta = batch->eta,
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
        .sku = product_sku(line->product),
        .orderid = line_orderid(line),
        .qty = line->qty,
        .ref = batch_ref(line->batch),
        .seq = line->seq,
        .flags = flags,
    };

    return visitor->line(visitor->context, &snapshot);
}

/* ---- batches with room */

struct room_walk {
    struct gw_room_answer answer;
    enum gw_status status;
};

static bool visit_room(void *context, const struct batch *batch)
{
    struct room_walk *walk = context;
    struct gw_batch_snapshot snapshot = snapshot_of(batch);

    walk->status = gw_room_answer_add(&walk->answer, &snapshot, NULL);
    return walk->status == GW_OK;
}

static enum gw_status tell_room(const struct product *product, int64_t room, uint32_t limit,
                                const struct gw_load_visitor *visitor)
{
    struct room_walk walk;

    walk.status = GW_OK;
    gw_room_answer_begin(&walk.answer, visitor, room, limit);
    stock_walk(product, room, visit_room, &walk);
    return walk.status == GW_OK || walk.status == GW_END ? gw_room_answer_end(&walk.answer, NULL) : walk.status;
}

/* ---- the parts of a request */

static void expect_product(const struct store *store, const struct gw_array *requests, uint32_t index)
{
    const struct gw_product_request *request;
    const struct product *product;

    if (index >= requests->count)
        return;
    request = gw_array_at(requests, index);
    product = stock_product(&store->stock, request->sku);
    if (product != NULL)
        __builtin_prefetch(product->root);
}

static enum gw_status load_products(struct store *store, const struct gw_array *requests,
                                    const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_product_request *request = gw_array_at(requests, i);
        struct product *product = stock_product(&store->stock, request->sku);

        expect_product(store, requests, i + AHEAD);
        if (product == NULL) {
            status = tell_product(request->sku, 0, 0, visitor);
            continue;
        }
        status = tell_product_once(store, product, visitor);
        if (status == GW_OK)
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

static void expect_batch(const struct store *store, const struct gw_array *requests, uint32_t index)
{
    const struct gw_batch_request *request;

    if (index >= requests->count)
        return;
    request = gw_array_at(requests, index);
    stock_expect_batch(&store->stock, request->ref);
}

static enum gw_status load_batches(struct store *store, const struct gw_array *requests,
                                   const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_batch_request *request = gw_array_at(requests, i);
        const struct batch *batch;

        expect_batch(store, requests, i + AHEAD);
        batch = stock_batch(&store->stock, request->ref);
        if (batch == NULL)
            continue;
        status = tell_product_once(store, batch->product, visitor);
        if (status == GW_OK)
            status = tell_batch(batch, visitor);
        if (status == GW_OK)
            status = tell_room(batch->product, GW_NAMED_ROOM, GW_NAMED_LIMIT, visitor);
        if (status == GW_OK && request->lowest != GW_LOWEST_NONE)
            status = tell_newest(batch, request->lowest, visitor);
    }
    return status;
}

static void expect_line(const struct store *store, const struct gw_array *requests, uint32_t index)
{
    const struct gw_line_request *request;
    const struct product *product;

    if (index >= requests->count)
        return;
    request = gw_array_at(requests, index);
    product = stock_product(&store->stock, request->sku);
    if (product != NULL)
        stock_expect_line(&store->stock, product, request->orderid, request->qty);
}

static enum gw_status load_lines(struct store *store, const struct gw_array *requests,
                                 const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_line_request *request = gw_array_at(requests, i);
        struct product *product = stock_product(&store->stock, request->sku);
        const struct line *line;

        expect_line(store, requests, i + AHEAD);
        line = product == NULL ? NULL : stock_line(&store->stock, product, request->orderid, request->qty);
        if (line == NULL)
            continue;
        status = tell_product_once(store, product, visitor);
        if (status == GW_OK)
            status = tell_batch(line->batch, visitor);
        if (status == GW_OK)
            status = tell_line(line, 0, visitor);
    }
    return status;
}

static enum gw_status load_ids(struct store *store, const struct gw_array *requests,
                               const struct gw_load_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_id_request *request = gw_array_at(requests, i);
        const struct known_id *known = inbox_find(&store->inbox, request->id);
        struct gw_id_snapshot snapshot = {.index = i};

        if (known == NULL)
            continue;
        snapshot.outcome = known->outcome;
        memcpy(snapshot.fingerprint, known->fingerprint, sizeof snapshot.fingerprint);
        snapshot.reason = gw_text_span(known->reason, known->reason_len);
        status = visitor->id(visitor->context, &snapshot);
    }
    return status;
}

enum gw_status store_load(struct store *store, const struct gw_load_request *request,
                          const struct gw_load_visitor *visitor)
{
    enum gw_status status;

    store->loads++;
    status = load_products(store, &request->products, visitor);
    if (status == GW_OK)
        status = load_batches(store, &request->batches, visitor);
    if (status == GW_OK)
        status = load_lines(store, &request->lines, visitor);
    if (status == GW_OK)
        status = load_ids(store, &request->ids, visitor);
    return status;
}

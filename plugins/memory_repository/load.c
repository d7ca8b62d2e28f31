/* SPDX-License-Identifier: Apache-2.0 */
/* Load: answers a request part by part. The order of rule 2 and the age of lines are those that stock keeps. */
#include "store.h"

enum {
    NAMED_ROOM = 1, /* how the product of a batch that was asked for is answered */
    NAMED_LIMIT = 16,
    AHEAD =
        8 /* keys are random places in memory: that of a later request is fetched while an earlier one is answered */
};

static enum gw_status tell_product(struct gw_text sku, int64_t version, int64_t stamp,
                                   const struct gw_load_visitor *visitor)
{
    struct gw_product_snapshot snapshot = {sku, version, stamp};

    return visitor->product(visitor->context, &snapshot);
}

/* Tells a product once in a load. */
static enum gw_status tell_product_once(struct store *store, struct product *product,
                                        const struct gw_load_visitor *visitor)
{
    if (product->told == store->loads)
        return GW_OK;
    product->told = store->loads;
    return tell_product(product_sku(product), product->version, product->stamp, visitor);
}

static enum gw_status tell_batch(const struct batch *batch, uint32_t flags, int64_t room,
                                 const struct gw_load_visitor *visitor)
{
    struct gw_batch_snapshot snapshot = {
        .sku = product_sku(batch->product),
        .ref = batch_ref(batch),
        .purchased = batch->purchased,
        .allocated = batch->allocated,
        .created = batch->created,
        .eta = batch->eta,
        .flags = flags,
        .room = room,
    };

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

/* ---- batches with room: each is told when the next one is found, so that the last one can be marked */

struct room_walk {
    const struct gw_load_visitor *visitor;
    const struct batch *waiting;
    int64_t room;
    uint32_t limit;
    uint32_t told;
    enum gw_status status;
};

static bool tell_waiting(struct room_walk *walk, const struct batch *next)
{
    uint32_t flags = GW_BATCH_FOUND;

    if (walk->waiting != NULL) {
        if (next != NULL && walk->told + 1 == walk->limit)
            flags |= GW_BATCH_LAST;
        walk->status = tell_batch(walk->waiting, flags, walk->room, walk->visitor);
        walk->told++;
    }
    walk->waiting = walk->told < walk->limit ? next : NULL;
    return walk->status == GW_OK && walk->waiting != NULL;
}

static bool visit_room(void *context, const struct batch *batch)
{
    return tell_waiting(context, batch);
}

static enum gw_status tell_room(const struct product *product, int64_t room, uint32_t limit,
                                const struct gw_load_visitor *visitor)
{
    struct room_walk walk = {.visitor = visitor, .room = room, .limit = limit, .status = GW_OK};

    stock_walk(product, room, visit_room, &walk);
    if (walk.status == GW_OK && walk.waiting != NULL)
        (void)tell_waiting(&walk, NULL);
    return walk.status;
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

/* The newest lines, until the rest fits into `lowest`. */
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
            status = tell_batch(batch, 0, 0, visitor);
        if (status == GW_OK)
            status = tell_room(batch->product, NAMED_ROOM, NAMED_LIMIT, visitor);
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
            status = tell_batch(line->batch, 0, 0, visitor);
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

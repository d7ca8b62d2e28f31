/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load: one snapshot, and a few index searches for each requested thing. The indexes have the order of rule 2 and the
 * age of lines.
 */
#include "eta.h"
#include "operations.h"

#include <gangway/sdk/load_answer.h>
#include <gangway/sdk/show.h>

struct loading {
    struct gw_session *session;
    const struct gw_load_visitor *visitor;
    struct gw_error *reterr;
};

/* A visitor that fails ends the load. */
static enum gw_status visited(enum gw_status status, struct gw_error *reterr)
{
    return gw_visited(status, "a load", reterr);
}

static enum gw_status tell_product(const struct loading *loading, struct gw_text sku)
{
    sqlite3_stmt *statement = session_statement(loading->session, STATEMENT_PRODUCT);
    struct gw_product_snapshot snapshot = {.sku = sku};
    enum gw_status status;
    bool found;

    bind_text(statement, 1, sku);
    status = session_row(loading->session, statement, &found, loading->reterr);
    if (status != GW_OK)
        return status;
    if (found) {
        snapshot.version = sqlite3_column_int64(statement, 0);
        snapshot.stamp = sqlite3_column_int64(statement, 1);
        (void)sqlite3_reset(statement);
    }
    return visited(loading->visitor->product(loading->visitor->context, &snapshot), loading->reterr);
}

/* The batch in a statement's current row. */
static struct gw_batch_snapshot batch_at(sqlite3_stmt *statement, struct gw_text sku)
{
    return (struct gw_batch_snapshot){
        .sku = sku,
        .ref = column_bytes(statement, 0),
        .purchased = sqlite3_column_int64(statement, 1),
        .allocated = sqlite3_column_int64(statement, 2),
        .created = sqlite3_column_int64(statement, 3),
        .eta = column_eta(statement, 4),
    };
}

/* Reports a batch that is not one of the first with room. */
static enum gw_status tell_batch(const struct loading *loading, sqlite3_stmt *statement, struct gw_text sku)
{
    struct gw_batch_snapshot snapshot = batch_at(statement, sku);

    return visited(loading->visitor->batch(loading->visitor->context, &snapshot), loading->reterr);
}

/* ---- batches with room */

static enum gw_status tell_room(const struct loading *loading, struct gw_text sku, int64_t room, uint32_t limit)
{
    sqlite3_stmt *statement = session_statement(loading->session, STATEMENT_ROOM);
    struct gw_room_answer answer;
    enum gw_status status;
    bool found;

    gw_room_answer_begin(&answer, loading->visitor, room, limit);
    bind_text(statement, 1, sku);
    sqlite3_bind_int64(statement, 2, room);
    sqlite3_bind_int64(statement, 3, (int64_t)limit + 1);
    while ((status = session_row(loading->session, statement, &found, loading->reterr)) == GW_OK && found) {
        struct gw_batch_snapshot snapshot = batch_at(statement, sku);

        status = gw_room_answer_add(&answer, &snapshot, loading->reterr);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            break;
        }
    }
    return status == GW_OK || status == GW_END ? gw_room_answer_end(&answer, loading->reterr) : status;
}

static enum gw_status load_products(const struct loading *loading, const struct gw_array *requests)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_product_request *request = gw_array_at(requests, i);

        status = tell_product(loading, request->sku);
        if (status == GW_OK)
            status = tell_room(loading, request->sku, request->room, request->limit);
    }
    return status;
}

/* ---- requested batches */

/* Reports the line with this number, which a batch or a newer line refers to; *number becomes that of the next older
 * line. If the line was deleted by hand, the list ends, and the core finds that its lines do not add up. */
static enum gw_status tell_linked(const struct loading *loading, struct gw_line_snapshot *snapshot, int64_t *number)
{
    sqlite3_stmt *statement = session_statement(loading->session, STATEMENT_NEWEST);
    enum gw_status status;
    bool found;

    sqlite3_bind_int64(statement, 1, *number);
    status = session_row(loading->session, statement, &found, loading->reterr);
    if (status != GW_OK)
        return status;
    if (!found) {
        *number = 0;
        return GW_OK;
    }
    snapshot->orderid = column_bytes(statement, 0);
    snapshot->qty = sqlite3_column_int64(statement, 1);
    snapshot->seq = sqlite3_column_int64(statement, 2);
    *number = sqlite3_column_int64(statement, 3);
    status = visited(loading->visitor->line(loading->visitor->context, snapshot), loading->reterr);
    (void)sqlite3_reset(statement);
    return status;
}

/* Reports the newest lines, until the rest fits. */
static enum gw_status tell_newest(const struct loading *loading, struct gw_text sku, struct gw_text ref, int64_t newest,
                                  int64_t surplus)
{
    struct gw_line_snapshot snapshot = {.sku = sku, .ref = ref, .flags = GW_LINE_NEWEST};
    enum gw_status status = GW_OK;

    while (status == GW_OK && surplus > 0 && newest > 0) {
        snapshot.qty = 0;
        status = tell_linked(loading, &snapshot, &newest);
        surplus -= snapshot.qty;
    }
    return status;
}

/* The current row of statement is the batch, and stays it meanwhile, because the SKU is read from it. */
static enum gw_status tell_named(const struct loading *loading, sqlite3_stmt *statement,
                                 const struct gw_batch_request *request)
{
    struct gw_text sku = column_bytes(statement, BATCH_SKU_COLUMN);
    int64_t allocated = sqlite3_column_int64(statement, 2);
    enum gw_status status = tell_product(loading, sku);

    if (status == GW_OK)
        status = tell_batch(loading, statement, sku);
    if (status == GW_OK)
        status = tell_room(loading, sku, GW_NAMED_ROOM, GW_NAMED_LIMIT);
    if (status == GW_OK && request->lowest != GW_LOWEST_NONE)
        status = tell_newest(loading, sku, request->ref, sqlite3_column_int64(statement, BATCH_NEWEST_COLUMN),
                             allocated - request->lowest);
    return status;
}

static enum gw_status load_batches(const struct loading *loading, const struct gw_array *requests)
{
    sqlite3_stmt *statement = session_statement(loading->session, STATEMENT_BATCH);
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_batch_request *request = gw_array_at(requests, i);
        bool found;

        bind_text(statement, 1, request->ref);
        status = session_row(loading->session, statement, &found, loading->reterr);
        if (status != GW_OK || !found)
            continue;
        status = tell_named(loading, statement, request);
        (void)sqlite3_reset(statement);
    }
    return status;
}

/* ---- lines and ids */

static enum gw_status tell_held(const struct loading *loading, sqlite3_stmt *held,
                                const struct gw_line_request *request)
{
    sqlite3_stmt *statement = session_statement(loading->session, STATEMENT_BATCH);
    struct gw_line_snapshot snapshot = {
        .sku = request->sku,
        .orderid = request->orderid,
        .qty = request->qty,
        .ref = column_bytes(held, 0),
        .seq = sqlite3_column_int64(held, 1),
    };
    enum gw_status status;
    bool found;

    bind_text(statement, 1, snapshot.ref);
    status = session_row(loading->session, statement, &found, loading->reterr);
    if (status != GW_OK)
        return status;
    if (!found)
        return gw_error_set(
            loading->reterr, GW_PERMANENT,
            "the line of order %.*s for %lld units of sku %.*s is held by batch %.*s, which is not there",
            (int)request->orderid.len, request->orderid.ptr, (long long)request->qty, (int)request->sku.len,
            request->sku.ptr, (int)snapshot.ref.len, snapshot.ref.ptr);
    status = tell_product(loading, request->sku);
    if (status == GW_OK)
        status = tell_batch(loading, statement, request->sku);
    if (status == GW_OK)
        status = visited(loading->visitor->line(loading->visitor->context, &snapshot), loading->reterr);
    (void)sqlite3_reset(statement);
    return status;
}

static enum gw_status load_lines(const struct loading *loading, const struct gw_array *requests)
{
    sqlite3_stmt *statement = session_statement(loading->session, STATEMENT_LINE);
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_line_request *request = gw_array_at(requests, i);
        bool found;

        bind_text(statement, 1, request->orderid);
        bind_text(statement, 2, request->sku);
        sqlite3_bind_int64(statement, 3, request->qty);
        status = session_row(loading->session, statement, &found, loading->reterr);
        if (status != GW_OK || !found)
            continue;
        status = tell_held(loading, statement, request);
        (void)sqlite3_reset(statement);
    }
    return status;
}

static enum gw_status tell_id(const struct loading *loading, sqlite3_stmt *statement, uint32_t index)
{
    struct gw_text fingerprint = column_bytes(statement, 1);
    struct gw_id_snapshot snapshot = {
        .index = index,
        .outcome = (uint32_t)sqlite3_column_int64(statement, 0),
        .reason = column_bytes(statement, 2),
    };

    if (fingerprint.len == sizeof snapshot.fingerprint)
        memcpy(snapshot.fingerprint, fingerprint.ptr, sizeof snapshot.fingerprint);
    return visited(loading->visitor->id(loading->visitor->context, &snapshot), loading->reterr);
}

static enum gw_status load_ids(const struct loading *loading, const struct gw_array *requests)
{
    sqlite3_stmt *statement = session_statement(loading->session, STATEMENT_ID);
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < requests->count && status == GW_OK; i++) {
        const struct gw_id_request *request = gw_array_at(requests, i);
        bool found;

        bind_blob(statement, 1, request->id, sizeof request->id);
        status = session_row(loading->session, statement, &found, loading->reterr);
        if (status != GW_OK || !found)
            continue;
        status = tell_id(loading, statement, i);
        (void)sqlite3_reset(statement);
    }
    return status;
}

enum gw_status load_all(struct gw_session *session, const struct gw_load_request *request,
                        const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    struct loading loading = {session, visitor, reterr};
    enum gw_status status = session_begin_load(session, reterr);

    if (status != GW_OK)
        return status;
    status = load_products(&loading, &request->products);
    if (status == GW_OK)
        status = load_batches(&loading, &request->batches);
    if (status == GW_OK)
        status = load_lines(&loading, &request->lines);
    if (status == GW_OK)
        status = load_ids(&loading, &request->ids);
    session_end_load(session);
    return status;
}

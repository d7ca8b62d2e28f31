/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load: a statement for each kind of request, in one round trip. Several statements share a snapshot, so their answers
 * are consistent. Each follows an index from what is named, so its cost is that of the request.
 *
 * There is one exception: open batches with less room than requested are read and skipped. A hundred thousand of them
 * before the first that fits take 12 to 40 ms. An index on room would have to be updated with every line.
 */
#include "fields.h"
#include "operations.h"
#include "row.h"

#include <gangway/sdk/load_answer.h>
#include <gangway/sdk/show.h>

#include <stddef.h>

static const struct statement begin_statement = {
    .name = "begin_load",
    .sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
};

static const struct statement end_statement = {
    .name = "end_load",
    .sql = "COMMIT",
};

/*
 * It requests one row more than the limit, which shows whether more follow.
 *
 * LATERAL with a LIMIT, and `= ANY (ARRAY[...])` instead of `=`, leave the planner no other plan than going through the
 * array in order (schema/003_apply.sql explains why). So the rows come in the order of the request, and for each
 * request in the order of rule 2.
 */
static const struct statement products_statement = {
    .name = "load_products",
    .sql = "SELECT x.i, p.version, p.stamp, b.ref, b.purchased, b.allocated, b.created, b.eta"
           "  FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS x (sku, room, most, i)"
           "  LEFT JOIN products p ON p.sku = ANY (ARRAY[x.sku])"
           "  LEFT JOIN LATERAL ("
           "    SELECT ref, purchased, allocated, created, eta FROM batches"
           "     WHERE product = p.id AND open AND purchased - allocated >= x.room"
           "     ORDER BY eta NULLS FIRST, created LIMIT x.most + 1) b ON true",
};
enum { PRODUCTS_INDEX, PRODUCTS_VERSION, PRODUCTS_STAMP, PRODUCTS_BATCH };

static const struct statement batches_statement = {
    .name = "load_batches",
    .sql = "SELECT x.i, p.sku, p.version, p.stamp, n.ref, n.purchased, n.allocated, n.created, n.eta,"
           "       b.ref, b.purchased, b.allocated, b.created, b.eta"
           "  FROM unnest($1::text[]) WITH ORDINALITY AS x (ref, i)"
           "  JOIN batches n ON n.ref = ANY (ARRAY[x.ref])"
           "  JOIN products p ON p.id = ANY (ARRAY[n.product])"
           "  LEFT JOIN LATERAL ("
           "    SELECT ref, purchased, allocated, created, eta FROM batches"
           "     WHERE product = n.product AND open"
           "     ORDER BY eta NULLS FIRST, created LIMIT $2::bigint + 1) b ON true",
};
enum { BATCHES_INDEX, BATCHES_SKU, BATCHES_VERSION, BATCHES_STAMP, BATCHES_NAMED, BATCHES_BATCH = BATCHES_NAMED + 5 };

static const struct statement newest_statement = {
    .name = "load_newest",
    .sql = "SELECT x.ref, p.sku, l.orderid, l.qty, l.seq"
           "  FROM unnest($1::text[], $2::bigint[]) AS x (ref, lowest)"
           "  JOIN batches b ON b.ref = ANY (ARRAY[x.ref])"
           "  JOIN products p ON p.id = ANY (ARRAY[b.product])"
           " CROSS JOIN LATERAL newest_lines(b.id, b.allocated - x.lowest) AS l"
           " WHERE x.lowest >= 0",
};
enum { NEWEST_REF, NEWEST_SKU, NEWEST_ORDERID, NEWEST_QTY, NEWEST_SEQ };

/* Most requested lines are new, and so are their orders. So the order is looked up first, and usually nothing else. */
static const struct statement lines_statement = {
    .name = "load_lines",
    .sql = "SELECT x.i, p.version, p.stamp, a.seq, b.ref, b.purchased, b.allocated, b.created, b.eta"
           "  FROM (SELECT x.*"
           "          FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS x (sku, orderid, qty, i)"
           "         CROSS JOIN LATERAL (SELECT FROM allocations WHERE orderid = x.orderid LIMIT 1) AS any_of_it"
           "        OFFSET 0) AS x"
           "  JOIN products p ON p.sku = ANY (ARRAY[x.sku])"
           " CROSS JOIN LATERAL ("
           "    SELECT seq, batch FROM allocations"
           "     WHERE orderid = x.orderid AND product = p.id AND qty = x.qty LIMIT 1) a"
           "  JOIN batches b ON b.id = ANY (ARRAY[a.batch])",
};
enum { LINES_INDEX, LINES_VERSION, LINES_STAMP, LINES_SEQ, LINES_BATCH };

static const struct statement ids_statement = {
    .name = "load_ids",
    .sql = "SELECT x.i, i.outcome, i.fingerprint, i.reason"
           "  FROM unnest($1::uuid[]) WITH ORDINALITY AS x (id, i) JOIN inbox i ON i.id = ANY (ARRAY[x.id])",
};
enum { IDS_INDEX, IDS_OUTCOME, IDS_FINGERPRINT, IDS_REASON };

/* The queries of this load; NULL: not needed. */
struct questions {
    struct query *products, *batches, *newest, *lines, *ids;
};

struct loading {
    const struct gw_load_request *request;
    const struct gw_load_visitor *visitor;
    struct gw_error *unreadable; /* batches that cannot be reported, and the reason */
};

/* ---- queries --------------------------------------------------------------------------------------------------- */

static struct query *ask_products(struct gw_session *session, const struct gw_array *requests)
{
    struct query *query = session_query(session, &products_statement);

    parameter_field(&query->parameters, requests, offsetof(struct gw_product_request, sku), FIELD_TEXT);
    parameter_field(&query->parameters, requests, offsetof(struct gw_product_request, room), FIELD_INT8);
    parameter_field(&query->parameters, requests, offsetof(struct gw_product_request, limit), FIELD_UINT4);
    return query;
}

static struct query *ask_batches(struct gw_session *session, const struct gw_array *requests)
{
    struct query *query = session_query(session, &batches_statement);

    parameter_field(&query->parameters, requests, offsetof(struct gw_batch_request, ref), FIELD_TEXT);
    parameter_int8(&query->parameters, GW_NAMED_LIMIT);
    return query;
}

static bool wants_newest(const struct gw_array *requests)
{
    for (uint32_t i = 0; i < requests->count; i++)
        if (((const struct gw_batch_request *)gw_array_at(requests, i))->lowest != GW_LOWEST_NONE)
            return true;
    return false;
}

static struct query *ask_newest(struct gw_session *session, const struct gw_array *requests)
{
    struct query *query = session_query(session, &newest_statement);

    parameter_field(&query->parameters, requests, offsetof(struct gw_batch_request, ref), FIELD_TEXT);
    parameter_field(&query->parameters, requests, offsetof(struct gw_batch_request, lowest), FIELD_INT8);
    return query;
}

static struct query *ask_lines(struct gw_session *session, const struct gw_array *requests)
{
    struct query *query = session_query(session, &lines_statement);

    parameter_field(&query->parameters, requests, offsetof(struct gw_line_request, sku), FIELD_TEXT);
    parameter_field(&query->parameters, requests, offsetof(struct gw_line_request, orderid), FIELD_TEXT);
    parameter_field(&query->parameters, requests, offsetof(struct gw_line_request, qty), FIELD_INT8);
    return query;
}

static struct query *ask_ids(struct gw_session *session, const struct gw_array *requests)
{
    struct query *query = session_query(session, &ids_statement);

    parameter_field(&query->parameters, requests, offsetof(struct gw_id_request, id), FIELD_UUID);
    return query;
}

static struct questions add_questions(struct gw_session *session, const struct gw_load_request *request)
{
    struct questions questions = {0};
    bool has_newest = wants_newest(&request->batches);
    bool has_several = (request->products.count > 0) + (request->batches.count > 0) + has_newest +
                           (request->lines.count > 0) + (request->ids.count > 0) >
                       1;

    session_begin(session);
    if (has_several)
        (void)session_query(session, &begin_statement);
    if (request->products.count > 0)
        questions.products = ask_products(session, &request->products);
    if (request->batches.count > 0)
        questions.batches = ask_batches(session, &request->batches);
    if (has_newest)
        questions.newest = ask_newest(session, &request->batches);
    if (request->lines.count > 0)
        questions.lines = ask_lines(session, &request->lines);
    if (request->ids.count > 0)
        questions.ids = ask_ids(session, &request->ids);
    if (has_several)
        (void)session_query(session, &end_statement);
    return questions;
}

/* ---- results --------------------------------------------------------------------------------------------------- */

/* WITH ORDINALITY counts from 1. */
static uint32_t index_at(const PGresult *result, int row)
{
    return (uint32_t)row_int(result, row, 0) - 1;
}

static bool is_of(const PGresult *result, int row, uint32_t index)
{
    return row < PQntuples(result) && index_at(result, row) == index;
}

/* version: the column of its version; its stamp is in the next one. */
static enum gw_status tell_product(const struct loading *loading, struct gw_text sku, const PGresult *result, int row,
                                   int version)
{
    struct gw_product_snapshot snapshot = {
        .sku = sku, .version = row_int(result, row, version), .stamp = row_int(result, row, version + 1)};

    return loading->visitor->product(loading->visitor->context, &snapshot);
}

/* A batch from five columns of a row. */
static struct gw_batch_snapshot batch_at(const PGresult *result, int row, int column, struct gw_text sku)
{
    return (struct gw_batch_snapshot){
        .sku = sku,
        .ref = row_text(result, row, column),
        .purchased = row_int(result, row, column + 1),
        .allocated = row_int(result, row, column + 2),
        .created = row_int(result, row, column + 3),
        .eta = row_eta(result, row, column + 4),
    };
}

/* Reports a batch that is not one of the first with room. */
static enum gw_status tell_batch(const struct loading *loading, const PGresult *result, int row, int column,
                                 struct gw_text sku)
{
    struct gw_batch_snapshot snapshot = batch_at(result, row, column, sku);

    return loading->visitor->batch(loading->visitor->context, &snapshot);
}

/* Reports the batches with room for request `index`, which are in the rows from *row on, and moves *row behind them. */
static enum gw_status tell_room(const struct loading *loading, const PGresult *result, int *row, int column,
                                struct gw_text sku, int64_t room, uint32_t limit)
{
    uint32_t index = index_at(result, *row);
    struct gw_room_answer answer;
    enum gw_status status = GW_OK;

    gw_room_answer_begin(&answer, loading->visitor, room, limit);
    for (; is_of(result, *row, index); ++*row) {
        struct gw_batch_snapshot snapshot = batch_at(result, *row, column, sku);

        if (status == GW_OK && !row_is_null(result, *row, column))
            status = gw_room_answer_add(&answer, &snapshot, loading->unreadable);
    }
    return status == GW_OK || status == GW_END ? gw_room_answer_end(&answer, loading->unreadable) : status;
}

static enum gw_status tell_products(const struct loading *loading, const PGresult *result)
{
    enum gw_status status = GW_OK;
    int row = 0;

    while (row < PQntuples(result) && status == GW_OK) {
        const struct gw_product_request *request = gw_array_at(&loading->request->products, index_at(result, row));

        status = tell_product(loading, request->sku, result, row, PRODUCTS_VERSION);
        if (status == GW_OK)
            status = tell_room(loading, result, &row, PRODUCTS_BATCH, request->sku, request->room, request->limit);
    }
    return status;
}

static enum gw_status tell_batches(const struct loading *loading, const PGresult *result)
{
    enum gw_status status = GW_OK;
    int row = 0;

    while (row < PQntuples(result) && status == GW_OK) {
        struct gw_text sku = row_text(result, row, BATCHES_SKU);

        status = tell_product(loading, sku, result, row, BATCHES_VERSION);
        if (status == GW_OK)
            status = tell_batch(loading, result, row, BATCHES_NAMED, sku);
        if (status == GW_OK)
            status = tell_room(loading, result, &row, BATCHES_BATCH, sku, GW_NAMED_ROOM, GW_NAMED_LIMIT);
    }
    return status;
}

static enum gw_status tell_newest(const struct loading *loading, const PGresult *result)
{
    enum gw_status status = GW_OK;

    for (int row = 0; row < PQntuples(result) && status == GW_OK; row++) {
        struct gw_line_snapshot snapshot = {
            .sku = row_text(result, row, NEWEST_SKU),
            .orderid = row_text(result, row, NEWEST_ORDERID),
            .qty = row_int(result, row, NEWEST_QTY),
            .ref = row_text(result, row, NEWEST_REF),
            .seq = row_int(result, row, NEWEST_SEQ),
            .flags = GW_LINE_NEWEST,
        };

        status = loading->visitor->line(loading->visitor->context, &snapshot);
    }
    return status;
}

static enum gw_status tell_line(const struct loading *loading, const PGresult *result, int row)
{
    const struct gw_line_request *request = gw_array_at(&loading->request->lines, index_at(result, row));
    struct gw_line_snapshot snapshot = {
        .sku = request->sku,
        .orderid = request->orderid,
        .qty = request->qty,
        .ref = row_text(result, row, LINES_BATCH),
        .seq = row_int(result, row, LINES_SEQ),
    };
    enum gw_status status = tell_product(loading, request->sku, result, row, LINES_VERSION);

    if (status == GW_OK)
        status = tell_batch(loading, result, row, LINES_BATCH, request->sku);
    return status == GW_OK ? loading->visitor->line(loading->visitor->context, &snapshot) : status;
}

static enum gw_status tell_lines(const struct loading *loading, const PGresult *result)
{
    enum gw_status status = GW_OK;

    for (int row = 0; row < PQntuples(result) && status == GW_OK; row++)
        status = tell_line(loading, result, row);
    return status;
}

static enum gw_status tell_ids(const struct loading *loading, const PGresult *result)
{
    enum gw_status status = GW_OK;

    for (int row = 0; row < PQntuples(result) && status == GW_OK; row++) {
        struct gw_text fingerprint = row_text(result, row, IDS_FINGERPRINT);
        struct gw_id_snapshot snapshot = {
            .index = index_at(result, row),
            .outcome = (uint32_t)row_int(result, row, IDS_OUTCOME),
            .reason = row_text(result, row, IDS_REASON),
        };

        if (fingerprint.len == sizeof snapshot.fingerprint)
            memcpy(snapshot.fingerprint, fingerprint.ptr, sizeof snapshot.fingerprint);
        status = loading->visitor->id(loading->visitor->context, &snapshot);
    }
    return status;
}

static enum gw_status tell_all(const struct loading *loading, const struct questions *questions)
{
    enum gw_status status = GW_OK;

    if (questions->products != NULL)
        status = tell_products(loading, questions->products->result);
    if (questions->batches != NULL && status == GW_OK)
        status = tell_batches(loading, questions->batches->result);
    if (questions->newest != NULL && status == GW_OK)
        status = tell_newest(loading, questions->newest->result);
    if (questions->lines != NULL && status == GW_OK)
        status = tell_lines(loading, questions->lines->result);
    if (questions->ids != NULL && status == GW_OK)
        status = tell_ids(loading, questions->ids->result);
    return status;
}

enum gw_status load_all(struct gw_session *session, const struct gw_load_request *request,
                        const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    struct gw_error unreadable = {0};
    struct loading loading = {request, visitor, &unreadable};
    struct questions questions = add_questions(session, request);
    enum gw_status status;

    if (session->query_count == 0)
        return GW_OK;
    status = session_run_bound(session, reterr);
    if (status != GW_OK)
        return status;
    status = tell_all(&loading, &questions);
    return unreadable.status == GW_OK ? gw_visited(status, "a load", reterr)
                                      : gw_error_wrap(reterr, &unreadable, "load");
}

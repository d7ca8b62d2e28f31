/* SPDX-License-Identifier: Apache-2.0 */
/* Views: answered directly from the tables. */
#include "operations.h"
#include "row.h"

#include <gangway/sdk/show.h>

static const struct statement allocations_statement = {
    .name = "view_allocations",
    .sql = "SELECT p.sku, b.ref, a.qty, b.eta FROM allocations a JOIN products p ON p.id = a.product"
           " JOIN batches b ON b.id = a.batch WHERE a.orderid = $1 ORDER BY a.number",
};

/* Two parts, each with its own index. */
static const struct statement availability_statement = {
    .name = "view_availability",
    .sql = "SELECT p.sku, b.ref, b.purchased - b.allocated, b.eta FROM products p CROSS JOIN LATERAL"
           " (SELECT * FROM batches WHERE product = p.id AND open"
           " UNION ALL SELECT * FROM batches WHERE product = p.id AND NOT open) AS b"
           " WHERE p.sku = $1 ORDER BY b.eta NULLS FIRST, b.created",
};

static const struct statement first_fit_statement = {
    .name = "view_first_fit",
    .sql = "SELECT p.sku, b.ref, b.purchased - b.allocated, b.eta FROM products p CROSS JOIN LATERAL"
           " (SELECT * FROM batches WHERE product = p.id AND open AND purchased - allocated >= $2::bigint"
           " ORDER BY eta NULLS FIRST, created LIMIT 1) AS b WHERE p.sku = $1",
};

static struct query *add_question(struct gw_session *session, uint32_t view, const struct gw_view_arguments *arguments)
{
    struct query *query;

    switch (view) {
    case GW_VIEW_ALLOCATIONS:
        query = session_query(session, &allocations_statement);
        parameter_text(&query->parameters, arguments->orderid);
        return query;
    case GW_VIEW_AVAILABILITY:
        query = session_query(session, &availability_statement);
        parameter_text(&query->parameters, arguments->sku);
        return query;
    case GW_VIEW_FIRST_FIT:
        query = session_query(session, &first_fit_statement);
        parameter_text(&query->parameters, arguments->sku);
        parameter_int8(&query->parameters, arguments->qty);
        return query;
    default:
        return NULL;
    }
}

enum gw_status views_query(struct gw_session *session, uint32_t view, const struct gw_view_arguments *arguments,
                           const struct gw_view_visitor *visitor, struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = add_question(session, view, arguments);
    if (query == NULL)
        return gw_error_set(reterr, GW_UNSUPPORTED, "postgres_repository knows no view %u", view);
    status = session_run(session, reterr);
    for (int i = 0; status == GW_OK && i < PQntuples(query->result); i++) {
        struct gw_view_row row = {
            .sku = row_text(query->result, i, 0),
            .ref = row_text(query->result, i, 1),
            .qty = row_int(query->result, i, 2),
            .eta = row_eta(query->result, i, 3),
        };

        status = visitor->row(visitor->context, &row);
        if (status != GW_OK)
            return gw_visited(status, "a view", reterr);
    }
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Taken line: looked up after the refusal, because the refused statement has changed nothing. */
#include "taken_line.h"

#include "fields.h"
#include "row.h"
#include "status.h"

#include <gangway/sdk/changeset.h>

#include <stddef.h>
#include <string.h>

static const struct statement find_statement = {
    .name = "find_taken_line",
    .sql = "SELECT x.orderid, x.qty, x.sku, b.ref"
           "  FROM unnest($1::text[], $2::text[], $3::bigint[]) AS x (sku, orderid, qty)"
           "  JOIN products p ON p.sku = ANY (ARRAY[x.sku])"
           " CROSS JOIN LATERAL (SELECT batch FROM allocations"
           "     WHERE orderid = x.orderid AND product = p.id AND qty = x.qty LIMIT 1) a"
           "  LEFT JOIN batches b ON b.id = ANY (ARRAY[a.batch])"
           " LIMIT 1",
};
enum { FIND_ORDERID, FIND_QTY, FIND_SKU, FIND_REF };

bool taken_line_is_cause(const PGresult *result)
{
    const char *constraint =
        postgres_is(result, SQLSTATE_TAKEN) ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;

    return constraint != NULL && strcmp(constraint, "allocations_line") == 0;
}

static void add_skus(struct parameters *parameters, const struct gw_changeset *set)
{
    array_begin(parameters, PARAMETER_TEXT);
    for (uint32_t i = 0; i < set->line_inserts.count; i++) {
        const struct gw_line_insert *line = gw_array_at(&set->line_inserts, i);

        array_text(parameters, gw_changeset_product(set, line->product)->sku);
    }
    array_end(parameters);
}

void taken_line_describe(struct gw_session *session, const struct gw_changeset *set, struct gw_error *reterr)
{
    struct gw_error ignored = {0};
    struct gw_text orderid, sku, ref;
    struct query *query;

    session_begin(session);
    query = session_query(session, &find_statement);
    add_skus(&query->parameters, set);
    parameter_field(&query->parameters, &set->line_inserts, offsetof(struct gw_line_insert, orderid), FIELD_TEXT);
    parameter_field(&query->parameters, &set->line_inserts, offsetof(struct gw_line_insert, qty), FIELD_INT8);
    if (session_run(session, &ignored) != GW_OK || PQntuples(query->result) == 0)
        return;
    orderid = row_text(query->result, 0, FIND_ORDERID);
    sku = row_text(query->result, 0, FIND_SKU);
    ref = row_text(query->result, 0, FIND_REF);
    (void)gw_error_set(reterr, GW_CONFLICT, "the line of order %.*s for %lld units of product %.*s is held by %s%.*s",
                       (int)orderid.len, orderid.ptr, (long long)row_int(query->result, 0, FIND_QTY), (int)sku.len,
                       sku.ptr, ref.len > 0 ? "batch " : "a batch that is not there", (int)ref.len, ref.ptr);
}

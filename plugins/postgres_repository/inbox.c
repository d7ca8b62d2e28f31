/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox: forgetting message ids. They become known in a turn's apply. */
#include "operations.h"
#include "row.h"

/* Several gateways forget at the same time: what one of them has in hand the others leave to it. */
static const struct statement expire_statement = {
    .name = "inbox_expire",
    .sql = "WITH old AS MATERIALIZED (SELECT id FROM inbox WHERE received_at < $1 ORDER BY received_at LIMIT $2"
           " FOR UPDATE SKIP LOCKED),"
           " gone AS (DELETE FROM inbox USING old WHERE inbox.id = old.id RETURNING 1) SELECT count(*) FROM gone",
    .is_change = true,
};

enum gw_status inbox_expire(struct session *session, int64_t before_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, &expire_statement);
    parameter_time(&query->parameters, before_ms);
    parameter_int8(&query->parameters, limit);
    status = session_run(session, reterr);
    *ret_count = status == GW_OK ? (uint32_t)row_int(query->result, 0, 0) : 0;
    return status;
}

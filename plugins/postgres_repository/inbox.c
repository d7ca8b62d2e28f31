/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox: the running time, and the expiry of message ids. The apply of a turn stores them. */
#include "operations.h"
#include "row.h"

/* If another gateway is advancing the running time, this waits; then it is no longer seen_ms. */
static const struct statement advance_statement = {
    .name = "inbox_advance",
    .sql = "WITH advanced AS (UPDATE running_time SET ms = ms + $2::bigint WHERE ms = $1::bigint AND $2::bigint > 0 "
           "RETURNING ms)"
           " SELECT coalesce((SELECT ms FROM advanced), (SELECT ms FROM running_time))",
    .is_change = true,
};

static const struct statement expire_statement = {
    .name = "inbox_expire",
    .sql = "SELECT expire_ids($1, $2)",
    .is_change = true,
};

enum gw_status inbox_advance(struct gw_session *session, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                             struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, &advance_statement);
    parameter_int8(&query->parameters, seen_ms);
    parameter_int8(&query->parameters, add_ms);
    status = session_run(session, reterr);
    if (status == GW_OK)
        *ret_running_ms = row_int(query->result, 0, 0);
    return status;
}

enum gw_status inbox_expire(struct gw_session *session, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, &expire_statement);
    parameter_int8(&query->parameters, before_running_ms);
    parameter_int8(&query->parameters, limit);
    status = session_run(session, reterr);
    *ret_count = status == GW_OK ? (uint32_t)row_int(query->result, 0, 0) : 0;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Positions: reports, sets and deletes them. The apply of a turn moves them. */
#include "operations.h"
#include "row.h"

#include <gangway/sdk/show.h>
#include <gangway/sdk/verdict.h>

static const struct statement some_statement = {
    .name = "positions_some",
    .sql = "SELECT source, next, mark FROM positions WHERE source = ANY ($1::text[])",
};

static const struct statement all_statement = {
    .name = "positions_all",
    .sql = "SELECT source, next, mark FROM positions ORDER BY source",
};

static const struct statement set_statement = {
    .name = "positions_set",
    .sql = "INSERT INTO positions (source, next) VALUES ($1, $2)"
           " ON CONFLICT (source) DO UPDATE SET next = excluded.next, mark = NULL",
    .is_change = true,
};

static const struct statement forget_statement = {
    .name = "positions_forget",
    .sql = "DELETE FROM positions WHERE source = $1 RETURNING next",
    .is_change = true,
};

static struct query *add_question(struct gw_session *session, const struct gw_array *sources)
{
    struct query *query;

    if (sources->count == 0)
        return session_query(session, &all_statement);
    query = session_query(session, &some_statement);
    array_begin(&query->parameters, PARAMETER_TEXT);
    for (uint32_t i = 0; i < sources->count; i++)
        array_text(&query->parameters, *(const struct gw_text *)gw_array_at(sources, i));
    array_end(&query->parameters);
    return query;
}

enum gw_status positions_tell(struct gw_session *session, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = add_question(session, sources);
    status = session_run(session, reterr);
    for (int i = 0; status == GW_OK && i < PQntuples(query->result); i++) {
        struct gw_position position = {
            .source = row_text(query->result, i, 0),
            .next = row_int(query->result, i, 1),
            .mark = (uint64_t)row_int(query->result, i, 2), /* the server's integers are signed: the same 64 bits */
            .has_mark = !row_is_null(query->result, i, 2),
        };

        status = visitor->position(visitor->context, &position);
        if (status != GW_OK)
            return gw_visited(status, "positions", reterr);
    }
    return status;
}

enum gw_status positions_set(struct gw_session *session, struct gw_text source, int64_t next, struct gw_error *reterr)
{
    struct query *query;

    if (gw_position_check(next, reterr) != GW_OK)
        return GW_INVALID;
    session_begin(session);
    query = session_query(session, &set_statement);
    parameter_text(&query->parameters, source);
    parameter_int8(&query->parameters, next);
    return session_run(session, reterr);
}

enum gw_status positions_forget(struct gw_session *session, struct gw_text source, struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, &forget_statement);
    parameter_text(&query->parameters, source);
    status = session_run(session, reterr);
    if (status == GW_OK && PQntuples(query->result) == 0)
        return gw_position_missing(source, reterr);
    return status;
}

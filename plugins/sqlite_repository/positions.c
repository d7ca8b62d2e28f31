/* SPDX-License-Identifier: Apache-2.0 */
/* Positions: all are compared before any is moved, so that MOVED and ALREADY can be distinguished. */
#include "operations.h"

#include <gangway/sdk/show.h>

static enum gw_status read_position(struct gw_session *session, struct gw_text source, int64_t *ret_next,
                                    struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_POSITION);
    enum gw_status status;
    bool found;

    *ret_next = GW_OFFSET_NONE;
    bind_text(statement, 1, source);
    status = session_row(session, statement, &found, reterr);
    if (status != GW_OK || !found)
        return status;
    *ret_next = sqlite3_column_int64(statement, 1);
    (void)sqlite3_reset(statement);
    return GW_OK;
}

enum gw_status positions_compare(struct gw_session *session, const struct gw_array *changes, struct gw_error *reterr)
{
    struct gw_position_verdict verdict = {0};

    for (uint32_t i = 0; i < changes->count; i++) {
        const struct gw_position_change *change = gw_array_at(changes, i);
        int64_t stored = 0;
        enum gw_status status = read_position(session, change->source, &stored, reterr);

        if (status != GW_OK)
            return status;
        gw_position_verdict_add(&verdict, change, stored);
    }
    return gw_position_verdict_end(&verdict, reterr);
}

enum gw_status positions_move(struct gw_session *session, const struct gw_array *changes, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < changes->count && status == GW_OK; i++) {
        const struct gw_position_change *change = gw_array_at(changes, i);
        bool is_new = change->expected == GW_OFFSET_NONE;
        sqlite3_stmt *statement = session_statement(session, is_new ? STATEMENT_SET_POSITION : STATEMENT_MOVE_POSITION);

        bind_text(statement, 1, change->source);
        sqlite3_bind_int64(statement, 2, change->next);
        /* SQLite's integers are signed, with the same 64 bits */
        if (change->has_mark)
            sqlite3_bind_int64(statement, 3, (int64_t)change->mark);
        else
            sqlite3_bind_null(statement, 3);
        status = session_change(session, statement, NULL, reterr);
    }
    return status;
}

/* ---- reporting and setting */

static enum gw_status tell_rows(struct gw_session *session, sqlite3_stmt *statement,
                                const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    enum gw_status status;
    bool found;

    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        struct gw_position position = {
            .source = column_bytes(statement, 0),
            .next = sqlite3_column_int64(statement, 1),
            .mark = (uint64_t)sqlite3_column_int64(statement, 2),
            .has_mark = sqlite3_column_type(statement, 2) != SQLITE_NULL,
        };

        status = visitor->position(visitor->context, &position);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "positions", reterr);
        }
    }
    return status;
}

enum gw_status positions_tell(struct gw_session *session, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_POSITION);
    enum gw_status status = GW_OK;

    if (sources->count == 0)
        return tell_rows(session, session_statement(session, STATEMENT_ALL_POSITIONS), visitor, reterr);
    for (uint32_t i = 0; i < sources->count && status == GW_OK; i++) {
        const struct gw_text *source = gw_array_at(sources, i);

        bind_text(statement, 1, *source);
        status = tell_rows(session, statement, visitor, reterr);
    }
    return status;
}

enum gw_status positions_set(struct gw_session *session, struct gw_text source, int64_t next, struct gw_error *reterr)
{
    sqlite3_stmt *statement;
    enum gw_status status;

    status = gw_position_check(next, reterr);
    if (status == GW_OK)
        status = session_begin_write(session, reterr);
    if (status != GW_OK)
        return status;
    statement = session_statement(session, STATEMENT_SET_POSITION);
    bind_text(statement, 1, source);
    sqlite3_bind_int64(statement, 2, next);
    sqlite3_bind_null(statement, 3);
    status = session_change(session, statement, NULL, reterr);
    return session_end_write(session, status, reterr);
}

enum gw_status positions_forget(struct gw_session *session, struct gw_text source, struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(session, reterr);
    sqlite3_stmt *statement;
    int count = 0;

    if (status != GW_OK)
        return status;
    statement = session_statement(session, STATEMENT_FORGET_POSITION);
    bind_text(statement, 1, source);
    status = session_change(session, statement, &count, reterr);
    if (status == GW_OK && count == 0)
        status = gw_position_missing(source, reterr);
    return session_end_write(session, status, reterr);
}

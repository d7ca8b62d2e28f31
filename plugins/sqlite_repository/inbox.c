/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox: the stored message ids, and the running time by which they expire. */
#include "operations.h"

/* Runs a statement that returns the running time, in a transaction or on its own. */
static enum gw_status read_running_time(struct gw_session *session, sqlite3_stmt *statement, int64_t *ret_running_ms,
                                        struct gw_error *reterr)
{
    bool found;
    enum gw_status status = session_row(session, statement, &found, reterr);

    if (status != GW_OK)
        return status;
    if (!found)
        return gw_error_set(reterr, GW_CONFIG, "%s: the table running_time has no row",
                            session->connection->database.path);
    *ret_running_ms = sqlite3_column_int64(statement, 0);
    return session_change(session, statement, NULL, reterr);
}

static enum gw_status add_id(struct gw_session *session, const struct gw_id_change *change, int64_t now_ms,
                             int64_t running_ms, int *ret_count, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_ID);

    bind_blob(statement, 1, change->id, sizeof change->id);
    bind_blob(statement, 2, change->fingerprint, sizeof change->fingerprint);
    sqlite3_bind_int64(statement, 3, change->outcome);
    bind_text(statement, 4, change->reason);
    sqlite3_bind_int64(statement, 5, now_ms);
    sqlite3_bind_int64(statement, 6, running_ms);
    return session_change(session, statement, ret_count, reterr);
}

enum gw_status inbox_add(struct gw_session *session, const struct gw_array *changes, int64_t now_ms,
                         struct gw_id_verdict *ret_known, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    int64_t running_ms = 0;

    if (changes->count > 0)
        status = read_running_time(session, session_statement(session, STATEMENT_RUNNING_TIME), &running_ms, reterr);
    for (uint32_t i = 0; i < changes->count && status == GW_OK; i++) {
        const struct gw_id_change *change = gw_array_at(changes, i);
        int count = 0;

        status = add_id(session, change, now_ms, running_ms, &count, reterr);
        if (status == GW_OK && count == 0)
            gw_id_verdict_add(ret_known, change);
    }
    return status;
}

enum gw_status inbox_advance(struct gw_session *session, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                             struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_RUNNING_TIME);
    enum gw_status status;

    if (add_ms == 0)
        return read_running_time(session, statement, ret_running_ms, reterr);
    status = session_begin_write(session, reterr);
    if (status != GW_OK)
        return status;
    statement = session_statement(session, STATEMENT_ADVANCE);
    sqlite3_bind_int64(statement, 1, seen_ms);
    sqlite3_bind_int64(statement, 2, add_ms);
    status = read_running_time(session, statement, ret_running_ms, reterr);
    return session_end_write(session, status, reterr);
}

enum gw_status inbox_expire(struct gw_session *session, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(session, reterr);
    sqlite3_stmt *statement;
    int count = 0;

    if (status != GW_OK)
        return status;
    statement = session_statement(session, STATEMENT_EXPIRE);
    sqlite3_bind_int64(statement, 1, before_running_ms);
    sqlite3_bind_int64(statement, 2, limit);
    status = session_end_write(session, session_change(session, statement, &count, reterr), reterr);
    *ret_count = status == GW_OK ? (uint32_t)count : 0;
    return status;
}

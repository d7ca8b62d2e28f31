/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox: message ids that are known. */
#include "operations.h"

/* Adds the ids; *ret_known of them were there before. */
enum gw_status inbox_add(struct session *session, const struct gw_changeset *set, uint32_t *ret_known,
                         struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_ID);
    enum gw_status status = GW_OK;

    *ret_known = 0;
    for (uint32_t i = 0; i < set->ids.count && status == GW_OK; i++) {
        const struct gw_id_change *change = gw_array_at(&set->ids, i);
        int count = 0;

        bind_blob(statement, 1, change->id, sizeof change->id);
        bind_blob(statement, 2, change->fingerprint, sizeof change->fingerprint);
        sqlite3_bind_int64(statement, 3, change->outcome);
        bind_text(statement, 4, change->reason);
        sqlite3_bind_int64(statement, 5, set->unix_ms);
        status = session_change(session, statement, &count, reterr);
        *ret_known += count == 0;
    }
    return status;
}

enum gw_status inbox_expire(struct session *session, int64_t before_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(session, reterr);
    sqlite3_stmt *statement;
    int count = 0;

    if (status != GW_OK)
        return status;
    statement = session_statement(session, STATEMENT_EXPIRE);
    sqlite3_bind_int64(statement, 1, before_ms);
    sqlite3_bind_int64(statement, 2, limit);
    status = session_end_write(session, session_change(session, statement, &count, reterr), reterr);
    *ret_count = status == GW_OK ? (uint32_t)count : 0;
    return status;
}

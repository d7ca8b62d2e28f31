/* SPDX-License-Identifier: Apache-2.0 */
/* Sent notices: reports them, and removes those that are expired or for one recipient. notices.c stores them. */
#include "operations.h"

#include <gangway/sdk/show.h>

static struct gw_sent_notice sent_of(sqlite3_stmt *statement)
{
    return (struct gw_sent_notice){
        .sent_unix_ms = sqlite3_column_int64(statement, 0),
        .number = sqlite3_column_int64(statement, 1),
        .destination = column_bytes(statement, 2),
        .recipient = column_bytes(statement, 3),
        .event_id = column_bytes(statement, 4),
        .type = column_bytes(statement, 5),
        .sku = column_bytes(statement, 6),
        .event_unix_ms = sqlite3_column_int64(statement, 7),
        .answer = column_bytes(statement, 8),
        .count = (uint32_t)sqlite3_column_int64(statement, 9),
        .attempts = (uint32_t)sqlite3_column_int64(statement, 10),
    };
}

/* The page begins after the last notice of the page before, or with the first one that is young enough. */
static void bind_page(sqlite3_stmt *statement, const struct gw_sent_look *look, int64_t now_ms)
{
    int64_t before_ms = look->within_ms > 0 ? now_ms - look->within_ms - 1 : 0;
    bool is_first = before_ms > look->after_unix_ms;

    sqlite3_bind_int64(statement, 1, is_first ? before_ms : look->after_unix_ms);
    sqlite3_bind_int64(statement, 2, is_first ? INT64_MAX : look->after_number);
    sqlite3_bind_int64(statement, 3, look->limit);
    if (look->recipient.len > 0)
        bind_text(statement, 4, look->recipient);
}

enum gw_status sent_tell(struct gw_session *session, const struct gw_sent_look *look,
                         const struct gw_sent_visitor *visitor, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, look->recipient.len > 0 ? STATEMENT_SENT_TO : STATEMENT_SENT);
    enum gw_status status;
    bool found;

    bind_page(statement, look, session->host->unix_ms(session->host));
    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        struct gw_sent_notice sent = sent_of(statement);

        status = visitor->sent(visitor->context, &sent);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "the sent notices", reterr);
        }
    }
    return status;
}

static enum gw_status tell_recipients_of(struct gw_session *session, struct gw_text destination,
                                         struct gw_text event_id, const struct gw_recipient_visitor *visitor,
                                         struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_NOTICE_RECIPIENTS);
    enum gw_status status;
    bool found;

    bind_text(statement, 1, event_id);
    bind_text(statement, 2, destination);
    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        status = visitor->recipient(visitor->context, event_id, column_bytes(statement, 0));
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "the recipients", reterr);
        }
    }
    return status;
}

enum gw_status recipients_tell(struct gw_session *session, struct gw_text destination, const struct gw_array *event_ids,
                               const struct gw_recipient_visitor *visitor, struct gw_error *reterr)
{
    enum gw_status status = session_begin_read(session, reterr);

    if (status != GW_OK)
        return status;
    for (uint32_t i = 0; i < event_ids->count && status == GW_OK; i++)
        status = tell_recipients_of(session, destination, *(const struct gw_text *)gw_array_at(event_ids, i), visitor,
                                    reterr);
    session_end_read(session);
    return status;
}

enum gw_status last_answer_tell(struct gw_session *session, struct gw_text destination, int64_t number, int64_t stamp,
                                const struct gw_answer_visitor *visitor, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_LAST_ANSWER);
    enum gw_status status = session_begin_read(session, reterr);
    bool found = false;

    if (status != GW_OK)
        return status;
    sqlite3_bind_int64(statement, 1, number);
    bind_text(statement, 2, destination);
    sqlite3_bind_int64(statement, 3, stamp);
    status = session_row(session, statement, &found, reterr);
    if (status == GW_OK && found) {
        status = visitor->answer(visitor->context, column_bytes(statement, 0));
        (void)sqlite3_reset(statement);
    }
    session_end_read(session);
    return status;
}

/* Runs a statement that removes at most `limit`, in a transaction that has begun, and ends it. */
static enum gw_status remove_some(struct gw_session *session, sqlite3_stmt *statement, uint32_t limit,
                                  uint32_t *ret_count, struct gw_error *reterr)
{
    int count = 0;
    enum gw_status status;

    sqlite3_bind_int64(statement, 2, limit);
    status = session_end_write(session, session_change(session, statement, &count, reterr), reterr);
    *ret_count = status == GW_OK ? (uint32_t)count : 0;
    return status;
}

enum gw_status sent_expire(struct gw_session *session, int64_t keep_ms, uint32_t limit, uint32_t *ret_count,
                           struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(session, reterr);
    sqlite3_stmt *statement;

    if (status != GW_OK)
        return status;
    statement = session_statement(session, STATEMENT_EXPIRE_SENT);
    sqlite3_bind_int64(statement, 1, session->host->unix_ms(session->host) - keep_ms);
    return remove_some(session, statement, limit, ret_count, reterr);
}

enum gw_status sent_forget(struct gw_session *session, struct gw_text recipient, uint32_t limit, uint32_t *ret_count,
                           struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(session, reterr);
    sqlite3_stmt *statement;

    if (status != GW_OK)
        return status;
    statement = session_statement(session, STATEMENT_FORGET_SENT);
    bind_text(statement, 1, recipient);
    return remove_some(session, statement, limit, ret_count, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sent notices: reports them, and removes those that are expired or for one recipient. settle.c stores them. */
#include "fields.h"
#include "operations.h"
#include "row.h"

#include <gangway/sdk/show.h>

/* Times are stored in whole milliseconds (settle.c), so one that the port knows finds the same row. */
#define AFTER                                                                               \
    "(sent_at, number) > (timestamptz 'epoch' + $1::bigint * interval '1 millisecond', $2)" \
    " AND sent_at >= CASE WHEN $3::bigint = 0 THEN timestamptz '-infinity'"                 \
    " ELSE now() - $3::bigint * interval '1 millisecond' END"
#define SENT_COLUMNS "sent_at, number, destination, recipient, event_id, type, sku, event_at, answer, count, attempts"

static const struct statement all_statement = {
    .name = "sent_all",
    .sql = "SELECT " SENT_COLUMNS " FROM sent_notices WHERE " AFTER " ORDER BY sent_at, number LIMIT $4",
};

static const struct statement recipient_statement = {
    .name = "sent_recipient",
    .sql = "SELECT " SENT_COLUMNS " FROM sent_notices WHERE recipient = $5 AND " AFTER
           " ORDER BY sent_at, number LIMIT $4",
};

static const struct statement recipients_statement = {
    .name = "notices_recipients",
    .sql = "SELECT x.id, n.recipient FROM unnest($2::text[]) AS x (id) CROSS JOIN LATERAL"
           " (SELECT recipient FROM notices WHERE event_id = x.id AND destination = $1 UNION"
           " SELECT recipient FROM sent_notices WHERE event_id = x.id AND destination = $1) AS n",
};

static const struct statement last_answer_statement = {
    .name = "notices_last_answer",
    .sql =
        "SELECT s.answer FROM notices n JOIN sent_notices s ON s.destination = n.destination"
        " AND s.recipient = n.recipient AND s.group_key = n.group_key AND s.group_key <> ''"
        " WHERE n.destination = $1 AND n.number = $2 AND n.stamp = $3 ORDER BY s.sent_at DESC, s.number DESC LIMIT 1",
};

/* Several gateways may remove them at the same time: each skips the rows that another one is deleting. */
#define REMOVE(which)                                                                                        \
    "WITH old AS MATERIALIZED (SELECT sent_at, number FROM sent_notices WHERE " which " LIMIT $2 FOR UPDATE" \
    " SKIP LOCKED), gone AS (DELETE FROM sent_notices USING old WHERE sent_notices.sent_at = old.sent_at"    \
    " AND sent_notices.number = old.number RETURNING 1) SELECT count(*) FROM gone"

static const struct statement expire_statement = {
    .name = "sent_expire",
    .sql = REMOVE("sent_at < now() - $1::bigint * interval '1 millisecond' ORDER BY sent_at, number"),
    .is_change = true,
};

static const struct statement forget_statement = {
    .name = "sent_forget",
    .sql = REMOVE("recipient = $1"),
    .is_change = true,
};

enum {
    SENT_AT,
    SENT_NUMBER,
    SENT_DESTINATION,
    SENT_RECIPIENT,
    SENT_EVENT_ID,
    SENT_TYPE,
    SENT_SKU,
    SENT_EVENT_AT,
    SENT_ANSWER,
    SENT_COUNT,
    SENT_ATTEMPTS
};

static struct gw_sent_notice sent_of(const PGresult *result, int i)
{
    return (struct gw_sent_notice){
        .sent_unix_ms = row_time(result, i, SENT_AT),
        .number = row_int(result, i, SENT_NUMBER),
        .destination = row_text(result, i, SENT_DESTINATION),
        .recipient = row_text(result, i, SENT_RECIPIENT),
        .event_id = row_text(result, i, SENT_EVENT_ID),
        .type = row_text(result, i, SENT_TYPE),
        .sku = row_text(result, i, SENT_SKU),
        .event_unix_ms = row_time(result, i, SENT_EVENT_AT),
        .answer = row_text(result, i, SENT_ANSWER),
        .count = (uint32_t)row_int(result, i, SENT_COUNT),
        .attempts = (uint32_t)row_int(result, i, SENT_ATTEMPTS),
    };
}

enum gw_status sent_tell(struct gw_session *session, const struct gw_sent_look *look,
                         const struct gw_sent_visitor *visitor, struct gw_error *reterr)
{
    int64_t within_ms = look->within_ms < OUTBOX_LONGEST_MS ? look->within_ms : OUTBOX_LONGEST_MS;
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, look->recipient.len > 0 ? &recipient_statement : &all_statement);
    parameter_int8(&query->parameters, look->after_unix_ms);
    parameter_int8(&query->parameters, look->after_number);
    parameter_int8(&query->parameters, within_ms);
    parameter_int8(&query->parameters, look->limit);
    if (look->recipient.len > 0)
        parameter_text(&query->parameters, look->recipient);
    status = session_run(session, reterr);
    for (int i = 0; status == GW_OK && i < PQntuples(query->result); i++) {
        struct gw_sent_notice sent = sent_of(query->result, i);

        status = visitor->sent(visitor->context, &sent);
        if (status != GW_OK)
            return gw_visited(status, "the sent notices", reterr);
    }
    return status;
}

enum gw_status recipients_tell(struct gw_session *session, struct gw_text destination, const struct gw_array *event_ids,
                               const struct gw_recipient_visitor *visitor, struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, &recipients_statement);
    parameter_text(&query->parameters, destination);
    parameter_field(&query->parameters, event_ids, 0, FIELD_TEXT);
    status = session_run(session, reterr);
    for (int i = 0; status == GW_OK && i < PQntuples(query->result); i++) {
        status = visitor->recipient(visitor->context, row_text(query->result, i, 0), row_text(query->result, i, 1));
        if (status != GW_OK)
            return gw_visited(status, "the recipients", reterr);
    }
    return status;
}

enum gw_status last_answer_tell(struct gw_session *session, struct gw_text destination, int64_t number, int64_t stamp,
                                const struct gw_answer_visitor *visitor, struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, &last_answer_statement);
    parameter_text(&query->parameters, destination);
    parameter_int8(&query->parameters, number);
    parameter_int8(&query->parameters, stamp);
    status = session_run(session, reterr);
    if (status == GW_OK && PQntuples(query->result) > 0)
        status = visitor->answer(visitor->context, row_text(query->result, 0, 0));
    return status;
}

static enum gw_status run(struct gw_session *session, struct query *query, uint32_t limit, uint32_t *ret_count,
                          struct gw_error *reterr)
{
    enum gw_status status;

    parameter_int8(&query->parameters, limit);
    status = session_run(session, reterr);
    *ret_count = status == GW_OK ? (uint32_t)row_int(query->result, 0, 0) : 0;
    return status;
}

enum gw_status sent_expire(struct gw_session *session, int64_t keep_ms, uint32_t limit, uint32_t *ret_count,
                           struct gw_error *reterr)
{
    struct query *query;

    session_begin(session);
    query = session_query(session, &expire_statement);
    parameter_int8(&query->parameters, keep_ms < OUTBOX_LONGEST_MS ? keep_ms : OUTBOX_LONGEST_MS);
    return run(session, query, limit, ret_count, reterr);
}

enum gw_status sent_forget(struct gw_session *session, struct gw_text recipient, uint32_t limit, uint32_t *ret_count,
                           struct gw_error *reterr)
{
    struct query *query;

    session_begin(session);
    query = session_query(session, &forget_statement);
    parameter_text(&query->parameters, recipient);
    return run(session, query, limit, ret_count, reterr);
}

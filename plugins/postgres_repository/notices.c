/* SPDX-License-Identifier: Apache-2.0 */
/* Notices: reads those that are due. There are few compared to events, so a look always begins at the first one.
 * settle.c stores and removes them. */
#include "fields.h"
#include "lease.h"
#include "operations.h"
#include "row.h"

#include <gangway/sdk/delivery.h>
#include <gangway/sdk/show.h>

/*
 * A notice that waits has a due time, or it is behind another of its group. It is due when that time has come, or is
 * further away than the wait that set it, or than any that the file can ask for: $4 is the longest wait. So three
 * lists, each in the order of the numbers: those that do not wait; those that waited and are due, as long as they are
 * few, which are found by their times; and otherwise, or if others than these are due ($5, $6), all those that wait. A
 * time zone makes the begin of a wait immutable, as its index needs it. An order that nobody needs makes the planner
 * choose the index that has it, also while the table is empty.
 */
#define BEGUN_AT     "(due_at AT TIME ZONE 'UTC' - wait_ms * interval '1 millisecond')"
#define LONGEST_WAIT "$4::bigint * interval '1 millisecond'"
#define LATER        "(SELECT number FROM notices WHERE destination = $1 AND due_at IS NOT NULL AND NOT is_behind AND "
#define MANY_LATER   "1000"
#define READS_ALL    "($5::bigint <> 0 OR $6::bigint <> 0 OR (SELECT count(*) FROM later) > " MANY_LATER ")"
#define ROWS                                                                                                  \
    "(SELECT number, stamp, recipient, event_id, type, sku, payload, headers, sequence, queued_at, event_at," \
    " attempts, now(), further, count, is_open FROM notices WHERE number > $2"                                \
    " AND ($7::text[] IS NULL OR recipient <> ALL ($7::text[])) AND "
#define IN_ORDER " ORDER BY number LIMIT $3)"

static const struct statement rows_statement = {
    .name = "notices_rows",
    .sql =
        "WITH later AS MATERIALIZED (SELECT number FROM (" LATER "due_at <= now() ORDER BY due_at) UNION ALL " LATER
        "due_at > now() + " LONGEST_WAIT " ORDER BY due_at) UNION ALL " LATER BEGUN_AT
        " > now() AT TIME ZONE 'UTC' ORDER BY " BEGUN_AT ")) AS l LIMIT " MANY_LATER " + 1)"
        " " ROWS "destination = $1 AND due_at IS NULL AND NOT is_behind" IN_ORDER " UNION ALL " ROWS
        "number = ANY (ARRAY(SELECT number FROM later)) AND NOT " READS_ALL IN_ORDER " UNION ALL " ROWS
        "destination = $1 AND (due_at IS NOT NULL OR is_behind) AND " READS_ALL
        " AND ($6::bigint <> 0 OR (NOT is_behind AND (due_at <= now() OR due_at > now() + " LONGEST_WAIT " OR " BEGUN_AT
        " > now() AT TIME ZONE 'UTC' OR ($5::bigint <> 0 AND is_open))))" IN_ORDER " ORDER BY number LIMIT $3",
};

static const struct statement later_statement = {
    .name = "notices_later",
    .sql = "SELECT ceil(extract(epoch FROM due_at - now()) * 1000)::bigint FROM (SELECT due_at, number FROM notices"
           " WHERE destination = $1 AND due_at IS NOT NULL AND NOT is_behind AND due_at > now()"
           " AND due_at <= now() + $3::bigint * interval '1 millisecond'"
           " AND " BEGUN_AT " <= now() AT TIME ZONE 'UTC' AND NOT ($4::bigint <> 0 AND is_open) AND $5::bigint = 0"
           " ORDER BY due_at OFFSET 0) AS later WHERE number > $2 ORDER BY due_at LIMIT 1",
};

enum {
    NOTICE_NUMBER,
    NOTICE_STAMP,
    NOTICE_RECIPIENT,
    NOTICE_ID,
    NOTICE_TYPE,
    NOTICE_SKU,
    NOTICE_PAYLOAD,
    NOTICE_HEADERS,
    NOTICE_SEQUENCE,
    NOTICE_QUEUED_AT,
    NOTICE_EVENT_AT,
    NOTICE_ATTEMPTS,
    NOTICE_NOW,
    NOTICE_FURTHER,
    NOTICE_COUNT,
    NOTICE_IS_OPEN
};

static struct gw_outbox_row event_of(const PGresult *result, int i, struct gw_text destination)
{
    int64_t queued_ms = row_time(result, i, NOTICE_QUEUED_AT);

    return (struct gw_outbox_row){
        .number = row_int(result, i, NOTICE_NUMBER),
        .stamp = row_int(result, i, NOTICE_STAMP),
        .destination = destination,
        .recipient = row_text(result, i, NOTICE_RECIPIENT),
        .id = row_text(result, i, NOTICE_ID),
        .type = row_text(result, i, NOTICE_TYPE),
        .sku = row_text(result, i, NOTICE_SKU),
        .payload = row_text(result, i, NOTICE_PAYLOAD),
        .headers = row_text(result, i, NOTICE_HEADERS),
        .sequence = row_int(result, i, NOTICE_SEQUENCE),
        .event_unix_ms = row_time(result, i, NOTICE_EVENT_AT),
        .queued_unix_ms = queued_ms,
        .age_ms = gw_age_ms(row_time(result, i, NOTICE_NOW), queued_ms),
        .attempts = (uint32_t)row_int(result, i, NOTICE_ATTEMPTS),
    };
}

static enum gw_status tell_rows(const PGresult *result, struct gw_text destination,
                                const struct gw_notice_visitor *visitor, struct gw_error *reterr)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct gw_notice_row notice = {.event = event_of(result, i, destination),
                                       .further = row_text(result, i, NOTICE_FURTHER),
                                       .count = (uint32_t)row_int(result, i, NOTICE_COUNT),
                                       .is_open = row_bool(result, i, NOTICE_IS_OPEN)};
        enum gw_status status = visitor->notice(visitor->context, &notice);

        if (status != GW_OK)
            return gw_visited(status, "the notices", reterr);
    }
    return GW_OK;
}

enum gw_status notices_tell(struct gw_session *session, struct gw_text destination, const struct gw_notice_look *look,
                            const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    int64_t longest_ms = look->longest_wait_ms < OUTBOX_LONGEST_MS ? look->longest_wait_ms : OUTBOX_LONGEST_MS;
    struct query *rows, *later;
    struct lease *lease;
    enum gw_status status = lease_find(session, destination, &lease, reterr);

    if (status != GW_OK)
        return status;
    session_begin(session);
    rows = session_query(session, &rows_statement);
    parameter_text(&rows->parameters, destination);
    parameter_int8(&rows->parameters, look->after);
    parameter_int8(&rows->parameters, look->limit);
    parameter_int8(&rows->parameters, longest_ms);
    parameter_int8(&rows->parameters, look->is_ending);
    parameter_int8(&rows->parameters, look->is_any);
    parameter_field(&rows->parameters, &look->except, 0, FIELD_TEXT);
    later = session_query(session, &later_statement);
    parameter_text(&later->parameters, destination);
    parameter_int8(&later->parameters, look->after);
    parameter_int8(&later->parameters, longest_ms);
    parameter_int8(&later->parameters, look->is_ending);
    parameter_int8(&later->parameters, look->is_any);
    status = session_run_bound(session, reterr);
    if (status != GW_OK)
        return status;
    *ret_due_in_ms = PQntuples(later->result) > 0 ? row_int(later->result, 0, 0) : GW_DUE_NEVER;
    return tell_rows(rows->result, destination, visitor, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling: records the results of deliveries in one round trip and one transaction. It uses the connection that holds
 * the lease (lease.h), so a session that lost the lease deletes nothing.
 */
#include "fields.h"
#include "lease.h"
#include "operations.h"
#include "refusals.h"

#include <gangway/sdk/delivery.h>

#include <stddef.h>

/*
 * Finds rows by their numbers first and changes them by their ctid. The planner's statistics are often those of an
 * empty queue; with a plain join it would read all rows of the destination for a few numbers.
 */
#define FIND_NUMBERS(table) \
    " CROSS JOIN LATERAL (SELECT ctid AS place FROM " table " WHERE destination = $1 AND number "
#define AND_CHANGE " OFFSET 0) AS found WHERE o.ctid = found.place"

/* In ranges, because rows of one apply follow each other in number and stamp. */
#define DONE(table)                                                                                \
    "DELETE FROM " table " WHERE ctid = ANY (ARRAY (SELECT place FROM"                             \
    " unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS done (first, last, ahead)" FIND_NUMBERS( \
        table) "BETWEEN done.first AND done.last AND stamp - number = done.ahead OFFSET 0) AS found))"

/* The time is in whole milliseconds, as the port reports it (sent.c). */
#define SENT                                                                                                           \
    "WITH gone AS (DELETE FROM notices o USING unnest($2::bigint[], $3::bigint[], $4::text[])"                         \
    " AS sent (number, stamp, answer)" FIND_NUMBERS(                                                                   \
        "notices") "= sent.number AND stamp = sent.stamp" AND_CHANGE " RETURNING o.*, sent.answer)"                    \
                   " INSERT INTO sent_notices (sent_at, number, event_at, count, attempts, destination, recipient, "   \
                   "sku, type,"                                                                                        \
                   " event_id, group_key, answer) SELECT date_trunc('milliseconds', now()), number, event_at, count, " \
                   "attempts + 1,"                                                                                     \
                   " destination, recipient, sku, type, event_id, group_key, coalesce(answer, '') FROM gone"

/* closes: what else is set. */
#define FAILED(table, closes)                                                                             \
    "UPDATE " table " o SET " closes "attempts = failed.attempts, last_error = failed.answer,"            \
    " due_at = CASE WHEN failed.delay_ms > 0 THEN now() + failed.delay_ms * interval '1 millisecond' END" \
    " FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])"                    \
    " AS failed (number, stamp, attempts, delay_ms, answer)" FIND_NUMBERS(                                \
        table) "= failed.number AND stamp = failed.stamp" AND_CHANGE

/* If a row is gone, it was settled before, and nothing is stored for it. The rows for targets go to the end of their
 * queues. */
#define REFUSED(table)                                                                                             \
    "WITH gone AS (DELETE FROM " table " o USING unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[],"     \
    " $6::text[], $7::bytea[], $8::bytea[], $9::bytea[], $10::text[], $11::text[], $12::bigint[], $13::bigint[])"  \
    " AS refused (number, stamp, is_rerouted, id, type, key, headers, payload, reason, recipient, sequence,"       \
    " event_ms)" FIND_NUMBERS(                                                                                     \
        table) "= refused.number AND stamp = refused.stamp" AND_CHANGE                                             \
               " RETURNING refused.*, timestamptz 'epoch' + refused.event_ms * interval '1 millisecond' AS "       \
               "happened_at),"                                                                                     \
               " letters AS (INSERT INTO dead_letters (kind, at, entrypoint, source, \"offset\", line, identity, " \
               "type, key,"                                                                                        \
               " headers, payload, reason, full_len, digest, flags, recipient, sequence, event_at)"                \
               " SELECT 2, now(), $1, '', -1, 0, id, type, key, headers, payload, reason,"                         \
               " octet_length(payload), decode(repeat('00', 16), 'hex'), 0, recipient, sequence, happened_at"      \
               " FROM gone WHERE is_rerouted = 0 ORDER BY number)"                                                 \
               " INSERT INTO outbox (destination, number, stamp, recipient, id, type, sku, payload, headers, "     \
               "sequence,"                                                                                         \
               " event_at, created_at)"                                                                            \
               " SELECT destination, nextval('blocks'), $17 + place - 1, recipient, id, type, convert_from(key, "  \
               "'UTF8'),"                                                                                          \
               " payload, headers, sequence, happened_at, now() FROM"                                              \
               " (SELECT t.destination, t.recipient, gone.id, gone.type, gone.key, gone.payload, gone.headers,"    \
               " gone.sequence, gone.happened_at, row_number() OVER (ORDER BY gone.number, t.place) AS place"      \
               " FROM gone JOIN unnest($14::bigint[], $15::text[], $16::text[]) WITH ORDINALITY"                   \
               " AS t (number, destination, recipient, place) ON t.number = gone.number ORDER BY 10) AS instead"

static const struct statement opened_statement = {
    .name = "outbox_opened",
    .sql = "SELECT open_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    .is_change = true,
};

/* Runs after SENT, in its transaction, so now() is the same: the notices of the groups that were sent wait. */
static const struct statement repeat_statement = {
    .name = "notices_repeat",
    .sql = "UPDATE notices o SET due_at = greatest(o.due_at, s.sent_at + o.repeat_ms * interval '1 millisecond')"
           " FROM sent_notices s CROSS JOIN LATERAL (SELECT ctid AS place FROM notices WHERE destination = $1"
           " AND recipient = s.recipient AND group_key = s.group_key AND repeat_ms > 0" AND_CHANGE
           " AND s.destination = $1 AND s.group_key <> '' AND s.sent_at = date_trunc('milliseconds', now())"
           " AND s.number = ANY ($2::bigint[])",
    .is_change = true,
};

/* A table with rows that are settled. */
struct queue {
    struct statement done;
    bool keeps_sent; /* `done` keeps what it removes, and needs each row with its answer */
    struct statement failed;
    struct statement refused;
};

static const struct queue outbox = {
    .done = {.name = "outbox_done", .sql = DONE("outbox"), .is_change = true},
    .failed = {.name = "outbox_failed", .sql = FAILED("outbox", ""), .is_change = true},
    .refused = {.name = "outbox_refused", .sql = REFUSED("outbox"), .is_change = true},
};

static const struct queue notices = {
    .done = {.name = "notices_sent", .sql = SENT, .is_change = true},
    .keeps_sent = true,
    .failed = {.name = "notices_failed", .sql = FAILED("notices", "is_open = false, "), .is_change = true},
    .refused = {.name = "notices_refused", .sql = REFUSED("notices"), .is_change = true},
};

static uint32_t count_of(const struct gw_array *settlements, enum gw_settled settled)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < settlements->count; i++)
        count += gw_settlement_of_one(gw_array_at(settlements, i)) == settled;
    return count;
}

/* ---- delivered rows */

enum end { END_FIRST, END_LAST, END_AHEAD };

/* One column of the runs: the first number of each, the last, or how far the stamps of its rows are ahead of their
 * numbers. */
static void add_ends(struct parameters *parameters, const struct gw_array *settlements, enum end end)
{
    uint32_t run;

    array_begin(parameters, PARAMETER_INT8);
    for (uint32_t i = 0; i<settlements->count; i += run> 0 ? run : 1) {
        const struct gw_outbox_settlement *first = gw_array_at(settlements, i);

        run = gw_settlement_run(settlements, i);
        if (run == 0)
            continue;
        array_int8(parameters, end == END_FIRST  ? first->number
                               : end == END_LAST ? first->number + run - 1
                                                 : first->stamp - first->number);
    }
    array_end(parameters);
}

/* One column of the rows with this result; field: its place in a settlement. */
static void add_field(struct parameters *parameters, const struct gw_array *settlements, enum gw_settled settled,
                      size_t field, enum field_kind kind)
{
    parameter_field_begin(parameters, kind);
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        if (gw_settlement_of_one(settlement) == settled)
            parameter_field_add(parameters, kind, settlement, field);
    }
    array_end(parameters);
}

/* Number and stamp of the rows with this result. */
static void add_rows(struct parameters *parameters, const struct gw_array *settlements, enum gw_settled settled)
{
    add_field(parameters, settlements, settled, offsetof(struct gw_outbox_settlement, number), FIELD_INT8);
    add_field(parameters, settlements, settled, offsetof(struct gw_outbox_settlement, stamp), FIELD_INT8);
}

static void add_done(struct gw_session *session, const struct queue *queue, struct gw_text destination,
                     const struct gw_array *settlements)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_SETTLED_DELIVERED) == 0)
        return;
    parameters = &session_query(session, &queue->done)->parameters;
    parameter_text(parameters, destination);
    if (queue->keeps_sent) {
        add_rows(parameters, settlements, GW_SETTLED_DELIVERED);
        add_field(parameters, settlements, GW_SETTLED_DELIVERED, offsetof(struct gw_outbox_settlement, answer),
                  FIELD_PROSE);
        parameters = &session_query(session, &repeat_statement)->parameters;
        parameter_text(parameters, destination);
        add_field(parameters, settlements, GW_SETTLED_DELIVERED, offsetof(struct gw_outbox_settlement, number),
                  FIELD_INT8);
        return;
    }
    add_ends(parameters, settlements, END_FIRST);
    add_ends(parameters, settlements, END_LAST);
    add_ends(parameters, settlements, END_AHEAD);
}

/* ---- failed and refused rows */

static void add_failed(struct gw_session *session, const struct queue *queue, struct gw_text destination,
                       const struct gw_array *settlements)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_SETTLED_FAILED) == 0)
        return;
    parameters = &session_query(session, &queue->failed)->parameters;
    parameter_text(parameters, destination);
    add_rows(parameters, settlements, GW_SETTLED_FAILED);
    add_field(parameters, settlements, GW_SETTLED_FAILED, offsetof(struct gw_outbox_settlement, attempts), FIELD_UINT4);
    add_field(parameters, settlements, GW_SETTLED_FAILED, offsetof(struct gw_outbox_settlement, delay_ms), FIELD_INT8);
    add_field(parameters, settlements, GW_SETTLED_FAILED, offsetof(struct gw_outbox_settlement, answer), FIELD_PROSE);
}

static void add_refused(struct gw_session *session, const struct queue *queue, struct gw_text destination,
                        const struct refusals *refusals, int64_t stamp)
{
    struct parameters *parameters;

    if (refusals->row_count == 0)
        return;
    parameters = &session_query(session, &queue->refused)->parameters;
    parameter_text(parameters, destination);
    refusals_add_rows(refusals, parameters);
    refusals_add_targets(refusals, parameters);
    parameter_int8(parameters, stamp);
}

/* ---- opened rows */

/* The number of the row that each draft is of. */
static void add_draft_rows(struct parameters *parameters, const struct gw_array *settlements)
{
    array_begin(parameters, PARAMETER_INT8);
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        for (uint32_t j = 0; j < settlement->drafts.count; j++)
            array_int8(parameters, settlement->number);
    }
    array_end(parameters);
}

/* One column of the drafts. */
static void add_draft_field(struct parameters *parameters, const struct gw_array *settlements, size_t field,
                            enum field_kind kind)
{
    parameter_field_begin(parameters, kind);
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        for (uint32_t j = 0; j < settlement->drafts.count; j++)
            parameter_field_add(parameters, kind, gw_array_at(&settlement->drafts, j), field);
    }
    array_end(parameters);
}

static void add_opened(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                       int64_t stamp)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_SETTLED_OPENED) == 0)
        return;
    parameters = &session_query(session, &opened_statement)->parameters;
    parameter_text(parameters, destination);
    add_rows(parameters, settlements, GW_SETTLED_OPENED);
    add_draft_rows(parameters, settlements);
    add_draft_field(parameters, settlements, offsetof(struct gw_notice_draft, event.recipient), FIELD_TEXT);
    add_draft_field(parameters, settlements, offsetof(struct gw_notice_draft, key), FIELD_TEXT);
    add_draft_field(parameters, settlements, offsetof(struct gw_notice_draft, line), FIELD_TEXT);
    add_draft_field(parameters, settlements, offsetof(struct gw_notice_draft, wait_ms), FIELD_INT8);
    add_draft_field(parameters, settlements, offsetof(struct gw_notice_draft, max), FIELD_UINT4);
    add_draft_field(parameters, settlements, offsetof(struct gw_notice_draft, repeat_ms), FIELD_INT8);
    parameter_int8(parameters, stamp);
}

/* ---- all of them */

static enum gw_status settle(struct gw_session *session, const struct queue *queue, struct gw_text destination,
                             const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    struct refusals refusals;
    enum gw_status status;

    session_begin(session);
    add_done(session, queue, destination, settlements);
    add_failed(session, queue, destination, settlements);
    add_opened(session, destination, settlements, stamp);
    status = refusals_collect(&refusals, settlements, reterr);
    add_refused(session, queue, destination, &refusals, stamp);
    refusals_done(&refusals);
    return status == GW_OK ? session_run_bound(session, reterr) : status;
}

static enum gw_status refuse_stranger(struct gw_text destination, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "the session does not hold the lease of %.*s", (int)destination.len,
                        destination.ptr);
}

enum gw_status outbox_settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr)
{
    enum gw_status status = gw_settlements_check(settlements, reterr);
    struct lease *lease;

    if (status == GW_OK)
        status = lease_find(session, destination, &lease, reterr);
    if (status != GW_OK)
        return status;
    if (lease == NULL)
        return refuse_stranger(destination, reterr);
    if (settlements->count == 0)
        return GW_OK;
    status = settle(session, &outbox, destination, settlements, stamp, reterr);
    if (status == GW_OK)
        floor_settle(&lease->floor, settlements);
    return status;
}

enum gw_status notices_settle(struct gw_session *session, struct gw_text destination,
                              const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    enum gw_status status = gw_notice_settlements_check(settlements, reterr);
    struct lease *lease;

    if (status == GW_OK)
        status = lease_find(session, destination, &lease, reterr);
    if (status != GW_OK)
        return status;
    if (lease == NULL)
        return refuse_stranger(destination, reterr);
    return settlements->count > 0 ? settle(session, &notices, destination, settlements, stamp, reterr) : GW_OK;
}

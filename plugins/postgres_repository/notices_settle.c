/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling notices: records what became of them in one round trip and one transaction. It uses the connection that
 * holds the lease (lease.h), so a session that lost the lease deletes nothing. outbox_settle.c settles events.
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

#define FAILED                                                                                             \
    "UPDATE notices o SET is_open = false, attempts = failed.attempts, last_error = failed.answer,"        \
    " due_at = CASE WHEN failed.delay_ms > 0 THEN now() + failed.delay_ms * interval '1 millisecond' END," \
    " wait_ms = failed.delay_ms"                                                                           \
    " FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])"                     \
    " AS failed (number, stamp, attempts, delay_ms, answer)" FIND_NUMBERS(                                 \
        "notices") "= failed.number AND stamp = failed.stamp" AND_CHANGE

/* Runs after SENT, in its transaction, so now() is the same: the notices of the groups that were sent wait. */
static const struct statement repeat_statement = {
    .name = "notices_repeat",
    .sql = "UPDATE notices o SET due_at = greatest(o.due_at, s.sent_at + o.repeat_ms * interval '1 millisecond'),"
           " wait_ms = CASE WHEN o.due_at > s.sent_at + o.repeat_ms * interval '1 millisecond' THEN o.wait_ms"
           " ELSE o.repeat_ms END"
           " FROM sent_notices s CROSS JOIN LATERAL (SELECT ctid AS place FROM notices WHERE destination = $1"
           " AND recipient = s.recipient AND group_key = s.group_key AND repeat_ms > 0" AND_CHANGE
           " AND s.destination = $1 AND s.group_key <> '' AND s.sent_at = date_trunc('milliseconds', now())"
           " AND s.number = ANY ($2::bigint[])",
    .is_change = true,
};

static const struct statement sent_statement = {.name = "notices_sent", .sql = SENT, .is_change = true};

static const struct statement failed_statement = {.name = "notices_failed", .sql = FAILED, .is_change = true};

/* If a notice is gone, it was settled before, and nothing is stored for it. */
static const struct statement refused_statement = {
    .name = "notices_refused",
    .sql = "SELECT refuse_notices($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    .is_change = true,
};

static uint32_t count_of(const struct gw_array *settlements, enum gw_settled settled)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < settlements->count; i++)
        count += gw_settlement_of_one(gw_array_at(settlements, i)) == settled;
    return count;
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

static void add_sent(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_SETTLED_DELIVERED) == 0)
        return;
    parameters = &session_query(session, &sent_statement)->parameters;
    parameter_text(parameters, destination);
    add_rows(parameters, settlements, GW_SETTLED_DELIVERED);
    add_field(parameters, settlements, GW_SETTLED_DELIVERED, offsetof(struct gw_outbox_settlement, answer),
              FIELD_PROSE);
    parameters = &session_query(session, &repeat_statement)->parameters;
    parameter_text(parameters, destination);
    add_field(parameters, settlements, GW_SETTLED_DELIVERED, offsetof(struct gw_outbox_settlement, number), FIELD_INT8);
}

static void add_failed(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_SETTLED_FAILED) == 0)
        return;
    parameters = &session_query(session, &failed_statement)->parameters;
    parameter_text(parameters, destination);
    add_rows(parameters, settlements, GW_SETTLED_FAILED);
    add_field(parameters, settlements, GW_SETTLED_FAILED, offsetof(struct gw_outbox_settlement, attempts), FIELD_UINT4);
    add_field(parameters, settlements, GW_SETTLED_FAILED, offsetof(struct gw_outbox_settlement, delay_ms), FIELD_INT8);
    add_field(parameters, settlements, GW_SETTLED_FAILED, offsetof(struct gw_outbox_settlement, answer), FIELD_PROSE);
}

static void add_refused(struct gw_session *session, struct gw_text destination, const struct refusals *refusals,
                        int64_t stamp)
{
    struct parameters *parameters;

    if (refusals->row_count == 0)
        return;
    parameters = &session_query(session, &refused_statement)->parameters;
    parameter_text(parameters, destination);
    refusals_add_blocks(refusals, parameters);
    refusals_add_letters(refusals, parameters);
    refusals_add_targets(refusals, parameters);
    parameter_int8(parameters, stamp);
}

static enum gw_status settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr)
{
    struct refusals refusals;
    enum gw_status status;

    session_begin(session);
    add_sent(session, destination, settlements);
    add_failed(session, destination, settlements);
    status = refusals_collect(&refusals, settlements, true, reterr);
    add_refused(session, destination, &refusals, stamp);
    refusals_done(&refusals);
    return status == GW_OK ? session_run_bound(session, reterr) : status;
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
        return lease_refuse(destination, reterr);
    return settlements->count > 0 ? settle(session, destination, settlements, stamp, reterr) : GW_OK;
}

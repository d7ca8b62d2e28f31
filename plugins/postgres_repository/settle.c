/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling: what became of rows, in one round trip and one transaction. It goes to the connection that holds the lease
 * or nowhere (lease.h), so who lost it deletes nothing.
 */
#include "lease.h"
#include "operations.h"

#include <gangway/sdk/delivery.h>

#include <stddef.h>

/*
 * Rows are found by their numbers first, and changed by their place: a plain join would let the planner, which often
 * knows a queue only as it was when it was empty, read all rows of the destination for a few numbers.
 */
#define FIND_NUMBERS " CROSS JOIN LATERAL (SELECT ctid AS place FROM outbox WHERE destination = $1 AND number "
#define AND_CHANGE   " OFFSET 0) AS found WHERE o.ctid = found.place"

/* By ranges, because rows of one apply follow each other in number and stamp; as one list, because nothing else of it
 * is needed. */
static const struct statement done_statement = {
    .name = "outbox_done",
    .sql = "DELETE FROM outbox WHERE ctid = ANY (ARRAY (SELECT place FROM"
           " unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS done (first, last, ahead)" FIND_NUMBERS
           "BETWEEN done.first AND done.last AND stamp - number = done.ahead OFFSET 0) AS found))",
    .is_change = true,
};

static const struct statement retry_statement = {
    .name = "outbox_retry",
    .sql =
        "UPDATE outbox o SET attempts = o.attempts + 1, last_error = retry.reason,"
        " due_at = CASE WHEN retry.delay_ms > 0 THEN now() + retry.delay_ms * interval '1 millisecond' END"
        " FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[])"
        " AS retry (number, stamp, delay_ms, reason)" FIND_NUMBERS "= retry.number AND stamp = retry.stamp" AND_CHANGE,
    .is_change = true,
};

/* A notice in a dead row's place goes to the end of its destination's queue. Of a row that is gone nothing is made. */
static const struct statement dead_statement = {
    .name = "outbox_dead",
    .sql =
        "WITH dead AS (DELETE FROM outbox o USING unnest($2::bigint[], $3::bigint[], $4::text[])"
        " AS died (number, stamp, reason)" FIND_NUMBERS "= died.number AND stamp = died.stamp" AND_CHANGE
        " RETURNING o.*, coalesce(o.event_at, o.created_at) AS happened_at, died.reason),"
        " letters AS (INSERT INTO dead_letters (kind, at, entrypoint, source, \"offset\", line, identity, type, key,"
        " headers, payload, reason, full_len, digest, flags, recipient, sequence, event_at)"
        " SELECT 2, now(), destination, '', -1, 0, id, type, convert_to(sku, 'UTF8'), headers, payload, reason,"
        " octet_length(payload), decode(repeat('00', 16), 'hex'), 0, recipient, sequence, happened_at"
        " FROM dead ORDER BY number)"
        " INSERT INTO outbox (destination, number, stamp, recipient, id, type, sku, payload, headers, sequence,"
        " event_at, created_at)"
        " SELECT destination, nextval('blocks'), $8 + place - 1, recipient, id, type, sku, payload, headers, sequence,"
        " happened_at, now() FROM"
        " (SELECT t.destination, t.recipient, dead.id, dead.type, dead.sku, dead.payload, dead.headers,"
        " dead.sequence, dead.happened_at, row_number() OVER (ORDER BY dead.number, t.place) AS place"
        " FROM dead JOIN unnest($5::bigint[], $6::text[], $7::text[]) WITH ORDINALITY"
        " AS t (number, destination, recipient, place) ON t.number = dead.number ORDER BY 10) AS instead",
    .is_change = true,
};

static uint32_t count_of(const struct gw_array *settlements, uint32_t delivery)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        count += settlement->delivery == delivery;
    }
    return count;
}

/* The next settlement from *index on that says this; NULL: there is none. */
static const struct gw_outbox_settlement *next_of(const struct gw_array *settlements, uint32_t delivery,
                                                  uint32_t *index)
{
    while (*index < settlements->count) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, (*index)++);

        if (settlement->delivery == delivery)
            return settlement;
    }
    return NULL;
}

/* ---- what goes */

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

static void add_done(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_DELIVERY_DONE) == 0)
        return;
    parameters = &session_query(session, &done_statement)->parameters;
    parameter_text(parameters, destination);
    add_ends(parameters, settlements, END_FIRST);
    add_ends(parameters, settlements, END_LAST);
    add_ends(parameters, settlements, END_AHEAD);
}

/* ---- what stays, and what dies */

/* One of the numbers of each; offset: where it stands in a settlement. */
static void add_numbers(struct parameters *parameters, const struct gw_array *settlements, uint32_t delivery,
                        size_t offset)
{
    const struct gw_outbox_settlement *settlement;
    uint32_t index = 0;

    array_begin(parameters, PARAMETER_INT8);
    while ((settlement = next_of(settlements, delivery, &index)) != NULL)
        array_int8(parameters, *(const int64_t *)(const void *)((const char *)settlement + offset));
    array_end(parameters);
}

/* Which rows: by number and stamp. */
static void add_rows(struct parameters *parameters, const struct gw_array *settlements, uint32_t delivery)
{
    add_numbers(parameters, settlements, delivery, offsetof(struct gw_outbox_settlement, number));
    add_numbers(parameters, settlements, delivery, offsetof(struct gw_outbox_settlement, stamp));
}

/* The other side's answers: any bytes. */
static void add_reasons(struct parameters *parameters, const struct gw_array *settlements, uint32_t delivery)
{
    const struct gw_outbox_settlement *settlement;
    uint32_t index = 0;

    array_begin(parameters, PARAMETER_TEXT);
    while ((settlement = next_of(settlements, delivery, &index)) != NULL)
        array_loose_text(parameters, settlement->reason);
    array_end(parameters);
}

static void add_retries(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_DELIVERY_RETRY) == 0)
        return;
    parameters = &session_query(session, &retry_statement)->parameters;
    parameter_text(parameters, destination);
    add_rows(parameters, settlements, GW_DELIVERY_RETRY);
    add_numbers(parameters, settlements, GW_DELIVERY_RETRY, offsetof(struct gw_outbox_settlement, delay_ms));
    add_reasons(parameters, settlements, GW_DELIVERY_RETRY);
}

enum target_column { TARGET_NUMBER, TARGET_DESTINATION, TARGET_RECIPIENT };

/* One column of the targets of all that die, in their order. */
static void add_targets(struct parameters *parameters, const struct gw_array *settlements, enum target_column column)
{
    const struct gw_outbox_settlement *settlement;
    uint32_t index = 0;

    array_begin(parameters, column == TARGET_NUMBER ? PARAMETER_INT8 : PARAMETER_TEXT);
    while ((settlement = next_of(settlements, GW_DELIVERY_DEAD, &index)) != NULL) {
        for (uint32_t i = 0; i < settlement->targets.count; i++) {
            const struct gw_outbox_target *target = gw_array_at(&settlement->targets, i);

            if (column == TARGET_NUMBER)
                array_int8(parameters, settlement->number);
            else
                array_text(parameters, column == TARGET_DESTINATION ? target->destination : target->recipient);
        }
    }
    array_end(parameters);
}

static void add_dead(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                     int64_t stamp)
{
    struct parameters *parameters;

    if (count_of(settlements, GW_DELIVERY_DEAD) == 0)
        return;
    parameters = &session_query(session, &dead_statement)->parameters;
    parameter_text(parameters, destination);
    add_rows(parameters, settlements, GW_DELIVERY_DEAD);
    add_reasons(parameters, settlements, GW_DELIVERY_DEAD);
    add_targets(parameters, settlements, TARGET_NUMBER);
    add_targets(parameters, settlements, TARGET_DESTINATION);
    add_targets(parameters, settlements, TARGET_RECIPIENT);
    parameter_int8(parameters, stamp);
}

/* ---- all of them */

enum gw_status outbox_settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr)
{
    struct lease *lease = lease_find(session, destination);
    enum gw_status status = gw_settlements_check(settlements, reterr);

    if (status != GW_OK)
        return status;
    if (lease == NULL)
        return gw_error_set(reterr, GW_CONFLICT, "the session does not hold the lease of %.*s", (int)destination.len,
                            destination.ptr);
    if (settlements->count == 0)
        return GW_OK;
    session_begin(session);
    add_done(session, destination, settlements);
    add_retries(session, destination, settlements);
    add_dead(session, destination, settlements, stamp);
    status = session_run_bound(session, reterr);
    if (status == GW_OK)
        floor_settle(&lease->floor, settlements);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling events: records the results of deliveries in one round trip and one transaction. It uses the connection that
 * holds the lease (lease.h), so a session that lost the lease deletes nothing. notices_settle.c settles notices.
 */
#include "fields.h"
#include "lease.h"
#include "openings.h"
#include "operations.h"
#include "refusals.h"

#include <gangway/sdk/delivery.h>

#include <stddef.h>
#include <stdlib.h>

static const struct statement settle_statement = {
    .name = "outbox_settle",
    .sql = "SELECT settle_outbox($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
           " $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,"
           " $41, $42, $43, $44, $45)",
    .is_change = true,
};

/* Where everything was delivered. $6: the commit need not wait for the disk, but for a standby that has to confirm. */
static const struct statement delivered_statement = {
    .name = "outbox_delivered",
    .sql = "SELECT settle_blocks($1, $2, $3, $4, $5), CASE WHEN $6::bigint > 0 AND"
           " current_setting('synchronous_standby_names') = '' THEN set_config('synchronous_commit', 'off', true) END",
    .is_change = true,
};

static const struct gw_outbox_settlement *settlement_at(const struct gw_array *settlements, uint32_t index)
{
    return gw_array_at(settlements, index);
}

static bool is_final(const struct gw_outbox_settlement *settlement)
{
    return settlement->from < settlement->to;
}

/* One column of the final settlements, or of the others. */
static void add_field(struct parameters *parameters, const struct gw_array *settlements, bool of_final, size_t field,
                      enum field_kind kind)
{
    parameter_field_begin(parameters, kind);
    for (uint32_t i = 0; i < settlements->count; i++)
        if (is_final(settlement_at(settlements, i)) == of_final)
            parameter_field_add(parameters, kind, settlement_at(settlements, i), field);
    array_end(parameters);
}

/* Whether the settlement after this one begins where this one ends. */
static bool is_followed(const struct gw_array *settlements, uint32_t index)
{
    const struct gw_outbox_settlement *one = settlement_at(settlements, index);
    const struct gw_outbox_settlement *next;

    if (index + 1 == settlements->count)
        return false;
    next = settlement_at(settlements, index + 1);
    return next->number == one->number && next->stamp == one->stamp && next->from == one->to && is_final(next);
}

/* Where each final settlement ends together with those that follow it in the same block. */
static void add_ends(struct parameters *parameters, const struct gw_array *settlements)
{
    uint32_t last = 0;

    array_begin(parameters, PARAMETER_INT8);
    for (uint32_t i = 0; i < settlements->count; i++) {
        if (!is_final(settlement_at(settlements, i)))
            continue;
        for (last = last < i ? i : last; is_followed(settlements, last);)
            last++;
        array_int8(parameters, settlement_at(settlements, last)->to);
    }
    array_end(parameters);
}

static void add_final(struct parameters *parameters, const struct gw_array *settlements)
{
    add_field(parameters, settlements, true, offsetof(struct gw_outbox_settlement, number), FIELD_INT8);
    add_field(parameters, settlements, true, offsetof(struct gw_outbox_settlement, stamp), FIELD_INT8);
    add_field(parameters, settlements, true, offsetof(struct gw_outbox_settlement, from), FIELD_UINT4);
    add_ends(parameters, settlements);
}

static void add_failed(struct parameters *parameters, const struct gw_array *settlements)
{
    add_field(parameters, settlements, false, offsetof(struct gw_outbox_settlement, number), FIELD_INT8);
    add_field(parameters, settlements, false, offsetof(struct gw_outbox_settlement, stamp), FIELD_INT8);
    add_field(parameters, settlements, false, offsetof(struct gw_outbox_settlement, from), FIELD_UINT4);
    add_field(parameters, settlements, false, offsetof(struct gw_outbox_settlement, attempts), FIELD_UINT4);
    add_field(parameters, settlements, false, offsetof(struct gw_outbox_settlement, delay_ms), FIELD_INT8);
    add_field(parameters, settlements, false, offsetof(struct gw_outbox_settlement, answer), FIELD_PROSE);
}

static enum gw_status add_refused(struct parameters *parameters, const struct gw_array *settlements,
                                  struct gw_error *reterr)
{
    struct refusals refusals;
    enum gw_status status = refusals_collect(&refusals, settlements, false, reterr);

    refusals_add_places(&refusals, parameters);
    refusals_add_letters(&refusals, parameters);
    refusals_add_targets(&refusals, parameters);
    refusals_done(&refusals);
    return status;
}

static enum gw_status add_opened(struct parameters *parameters, const struct gw_array *settlements,
                                 struct gw_error *reterr)
{
    struct openings openings;
    enum gw_status status = openings_collect(&openings, settlements, reterr);

    openings_add(&openings, parameters);
    openings_done(&openings);
    return status;
}

static bool are_delivered(const struct gw_array *settlements)
{
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = settlement_at(settlements, i);

        if (!is_final(settlement) || settlement->refusals.count > 0 || settlement->drafts.count > 0)
            return false;
    }
    return true;
}

/* Waits for the disk only while there is a backlog: the next group would have to (unflushed.h), and then each commit is
 * for many events. */
static enum gw_status settle_delivered(struct gw_session *session, struct lease *lease, struct gw_text destination,
                                       const struct gw_array *settlements, struct gw_error *reterr)
{
    bool is_unflushed = lease->floor.has_end;
    struct parameters *parameters;
    enum gw_status status;

    session_begin(session);
    parameters = &session_query(session, &delivered_statement)->parameters;
    parameter_text(parameters, destination);
    add_final(parameters, settlements);
    parameter_int8(parameters, is_unflushed);
    status = session_run_bound(session, reterr);
    if (status == GW_OK && is_unflushed)
        unflushed_note(&lease->unflushed);
    return status;
}

static enum gw_status settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr)
{
    struct parameters *parameters;
    enum gw_status status;

    session_begin(session);
    parameters = &session_query(session, &settle_statement)->parameters;
    parameter_text(parameters, destination);
    parameter_int8(parameters, stamp);
    add_final(parameters, settlements);
    add_failed(parameters, settlements);
    status = add_refused(parameters, settlements, reterr);
    if (status == GW_OK)
        status = add_opened(parameters, settlements, reterr);
    return status == GW_OK ? session_run_bound(session, reterr) : status;
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
        return lease_refuse(destination, reterr);
    if (settlements->count == 0)
        return GW_OK;
    status = are_delivered(settlements) ? settle_delivered(session, lease, destination, settlements, reterr)
                                        : settle(session, destination, settlements, stamp, reterr);
    if (status == GW_OK)
        floor_settle(&lease->floor, settlements);
    return status;
}

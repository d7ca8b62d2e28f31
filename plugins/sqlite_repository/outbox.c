/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox: numbers come from a counter in the same transaction, so a number never repeats after its row was removed. A
 * row that is due at once has the due time 0. */
#include "operations.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/delivery.h>
#include <gangway/sdk/show.h>

static enum gw_status add_row(struct gw_session *session, const struct gw_outbox_row *row, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_ROW);

    sqlite3_bind_int64(statement, 1, row->number);
    bind_text(statement, 2, row->destination);
    bind_text(statement, 3, row->recipient);
    bind_text(statement, 4, row->id);
    bind_text(statement, 5, row->type);
    bind_text(statement, 6, row->sku);
    bind_text(statement, 7, row->payload);
    bind_text(statement, 8, row->headers);
    sqlite3_bind_int64(statement, 9, row->queued_unix_ms);
    sqlite3_bind_int64(statement, 10, row->stamp);
    sqlite3_bind_int64(statement, 11, row->sequence);
    if (row->event_unix_ms == row->queued_unix_ms)
        sqlite3_bind_null(statement, 12);
    else
        sqlite3_bind_int64(statement, 12, row->event_unix_ms);
    return session_change(session, statement, NULL, reterr);
}

enum gw_status outbox_add(struct gw_session *session, const struct gw_changeset *set, int64_t now_ms,
                          const int64_t *counters, int64_t *ret_first, struct gw_error *reterr)
{
    enum gw_status status;

    if (set->effects.count == 0)
        return GW_OK;
    status = session_take_numbers(session, "outbox", set->effects.count, ret_first, reterr);
    for (uint32_t i = 0; i < set->effects.count && status == GW_OK; i++) {
        const struct gw_effect *effect = gw_array_at(&set->effects, i);
        struct gw_outbox_row row = gw_outbox_row_of_effect(set, i, counters[effect->product], now_ms);

        row.number = *ret_first + i;
        status = add_row(session, &row, reterr);
    }
    return status;
}

/* ---- reporting */

static enum gw_status tell_row(sqlite3_stmt *statement, int64_t now_ms, const struct gw_outbox_visitor *visitor)
{
    int64_t queued_ms = sqlite3_column_int64(statement, 8);
    struct gw_outbox_row row = {
        .number = sqlite3_column_int64(statement, 0),
        .destination = column_bytes(statement, 1),
        .recipient = column_bytes(statement, 2),
        .id = column_bytes(statement, 3),
        .type = column_bytes(statement, 4),
        .sku = column_bytes(statement, 5),
        .payload = column_bytes(statement, 6),
        .headers = column_bytes(statement, 7),
        .attempts = (uint32_t)sqlite3_column_int64(statement, 9),
        .stamp = sqlite3_column_int64(statement, 10),
        .sequence = sqlite3_column_int64(statement, 11),
        .event_unix_ms = sqlite3_column_int64(statement, 12),
        .queued_unix_ms = queued_ms,
        .age_ms = gw_age_ms(now_ms, queued_ms),
    };

    return visitor->row(visitor->context, &row);
}

static enum gw_status tell_rows(struct gw_session *session, sqlite3_stmt *statement, int64_t now_ms,
                                const struct gw_outbox_visitor *visitor, struct gw_error *reterr)
{
    enum gw_status status;
    bool found;

    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        status = tell_row(statement, now_ms, visitor);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "the outbox", reterr);
        }
    }
    return status;
}

/* A row is waiting when its due time is after now and not after last. */
static enum gw_status read_due_in(struct gw_session *session, struct gw_text destination, int64_t after, int64_t now_ms,
                                  int64_t last_ms, int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_OUTBOX_DUE);
    enum gw_status status;
    bool found;

    *ret_due_in_ms = GW_DUE_NEVER;
    bind_text(statement, 1, destination);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    status = session_row(session, statement, &found, reterr);
    if (status == GW_OK && found) {
        *ret_due_in_ms = sqlite3_column_int64(statement, 0) - now_ms;
        (void)sqlite3_reset(statement);
    }
    return status;
}

enum gw_status outbox_tell(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                           struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_OUTBOX);
    int64_t now_ms = session->host->unix_ms(session->host);
    int64_t last_ms = gw_time_after(now_ms, longest_wait_ms);
    enum gw_status status = session_begin_read(session, reterr);

    if (status != GW_OK)
        return status;
    bind_text(statement, 1, destination);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    sqlite3_bind_int64(statement, 5, limit);
    status = tell_rows(session, statement, now_ms, visitor, reterr);
    if (status == GW_OK)
        status = read_due_in(session, destination, after, now_ms, last_ms, ret_due_in_ms, reterr);
    session_end_read(session);
    return status;
}

enum gw_status outbox_tell_figures(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                   struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_FIGURES);
    int64_t now_ms = session->host->unix_ms(session->host);
    enum gw_status status;
    bool found;

    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        struct gw_outbox_figure figure = {
            .destination = column_bytes(statement, 0),
            .pending = (uint64_t)sqlite3_column_int64(statement, 1),
            .oldest_unix_ms = sqlite3_column_int64(statement, 2),
            .oldest_age_ms = gw_age_ms(now_ms, sqlite3_column_int64(statement, 2)),
        };

        status = visitor->figure(visitor->context, &figure);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "figures", reterr);
        }
    }
    return status;
}

/* ---- settling */

struct settling {
    struct gw_session *session;
    struct gw_text destination;
    int64_t now_ms;
    int64_t next_stamp; /* of the next row for a target */
};

static enum gw_status add_targets(struct settling *settling, const struct gw_outbox_refusal *refusal,
                                  struct gw_error *reterr)
{
    int64_t number = 0;
    enum gw_status status = GW_OK;

    if (refusal->targets.count > 0)
        status = session_take_numbers(settling->session, "outbox", refusal->targets.count, &number, reterr);
    for (uint32_t i = 0; i < refusal->targets.count && status == GW_OK; i++) {
        struct gw_outbox_row row = gw_outbox_row_instead(&refusal->entry, gw_array_at(&refusal->targets, i),
                                                         settling->next_stamp++, settling->now_ms);

        row.number = number + i;
        status = add_row(settling->session, &row, reterr);
    }
    return status;
}

/* So many rows from this one on, each with a number and a stamp that are one more than those of the row before. */
static enum gw_status remove_rows(const struct settling *settling, const struct gw_outbox_settlement *first,
                                  uint32_t count, int *ret_removed, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_SETTLE_DONE);

    sqlite3_bind_int64(statement, 1, first->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, first->stamp - first->number);
    sqlite3_bind_int64(statement, 4, first->number + count - 1);
    return session_change(settling->session, statement, ret_removed, reterr);
}

/* If the row is gone, it was settled before, and nothing is stored. */
static enum gw_status settle_refused(struct settling *settling, const struct gw_outbox_settlement *settlement,
                                     struct gw_error *reterr)
{
    const struct gw_outbox_refusal *refusal = settlement->refusals.items;
    struct gw_dead_entry entry = gw_dead_entry_of_refusal(refusal, settling->now_ms);
    int removed = 0;
    enum gw_status status = remove_rows(settling, settlement, 1, &removed, reterr);

    if (status != GW_OK || removed == 0)
        return status;
    if (!refusal->is_rerouted)
        status = dead_add(settling->session, &entry, reterr);
    return status == GW_OK ? add_targets(settling, refusal, reterr) : status;
}

static enum gw_status settle_failed(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                    struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_SETTLE_FAILED);

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    sqlite3_bind_int64(statement, 4, gw_time_after(settling->now_ms, settlement->delay_ms));
    bind_text(statement, 5, settlement->answer);
    sqlite3_bind_int64(statement, 6, settlement->attempts);
    return session_change(settling->session, statement, NULL, reterr);
}

static enum gw_status settle(struct settling *settling, const struct gw_outbox_settlement *settlement,
                             struct gw_error *reterr)
{
    switch (gw_settlement_of_one(settlement)) {
    case GW_SETTLED_NOTHING:
    case GW_SETTLED_DELIVERED: /* in runs */
        break;
    case GW_SETTLED_REFUSED:
        return settle_refused(settling, settlement, reterr);
    case GW_SETTLED_FAILED:
        return settle_failed(settling, settlement, reterr);
    }
    return GW_OK;
}

static enum gw_status settle_all(struct settling *settling, const struct gw_array *settlements, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < settlements->count && status == GW_OK;) {
        uint32_t delivered = gw_settlement_run(settlements, i);

        if (delivered > 0)
            status = remove_rows(settling, gw_array_at(settlements, i), delivered, NULL, reterr);
        else
            status = settle(settling, gw_array_at(settlements, i), reterr);
        i += delivered > 0 ? delivered : 1;
    }
    return status;
}

enum gw_status outbox_settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr)
{
    struct settling settling = {.session = session, .destination = destination, .next_stamp = stamp};
    enum gw_status status = gw_settlements_check(settlements, reterr);

    if (status == GW_OK)
        status = session_begin_write(session, reterr);
    if (status != GW_OK)
        return status;
    settling.now_ms = session->host->unix_ms(session->host);
    status = settle_all(&settling, settlements, reterr);
    return session_end_write(session, status, reterr);
}

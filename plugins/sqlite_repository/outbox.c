/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox: numbers come from a counter in the same transaction, so they never repeat, however many rows went. */
#include "operations.h"

enum gw_status outbox_add(struct session *session, const struct gw_changeset *set, int64_t *ret_first,
                          struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_EFFECT);
    enum gw_status status;

    if (set->effects.count == 0)
        return GW_OK;
    status = session_take_numbers(session, "outbox", set->effects.count, ret_first, reterr);
    for (uint32_t i = 0; i < set->effects.count && status == GW_OK; i++) {
        const struct gw_effect *effect = gw_array_at(&set->effects, i);
        const struct gw_product_change *product;

        if (effect->product >= set->products.count)
            return gw_error_set(reterr, GW_INTERNAL, "a changeset of %u products names number %u", set->products.count,
                                effect->product);
        product = gw_array_at(&set->products, effect->product);
        sqlite3_bind_int64(statement, 1, *ret_first + i);
        bind_text(statement, 2, effect->destination);
        bind_text(statement, 3, effect->recipient);
        bind_text(statement, 4, effect->id);
        bind_text(statement, 5, effect->type);
        bind_text(statement, 6, product->sku);
        bind_text(statement, 7, effect->payload);
        bind_text(statement, 8, effect->headers);
        sqlite3_bind_int64(statement, 9, set->unix_ms);
        status = session_change(session, statement, NULL, reterr);
    }
    return status;
}

/* ---- telling */

static enum gw_status tell_row(sqlite3_stmt *statement, const struct gw_outbox_visitor *visitor)
{
    struct gw_outbox_row row = {
        .number = sqlite3_column_int64(statement, 0),
        .destination = column_bytes(statement, 1),
        .recipient = column_bytes(statement, 2),
        .id = column_bytes(statement, 3),
        .type = column_bytes(statement, 4),
        .sku = column_bytes(statement, 5),
        .payload = column_bytes(statement, 6),
        .headers = column_bytes(statement, 7),
        .created_unix_ms = sqlite3_column_int64(statement, 8),
        .due_unix_ms = sqlite3_column_int64(statement, 9),
        .attempts = (uint32_t)sqlite3_column_int64(statement, 10),
    };

    return visitor->row(visitor->context, &row);
}

static enum gw_status tell_rows(struct session *session, sqlite3_stmt *statement,
                                const struct gw_outbox_visitor *visitor, struct gw_error *reterr)
{
    enum gw_status status;
    bool found;

    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        status = tell_row(statement, visitor);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_error_set(reterr, status, "the reader of the outbox gave up");
        }
    }
    return status;
}

static enum gw_status read_next_due(struct session *session, struct gw_text destination, int64_t after, int64_t now_ms,
                                    int64_t *ret_next_due_ms, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_OUTBOX_DUE);
    enum gw_status status;
    bool found;

    *ret_next_due_ms = 0;
    bind_text(statement, 1, destination);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, now_ms);
    status = session_row(session, statement, &found, reterr);
    if (status == GW_OK && found) {
        *ret_next_due_ms = sqlite3_column_int64(statement, 0);
        (void)sqlite3_reset(statement);
    }
    return status;
}

enum gw_status outbox_tell(struct session *session, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t now_ms, const struct gw_outbox_visitor *visitor, int64_t *ret_next_due_ms,
                           struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_OUTBOX);
    enum gw_status status = session_begin_read(session, reterr);

    if (status != GW_OK)
        return status;
    bind_text(statement, 1, destination);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, now_ms);
    sqlite3_bind_int64(statement, 4, limit);
    status = tell_rows(session, statement, visitor, reterr);
    if (status == GW_OK)
        status = read_next_due(session, destination, after, now_ms, ret_next_due_ms, reterr);
    session_end_read(session);
    return status;
}

enum gw_status outbox_tell_figures(struct session *session, const struct gw_outbox_figure_visitor *visitor,
                                   struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_FIGURES);
    enum gw_status status;
    bool found;

    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        struct gw_outbox_figure figure = {
            .destination = column_bytes(statement, 0),
            .pending = (uint64_t)sqlite3_column_int64(statement, 1),
            .oldest_unix_ms = sqlite3_column_int64(statement, 2),
        };

        status = visitor->figure(visitor->context, &figure);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_error_set(reterr, status, "the reader of figures gave up");
        }
    }
    return status;
}

/* ---- settling */

static enum gw_status settle_as(struct session *session, enum statement which, struct gw_text destination,
                                const struct gw_outbox_settlement *settlement, int64_t ms, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, which);

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, destination);
    if (which != STATEMENT_SETTLE_DONE) {
        sqlite3_bind_int64(statement, 3, ms);
        bind_text(statement, 4, settlement->reason);
    }
    return session_change(session, statement, NULL, reterr);
}

/* Rows in the place of the one that dies, which is still there. Where it is gone, numbers are all that is taken. */
static enum gw_status add_targets(struct session *session, struct gw_text destination,
                                  const struct gw_outbox_settlement *settlement, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_TARGET);
    int64_t first = 0;
    enum gw_status status;

    if (settlement->targets.count == 0)
        return GW_OK;
    status = session_take_numbers(session, "outbox", settlement->targets.count, &first, reterr);
    for (uint32_t i = 0; i < settlement->targets.count && status == GW_OK; i++) {
        const struct gw_outbox_target *target = gw_array_at(&settlement->targets, i);

        sqlite3_bind_int64(statement, 1, settlement->number);
        bind_text(statement, 2, destination);
        sqlite3_bind_int64(statement, 3, first + i);
        bind_text(statement, 4, target->destination);
        bind_text(statement, 5, target->recipient);
        status = session_change(session, statement, NULL, reterr);
    }
    return status;
}

static enum gw_status settle(struct session *session, struct gw_text destination,
                             const struct gw_outbox_settlement *settlement, struct gw_error *reterr)
{
    const struct gw_host *host = session->host;
    enum gw_status status = GW_OK;

    switch (settlement->delivery) {
    case GW_DELIVERY_RETRY:
        return settle_as(session, STATEMENT_SETTLE_RETRY, destination, settlement, settlement->due_unix_ms, reterr);
    case GW_DELIVERY_DEAD:
        status = settle_as(session, STATEMENT_SETTLE_DEAD, destination, settlement, host->unix_ms(host), reterr);
        if (status == GW_OK)
            status = add_targets(session, destination, settlement, reterr);
        break;
    case GW_DELIVERY_DONE:
        break;
    default:
        return gw_error_set(reterr, GW_INVALID, "no such delivery: %u", settlement->delivery);
    }
    if (status == GW_OK)
        status = settle_as(session, STATEMENT_SETTLE_DONE, destination, settlement, 0, reterr);
    return status;
}

enum gw_status outbox_settle(struct session *session, struct gw_text destination, const struct gw_array *settlements,
                             struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(session, reterr);

    if (status != GW_OK)
        return status;
    for (uint32_t i = 0; i < settlements->count && status == GW_OK; i++)
        status = settle(session, destination, gw_array_at(settlements, i), reterr);
    return session_end_write(session, status, reterr);
}

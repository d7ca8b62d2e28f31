/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stock: products, batches and lines of a changeset. Each change counts the rows that matched what the core expected.
 * The text of a conflict has what is stored and what was expected.
 */
#include "eta.h"
#include "operations.h"

#include <gangway/sdk/changeset.h>

/* A violation of CHECK batches_sold, with a text that names the batch. */
static enum gw_status name_refused(enum gw_status status, struct gw_text ref, int64_t purchased, int64_t allocated,
                                   struct gw_error *reterr)
{
    if (status == GW_PERMANENT)
        (void)gw_quantities_check(ref, purchased, allocated, reterr);
    return status;
}

/* Runs a change. *ret_is_met: it matched its row. */
static enum gw_status change_one(struct gw_session *session, sqlite3_stmt *statement, bool *ret_is_met,
                                 struct gw_error *reterr)
{
    int count = 0;
    enum gw_status status = session_change(session, statement, &count, reterr);

    *ret_is_met = count == 1;
    return status;
}

/* ---- products */

/* A product as stored; all zero if it does not exist. */
struct stored_product {
    int64_t version;
    int64_t stamp;
    int64_t events;
};

static enum gw_status read_product(struct gw_session *session, struct gw_text sku, struct stored_product *ret_stored,
                                   struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_PRODUCT);
    enum gw_status status;
    bool found;

    *ret_stored = (struct stored_product){0};
    bind_text(statement, 1, sku);
    status = session_row(session, statement, &found, reterr);
    if (status != GW_OK || !found)
        return status;
    ret_stored->version = sqlite3_column_int64(statement, 0);
    ret_stored->stamp = sqlite3_column_int64(statement, 1);
    ret_stored->events = sqlite3_column_int64(statement, 2);
    (void)sqlite3_reset(statement);
    return GW_OK;
}

static enum gw_status compare_one(struct gw_session *session, const struct gw_product_change *change,
                                  int64_t *ret_events, struct gw_error *reterr)
{
    struct stored_product stored;
    enum gw_status status = read_product(session, change->sku, &stored, reterr);

    *ret_events = stored.events;
    return status == GW_OK ? gw_product_verdict(change, stored.version, stored.stamp, reterr) : status;
}

static enum gw_status add_product(struct gw_session *session, const struct gw_product_change *change, int64_t stamp,
                                  bool *ret_is_met, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_PRODUCT);

    bind_text(statement, 1, change->sku);
    sqlite3_bind_int64(statement, 2, change->version);
    sqlite3_bind_int64(statement, 3, stamp);
    sqlite3_bind_int64(statement, 4, change->events);
    return change_one(session, statement, ret_is_met, reterr);
}

/* Compares and updates with one access to the row. */
static enum gw_status update_product(struct gw_session *session, const struct gw_product_change *change, int64_t stamp,
                                     bool *ret_is_met, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_CHANGE_PRODUCT);

    bind_text(statement, 1, change->sku);
    sqlite3_bind_int64(statement, 2, change->version);
    sqlite3_bind_int64(statement, 3, stamp);
    sqlite3_bind_int64(statement, 4, change->events);
    sqlite3_bind_int64(statement, 5, change->expected);
    sqlite3_bind_int64(statement, 6, change->stamp);
    return change_one(session, statement, ret_is_met, reterr);
}

/* *ret_events: its event counter before. */
static enum gw_status change_product(struct gw_session *session, const struct gw_changeset *set,
                                     const struct gw_product_change *change, int64_t *ret_events,
                                     struct gw_error *reterr)
{
    bool is_changed = change->version != change->expected;
    bool is_new = is_changed && change->expected == 0;
    enum gw_status status;
    bool is_met = false;

    if (!is_changed && change->events == 0)
        return compare_one(session, change, ret_events, reterr);
    status = (is_new ? add_product : update_product)(session, change, is_changed ? set->stamp : change->stamp, &is_met,
                                                     reterr);
    if (status != GW_OK || is_met) {
        *ret_events = is_new ? 0 : session->connection->noted;
        return status;
    }
    status = compare_one(session, change, ret_events, reterr);
    return status == GW_OK ? gw_conflict_product(change->sku, reterr) : status;
}

static enum gw_status change_products(struct gw_session *session, const struct gw_changeset *set, int64_t *counters,
                                      struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < set->products.count && status == GW_OK; i++)
        status = change_product(session, set, gw_array_at(&set->products, i), &counters[i], reterr);
    return status;
}

static struct gw_text sku_at(const struct gw_changeset *set, uint32_t index)
{
    return gw_changeset_product(set, index)->sku;
}

/* ---- batches */

enum gw_status stock_compare_absent(struct gw_session *session, const struct gw_array *refs, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_HAS_BATCH);

    for (uint32_t i = 0; i < refs->count; i++) {
        const struct gw_text *ref = gw_array_at(refs, i);
        enum gw_status status;
        bool found;

        bind_text(statement, 1, *ref);
        status = session_row(session, statement, &found, reterr);
        if (status != GW_OK)
            return status;
        if (found) {
            (void)sqlite3_reset(statement);
            return gw_conflict_reference(*ref, reterr);
        }
    }
    return GW_OK;
}

static enum gw_status add_batches(struct gw_session *session, const struct gw_changeset *set, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_BATCH);
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < set->batch_inserts.count && status == GW_OK; i++) {
        const struct gw_batch_insert *insert = gw_array_at(&set->batch_inserts, i);
        struct gw_text sku = sku_at(set, insert->product);
        char eta[GW_ETA_BYTES];
        bool is_met;

        bind_text(statement, 1, insert->ref);
        bind_text(statement, 2, sku);
        sqlite3_bind_int64(statement, 3, insert->purchased);
        sqlite3_bind_int64(statement, 4, insert->allocated);
        bind_eta(statement, 5, insert->eta, eta);
        sqlite3_bind_int64(statement, 6, insert->created);
        status = change_one(session, statement, &is_met, reterr);
        if (status == GW_OK && !is_met)
            status = gw_conflict_batch_exists(insert->ref, sku, reterr);
        status = name_refused(status, insert->ref, insert->purchased, insert->allocated, reterr);
    }
    return status;
}

static void bind_batch(sqlite3_stmt *statement, const struct gw_batch_update *update, struct gw_text sku)
{
    bind_text(statement, 1, update->ref);
    bind_text(statement, 2, sku);
    sqlite3_bind_int64(statement, 3, update->purchased);
    sqlite3_bind_int64(statement, 4, update->allocated);
    sqlite3_bind_int64(statement, 5, update->old_purchased);
    sqlite3_bind_int64(statement, 6, update->old_allocated);
}

/* Writes how a batch that matched no update differs from what was expected. */
static enum gw_status explain_batch(struct gw_session *session, const struct gw_batch_update *update,
                                    struct gw_text sku, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_BATCH);
    enum gw_status status;
    bool found;

    bind_text(statement, 1, update->ref);
    status = session_row(session, statement, &found, reterr);
    if (status != GW_OK)
        return status;
    if (!found || !gw_text_equal(column_bytes(statement, BATCH_SKU_COLUMN), sku))
        status = gw_conflict_batch_missing(update->ref, sku, reterr);
    else
        status = gw_conflict_quantities(update, sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2),
                                        reterr);
    (void)sqlite3_reset(statement);
    return status;
}

static enum gw_status change_batches(struct gw_session *session, const struct gw_changeset *set,
                                     struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < set->batch_updates.count && status == GW_OK; i++) {
        const struct gw_batch_update *update = gw_array_at(&set->batch_updates, i);
        bool was_open = update->old_allocated < update->old_purchased;
        bool is_open = update->allocated < update->purchased;
        sqlite3_stmt *statement =
            session_statement(session, was_open == is_open ? STATEMENT_CHANGE_BATCH : STATEMENT_TURN_BATCH);
        struct gw_text sku = sku_at(set, update->product);
        bool is_met;

        bind_batch(statement, update, sku);
        status = change_one(session, statement, &is_met, reterr);
        if (status == GW_OK && !is_met)
            status = explain_batch(session, update, sku, reterr);
        status = name_refused(status, update->ref, update->purchased, update->allocated, reterr);
    }
    return status;
}

/* ---- lines: each batch links the ones that it holds, newest first */

struct held {
    int64_t number;
    int64_t older;
    sqlite3_stmt *statement; /* its current row is the line; ref is read from it */
};

static enum gw_status find_held(struct gw_session *session, const struct gw_line_delete *leave, struct gw_text sku,
                                struct held *ret_held, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_HELD);
    enum gw_status status;
    bool found;

    bind_text(statement, 1, leave->orderid);
    bind_text(statement, 2, sku);
    sqlite3_bind_int64(statement, 3, leave->qty);
    status = session_row(session, statement, &found, reterr);
    if (status == GW_OK && !found)
        return gw_conflict_line_missing(leave->orderid, leave->qty, sku, reterr);
    if (status == GW_OK)
        *ret_held = (struct held){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 2), statement};
    return status;
}

/* Makes the row that referred to the line refer to the next older line: the batch, or the next newer line. */
static enum gw_status unlink_line(struct gw_session *session, const struct held *held, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_UNLINK_NEWEST);
    enum gw_status status;
    int count = 0;

    sqlite3_bind_int64(statement, 1, held->number);
    bind_text(statement, 2, column_bytes(held->statement, 1));
    sqlite3_bind_int64(statement, 3, held->older);
    status = session_change(session, statement, &count, reterr);
    if (status != GW_OK || count == 1)
        return status;
    statement = session_statement(session, STATEMENT_UNLINK_OLDER);
    sqlite3_bind_int64(statement, 1, held->number);
    sqlite3_bind_int64(statement, 3, held->older);
    return session_change(session, statement, NULL, reterr);
}

static enum gw_status drop_line(struct gw_session *session, const struct gw_line_delete *leave, struct gw_text sku,
                                struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_DROP_LINE);
    struct held held = {0};
    enum gw_status status = find_held(session, leave, sku, &held, reterr);

    if (status != GW_OK)
        return status;
    /* the line gives up its own link first, because the number is unique */
    sqlite3_bind_int64(statement, 1, held.number);
    status = session_change(session, statement, NULL, reterr);
    if (status == GW_OK)
        status = unlink_line(session, &held, reterr);
    (void)sqlite3_reset(held.statement);
    return status;
}

static enum gw_status drop_lines(struct gw_session *session, const struct gw_changeset *set, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < set->line_deletes.count && status == GW_OK; i++) {
        const struct gw_line_delete *leave = gw_array_at(&set->line_deletes, i);

        status = drop_line(session, leave, sku_at(set, leave->product), reterr);
    }
    return status;
}

static void bind_line(sqlite3_stmt *statement, const struct gw_line_insert *insert, struct gw_text sku, int64_t number)
{
    sqlite3_bind_int64(statement, 1, number);
    bind_text(statement, 2, insert->orderid);
    bind_text(statement, 3, sku);
    sqlite3_bind_int64(statement, 4, insert->qty);
    bind_text(statement, 5, insert->ref);
    sqlite3_bind_int64(statement, 6, insert->seq);
}

/* Writes why the line was not added: it is held already, or its batch is not one of the product's. */
static enum gw_status refuse_line(struct gw_session *session, const struct gw_line_insert *insert, struct gw_text sku,
                                  struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_LINE);
    enum gw_status status;
    bool is_held;

    bind_text(statement, 1, insert->orderid);
    bind_text(statement, 2, sku);
    sqlite3_bind_int64(statement, 3, insert->qty);
    status = session_row(session, statement, &is_held, reterr);
    if (status != GW_OK)
        return status;
    if (!is_held)
        return gw_conflict_batch_missing(insert->ref, sku, reterr);
    (void)sqlite3_reset(statement);
    return gw_conflict_line_held(insert->orderid, insert->qty, sku, reterr);
}

static enum gw_status add_lines(struct gw_session *session, const struct gw_changeset *set, struct gw_error *reterr)
{
    sqlite3_stmt *add = session_statement(session, STATEMENT_ADD_LINE);
    sqlite3_stmt *link = session_statement(session, STATEMENT_LINK_NEWEST);
    enum gw_status status = GW_OK;
    int64_t number = 0;

    if (set->line_inserts.count > 0)
        status = session_take_numbers(session, "allocations", set->line_inserts.count, &number, reterr);
    for (uint32_t i = 0; i < set->line_inserts.count && status == GW_OK; i++) {
        const struct gw_line_insert *insert = gw_array_at(&set->line_inserts, i);
        struct gw_text sku = sku_at(set, insert->product);
        bool is_met;

        bind_line(add, insert, sku, number + i);
        status = change_one(session, add, &is_met, reterr);
        if (status == GW_OK && !is_met)
            status = refuse_line(session, insert, sku, reterr);
        if (status != GW_OK)
            return status;
        sqlite3_bind_int64(link, 1, number + i);
        bind_text(link, 5, insert->ref);
        status = session_change(session, link, NULL, reterr);
    }
    return status;
}

enum gw_status stock_change(struct gw_session *session, const struct gw_changeset *set, int64_t *ret_counters,
                            struct gw_error *reterr)
{
    enum gw_status status = change_products(session, set, ret_counters, reterr);

    if (status == GW_OK)
        status = add_batches(session, set, reterr);
    if (status == GW_OK)
        status = change_batches(session, set, reterr);
    if (status == GW_OK)
        status = drop_lines(session, set, reterr);
    if (status == GW_OK)
        status = add_lines(session, set, reterr);
    return status;
}

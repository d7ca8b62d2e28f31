/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox and notices: two queues of rows, which differ in their tables only. Numbers come from a counter in the same
 * transaction, so a number never repeats after its row was removed. A row that is due at once has the due time 0. */
#include "operations.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/delivery.h>
#include <gangway/sdk/show.h>

/* The statements of a queue, which have the same parameters and columns in both. A row of notices that was delivered is
 * kept as sent. */
struct queue {
    bool keeps_sent;
    const char *counter;
    enum statement add;
    enum statement rows;
    enum statement due;
    enum statement done;
    enum statement failed;
};

static const struct queue outbox = {false,
                                    "outbox",
                                    STATEMENT_ADD_ROW,
                                    STATEMENT_OUTBOX,
                                    STATEMENT_OUTBOX_DUE,
                                    STATEMENT_SETTLE_DONE,
                                    STATEMENT_SETTLE_FAILED};
static const struct queue notices = {true,
                                     "notices",
                                     STATEMENT_ADD_NOTICE,
                                     STATEMENT_NOTICES,
                                     STATEMENT_NOTICES_DUE,
                                     STATEMENT_NOTICE_DONE,
                                     STATEMENT_NOTICE_FAILED};

/* The statement that adds a row to a queue, with everything bound that both queues have. */
static sqlite3_stmt *bind_row(struct gw_session *session, const struct queue *queue, const struct gw_outbox_row *row)
{
    sqlite3_stmt *statement = session_statement(session, queue->add);

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
    return statement;
}

static enum gw_status add_row(struct gw_session *session, const struct gw_outbox_row *row, struct gw_error *reterr)
{
    return session_change(session, bind_row(session, &outbox, row), NULL, reterr);
}

enum gw_status outbox_add(struct gw_session *session, const struct gw_changeset *set, int64_t now_ms,
                          const int64_t *counters, int64_t *ret_first, struct gw_error *reterr)
{
    enum gw_status status;

    if (set->effects.count == 0)
        return GW_OK;
    status = session_take_numbers(session, outbox.counter, set->effects.count, ret_first, reterr);
    for (uint32_t i = 0; i < set->effects.count && status == GW_OK; i++) {
        const struct gw_effect *effect = gw_array_at(&set->effects, i);
        struct gw_outbox_row row = gw_outbox_row_of_effect(set, i, counters[effect->product], now_ms);

        row.number = *ret_first + i;
        status = add_row(session, &row, reterr);
    }
    return status;
}

/* ---- reporting */

enum { WITHOUT_LIMIT = -1 };

/* What is told to whom: rows of the outbox, or notices. */
struct telling {
    const struct queue *queue;
    struct gw_text destination;
    struct gw_notice_look look;
    const struct gw_outbox_visitor *rows;
    const struct gw_notice_visitor *notices; /* NULL: rows */
    int64_t now_ms;
};

static struct gw_outbox_row row_of(sqlite3_stmt *statement, int64_t now_ms)
{
    int64_t queued_ms = sqlite3_column_int64(statement, 8);

    return (struct gw_outbox_row){
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
}

static enum gw_status tell_row(const struct telling *telling, sqlite3_stmt *statement)
{
    struct gw_notice_row notice = {.event = row_of(statement, telling->now_ms)};

    if (telling->notices == NULL)
        return telling->rows->row(telling->rows->context, &notice.event);
    notice.further = column_bytes(statement, 13);
    notice.count = (uint32_t)sqlite3_column_int64(statement, 14);
    notice.is_open = sqlite3_column_int64(statement, 15) != 0;
    return telling->notices->notice(telling->notices->context, &notice);
}

/* SQLite has no parameter that is a list. */
static bool is_excepted(const struct telling *telling, sqlite3_stmt *statement)
{
    for (uint32_t i = 0; i < telling->look.except.count; i++)
        if (gw_text_equal(column_bytes(statement, 2), *(const struct gw_text *)gw_array_at(&telling->look.except, i)))
            return true;
    return false;
}

static enum gw_status tell_rows(struct gw_session *session, const struct telling *telling, sqlite3_stmt *statement,
                                struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    uint32_t told = 0;
    bool found;

    while (told < telling->look.limit && (status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        if (is_excepted(telling, statement))
            continue;
        told++;
        status = tell_row(telling, statement);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "the outbox", reterr);
        }
    }
    (void)sqlite3_reset(statement); /* there may be more than the limit */
    return status;
}

static void bind_flags(sqlite3_stmt *statement, int first, const struct gw_notice_look *look)
{
    sqlite3_bind_int64(statement, first, look->is_ending != 0);
    sqlite3_bind_int64(statement, first + 1, look->is_any != 0);
}

/* A row is waiting when its due time is after now and not after last. */
static enum gw_status read_due_in(struct gw_session *session, const struct telling *telling, int64_t last_ms,
                                  int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, telling->queue->due);
    enum gw_status status;
    bool found;

    *ret_due_in_ms = GW_DUE_NEVER;
    bind_text(statement, 1, telling->destination);
    sqlite3_bind_int64(statement, 2, telling->look.after);
    sqlite3_bind_int64(statement, 3, telling->now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    if (telling->notices != NULL)
        bind_flags(statement, 5, &telling->look);
    status = session_row(session, statement, &found, reterr);
    if (status == GW_OK && found) {
        *ret_due_in_ms = sqlite3_column_int64(statement, 0) - telling->now_ms;
        (void)sqlite3_reset(statement);
    }
    return status;
}

static enum gw_status tell(struct gw_session *session, struct telling *telling, int64_t *ret_due_in_ms,
                           struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, telling->queue->rows);
    int64_t last_ms;
    enum gw_status status = session_begin_read(session, reterr);

    if (status != GW_OK)
        return status;
    telling->now_ms = session->host->unix_ms(session->host);
    last_ms = gw_time_after(telling->now_ms, telling->look.longest_wait_ms);
    bind_text(statement, 1, telling->destination);
    sqlite3_bind_int64(statement, 2, telling->look.after);
    sqlite3_bind_int64(statement, 3, telling->now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    sqlite3_bind_int64(statement, 5, telling->look.except.count > 0 ? WITHOUT_LIMIT : (int64_t)telling->look.limit);
    if (telling->notices != NULL)
        bind_flags(statement, 6, &telling->look);
    status = tell_rows(session, telling, statement, reterr);
    if (status == GW_OK)
        status = read_due_in(session, telling, last_ms, ret_due_in_ms, reterr);
    session_end_read(session);
    return status;
}

enum gw_status outbox_tell(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                           struct gw_error *reterr)
{
    struct telling telling = {.queue = &outbox,
                              .destination = destination,
                              .look = {.limit = limit, .after = after, .longest_wait_ms = longest_wait_ms},
                              .rows = visitor};

    return tell(session, &telling, ret_due_in_ms, reterr);
}

enum gw_status notices_tell(struct gw_session *session, struct gw_text destination, const struct gw_notice_look *look,
                            const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    struct telling telling = {.queue = &notices, .destination = destination, .look = *look, .notices = visitor};

    return tell(session, &telling, ret_due_in_ms, reterr);
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
    const struct queue *queue; /* of the settled rows */
    struct gw_text destination;
    int64_t now_ms;
    int64_t next_stamp;        /* of the next row for a target */
    int64_t next_notice_stamp; /* of the next notice */
};

static enum gw_status add_targets(struct settling *settling, const struct gw_outbox_refusal *refusal,
                                  struct gw_error *reterr)
{
    int64_t number = 0;
    enum gw_status status = GW_OK;

    if (refusal->targets.count > 0)
        status = session_take_numbers(settling->session, outbox.counter, refusal->targets.count, &number, reterr);
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
    sqlite3_stmt *statement = session_statement(settling->session, settling->queue->done);

    sqlite3_bind_int64(statement, 1, first->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, first->stamp - first->number);
    sqlite3_bind_int64(statement, 4, first->number + count - 1);
    return session_change(settling->session, statement, ret_removed, reterr);
}

/* If the notice is gone, nothing is kept. It is still there, and is removed next. */
static enum gw_status keep_sent(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_NOTICE_SENT);
    enum gw_status status;

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    sqlite3_bind_int64(statement, 4, settling->now_ms);
    bind_text(statement, 5, settlement->answer);
    status = session_change(settling->session, statement, NULL, reterr);
    if (status != GW_OK)
        return status;
    statement = session_statement(settling->session, STATEMENT_DELAY_REPEAT);
    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    sqlite3_bind_int64(statement, 4, settling->now_ms);
    return session_change(settling->session, statement, NULL, reterr);
}

/* So many settlements from this index on, which follow one another (gw_settlement_run). */
static enum gw_status settle_delivered(const struct settling *settling, const struct gw_array *settlements,
                                       uint32_t first, uint32_t count, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = first; i < first + count && status == GW_OK && settling->queue->keeps_sent; i++)
        status = keep_sent(settling, gw_array_at(settlements, i), reterr);
    return status == GW_OK ? remove_rows(settling, gw_array_at(settlements, first), count, NULL, reterr) : status;
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

static enum gw_status join_notice(struct settling *settling, const struct gw_notice_draft *draft, int64_t stamp,
                                  int *ret_joined, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_JOIN_NOTICE);

    bind_text(statement, 1, draft->event.destination);
    bind_text(statement, 2, draft->event.recipient);
    bind_text(statement, 3, draft->key);
    sqlite3_bind_int64(statement, 4, stamp);
    sqlite3_bind_int64(statement, 5, draft->max);
    bind_text(statement, 6, draft->line);
    return session_change(settling->session, statement, ret_joined, reterr);
}

static enum gw_status begin_notice(struct settling *settling, const struct gw_notice_draft *draft, int64_t stamp,
                                   int64_t number, struct gw_error *reterr)
{
    struct gw_outbox_row row = gw_outbox_row_of_draft(draft, stamp);
    sqlite3_stmt *statement;

    row.number = number;
    statement = bind_row(settling->session, &notices, &row);
    sqlite3_bind_int64(statement, 13, row.attempts);
    bind_text(statement, 14, draft->key);
    sqlite3_bind_int64(statement, 15, gw_due_after(settling->now_ms, draft->wait_ms));
    sqlite3_bind_int64(statement, 16, draft->key.len > 0 ? draft->repeat_ms : 0);
    return session_change(settling->session, statement, NULL, reterr);
}

static enum gw_status add_notices(struct settling *settling, const struct gw_array *drafts, struct gw_error *reterr)
{
    int64_t number = 0;
    enum gw_status status = session_take_numbers(settling->session, notices.counter, drafts->count, &number, reterr);

    for (uint32_t i = 0; i < drafts->count && status == GW_OK; i++) {
        const struct gw_notice_draft *draft = gw_array_at(drafts, i);
        int64_t stamp = settling->next_notice_stamp++;
        int joined = 0;

        if (draft->key.len > 0)
            status = join_notice(settling, draft, stamp, &joined, reterr);
        if (status == GW_OK && joined == 0)
            status = begin_notice(settling, draft, stamp, number + i, reterr);
    }
    return status;
}

/* If the row is gone, its event was opened before. */
static enum gw_status settle_opened(struct settling *settling, const struct gw_outbox_settlement *settlement,
                                    struct gw_error *reterr)
{
    int removed = 0;
    enum gw_status status = remove_rows(settling, settlement, 1, &removed, reterr);

    return status == GW_OK && removed > 0 ? add_notices(settling, &settlement->drafts, reterr) : status;
}

static enum gw_status settle_failed(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                    struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, settling->queue->failed);

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    sqlite3_bind_int64(statement, 4, gw_due_after(settling->now_ms, settlement->delay_ms));
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
    case GW_SETTLED_OPENED:
        return settle_opened(settling, settlement, reterr);
    }
    return GW_OK;
}

static enum gw_status settle_all(struct settling *settling, const struct gw_array *settlements, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < settlements->count && status == GW_OK;) {
        uint32_t delivered = gw_settlement_run(settlements, i);

        if (delivered > 0)
            status = settle_delivered(settling, settlements, i, delivered, reterr);
        else
            status = settle(settling, gw_array_at(settlements, i), reterr);
        i += delivered > 0 ? delivered : 1;
    }
    return status;
}

static enum gw_status settle_in_transaction(struct settling *settling, const struct gw_array *settlements,
                                            struct gw_error *reterr)
{
    struct gw_session *session = settling->session;
    enum gw_status status = session_begin_write(session, reterr);

    if (status != GW_OK)
        return status;
    settling->now_ms = session->host->unix_ms(session->host);
    status = settle_all(settling, settlements, reterr);
    return session_end_write(session, status, reterr);
}

enum gw_status outbox_settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr)
{
    struct settling settling = {.session = session,
                                .queue = &outbox,
                                .destination = destination,
                                .next_stamp = stamp,
                                .next_notice_stamp = stamp};
    enum gw_status status = gw_settlements_check(settlements, reterr);

    return status == GW_OK ? settle_in_transaction(&settling, settlements, reterr) : status;
}

enum gw_status notices_settle(struct gw_session *session, struct gw_text destination,
                              const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    struct settling settling = {.session = session,
                                .queue = &notices,
                                .destination = destination,
                                .next_stamp = stamp,
                                .next_notice_stamp = stamp};
    enum gw_status status = gw_notice_settlements_check(settlements, reterr);

    return status == GW_OK ? settle_in_transaction(&settling, settlements, reterr) : status;
}

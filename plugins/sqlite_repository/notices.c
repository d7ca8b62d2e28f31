/* SPDX-License-Identifier: Apache-2.0 */
/* Notices: stores those that events become, reports those that are due, and settles them. Numbers come from a counter
 * in the same transaction, so a number never repeats after its row was removed. A notice that is due at once has the
 * due time 0. */
#include "operations.h"
#include "settling.h"

#include <gangway/sdk/delivery.h>
#include <gangway/sdk/show.h>

static const char counter[] = "notices";

/* ---- adding */

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

/* Whether the notice that the draft begins waits for an earlier one of its group. */
static enum gw_status find_ahead(struct settling *settling, const struct gw_notice_draft *draft, bool *ret_is_behind,
                                 struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_NOTICE_AHEAD);
    enum gw_status status;

    *ret_is_behind = false;
    if (draft->key.len == 0 || draft->repeat_ms == 0)
        return GW_OK;
    bind_text(statement, 1, draft->event.destination);
    bind_text(statement, 2, draft->event.recipient);
    bind_text(statement, 3, draft->key);
    status = session_row(settling->session, statement, ret_is_behind, reterr);
    if (status == GW_OK)
        (void)sqlite3_reset(statement);
    return status;
}

static enum gw_status begin_notice(struct settling *settling, const struct gw_notice_draft *draft, int64_t stamp,
                                   int64_t number, struct gw_error *reterr)
{
    struct gw_outbox_row row = gw_outbox_row_of_draft(draft, stamp);
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_ADD_NOTICE);
    bool is_behind;
    enum gw_status status = find_ahead(settling, draft, &is_behind, reterr);

    if (status != GW_OK)
        return status;
    sqlite3_bind_int64(statement, 1, number);
    bind_text(statement, 2, row.destination);
    bind_text(statement, 3, row.recipient);
    bind_text(statement, 4, row.id);
    bind_text(statement, 5, row.type);
    bind_text(statement, 6, row.sku);
    bind_text(statement, 7, row.payload);
    bind_text(statement, 8, row.headers);
    sqlite3_bind_int64(statement, 9, row.queued_unix_ms);
    sqlite3_bind_int64(statement, 10, row.stamp);
    sqlite3_bind_int64(statement, 11, row.sequence);
    sqlite3_bind_int64(statement, 12, row.event_unix_ms);
    sqlite3_bind_int64(statement, 13, row.attempts);
    bind_text(statement, 14, draft->key);
    sqlite3_bind_int64(statement, 15, gw_due_after(settling->now_ms, draft->wait_ms));
    sqlite3_bind_int64(statement, 16, draft->key.len > 0 ? draft->repeat_ms : 0);
    sqlite3_bind_int64(statement, 17, draft->wait_ms);
    sqlite3_bind_int64(statement, 18, is_behind);
    return session_change(settling->session, statement, NULL, reterr);
}

enum gw_status notices_take_numbers(struct gw_session *session, uint32_t count, int64_t *ret_first,
                                    struct gw_error *reterr)
{
    return session_take_numbers(session, counter, count, ret_first, reterr);
}

enum gw_status notices_add(struct settling *settling, const struct gw_array *drafts, int64_t first,
                           struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < drafts->count && status == GW_OK; i++) {
        const struct gw_notice_draft *draft = gw_array_at(drafts, i);
        int64_t stamp = settling->next_notice_stamp++;
        int joined = 0;

        if (draft->key.len > 0)
            status = join_notice(settling, draft, stamp, &joined, reterr);
        if (status == GW_OK && joined == 0)
            status = begin_notice(settling, draft, stamp, first + i, reterr);
    }
    return status;
}

/* ---- reporting */

/* MANY_LATER: of more notices that waited and are due, a look reads the first ones by their numbers, without sorting.
 */
enum { WITHOUT_LIMIT = -1, MANY_LATER = 1000 };

struct telling {
    struct gw_text destination;
    const struct gw_notice_look *look;
    const struct gw_notice_visitor *visitor;
    int64_t now_ms;
};

static struct gw_outbox_row event_of(sqlite3_stmt *statement, int64_t now_ms)
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
    struct gw_notice_row notice = {.event = event_of(statement, telling->now_ms),
                                   .further = column_bytes(statement, 13),
                                   .count = (uint32_t)sqlite3_column_int64(statement, 14),
                                   .is_open = sqlite3_column_int64(statement, 15) != 0};

    return telling->visitor->notice(telling->visitor->context, &notice);
}

/* SQLite has no parameter that is a list. */
static bool is_excepted(const struct telling *telling, sqlite3_stmt *statement)
{
    for (uint32_t i = 0; i < telling->look->except.count; i++)
        if (gw_text_equal(column_bytes(statement, 2), *(const struct gw_text *)gw_array_at(&telling->look->except, i)))
            return true;
    return false;
}

static enum gw_status tell_rows(struct gw_session *session, const struct telling *telling, sqlite3_stmt *statement,
                                struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    uint32_t told = 0;
    bool found;

    while (told < telling->look->limit && (status = session_row(session, statement, &found, reterr)) == GW_OK &&
           found) {
        if (is_excepted(telling, statement))
            continue;
        told++;
        status = tell_row(telling, statement);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "the notices", reterr);
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
    sqlite3_stmt *statement = session_statement(session, STATEMENT_NOTICES_DUE);
    enum gw_status status;
    bool found;

    *ret_due_in_ms = GW_DUE_NEVER;
    bind_text(statement, 1, telling->destination);
    sqlite3_bind_int64(statement, 2, telling->look->after);
    sqlite3_bind_int64(statement, 3, telling->now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    bind_flags(statement, 5, telling->look);
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
    sqlite3_stmt *statement = session_statement(session, STATEMENT_NOTICES);
    int64_t last_ms;
    enum gw_status status = session_begin_read(session, reterr);

    if (status != GW_OK)
        return status;
    telling->now_ms = session->host->unix_ms(session->host);
    last_ms = gw_time_after(telling->now_ms, telling->look->longest_wait_ms);
    bind_text(statement, 1, telling->destination);
    sqlite3_bind_int64(statement, 2, telling->look->after);
    sqlite3_bind_int64(statement, 3, telling->now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    sqlite3_bind_int64(statement, 5, telling->look->except.count > 0 ? WITHOUT_LIMIT : (int64_t)telling->look->limit);
    bind_flags(statement, 6, telling->look);
    sqlite3_bind_int64(statement, 8, MANY_LATER);
    status = tell_rows(session, telling, statement, reterr);
    if (status == GW_OK)
        status = read_due_in(session, telling, last_ms, ret_due_in_ms, reterr);
    session_end_read(session);
    return status;
}

enum gw_status notices_tell(struct gw_session *session, struct gw_text destination, const struct gw_notice_look *look,
                            const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    struct telling telling = {.destination = destination, .look = look, .visitor = visitor};

    return tell(session, &telling, ret_due_in_ms, reterr);
}

/* ---- settling */

static enum gw_status remove_notice(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                    int *ret_removed, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_NOTICE_DONE);

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    return session_change(settling->session, statement, ret_removed, reterr);
}

static enum gw_status keep_sent(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                int *ret_kept, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_NOTICE_SENT);

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    sqlite3_bind_int64(statement, 4, settling->now_ms);
    bind_text(statement, 5, settlement->answer);
    return session_change(settling->session, statement, ret_kept, reterr);
}

static enum gw_status delay_repeat(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                   struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_DELAY_REPEAT);

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    sqlite3_bind_int64(statement, 4, settling->now_ms);
    return session_change(settling->session, statement, NULL, reterr);
}

/* If the notice is gone, it was settled before, and nothing is kept. Only one with a group key delays others. */
static enum gw_status settle_sent(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                  struct gw_error *reterr)
{
    int kept = 0;
    enum gw_status status = keep_sent(settling, settlement, &kept, reterr);

    if (status != GW_OK || kept == 0)
        return status;
    if (settling->session->connection->noted != 0)
        status = delay_repeat(settling, settlement, reterr);
    return status == GW_OK ? remove_notice(settling, settlement, NULL, reterr) : status;
}

/* If the notice is gone, it was settled before, and nothing is stored. */
static enum gw_status settle_refused(struct settling *settling, const struct gw_outbox_settlement *settlement,
                                     struct gw_error *reterr)
{
    int removed = 0;
    enum gw_status status = remove_notice(settling, settlement, &removed, reterr);

    return status == GW_OK && removed > 0 ? settling_refuse(settling, settlement->refusals.items, reterr) : status;
}

static enum gw_status settle_failed(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                    struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_NOTICE_FAILED);

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    sqlite3_bind_int64(statement, 4, gw_due_after(settling->now_ms, settlement->delay_ms));
    bind_text(statement, 5, settlement->answer);
    sqlite3_bind_int64(statement, 6, settlement->attempts);
    sqlite3_bind_int64(statement, 7, settlement->delay_ms);
    return session_change(settling->session, statement, NULL, reterr);
}

static enum gw_status settle(struct settling *settling, const struct gw_array *settlements, uint32_t *at,
                             struct gw_error *reterr)
{
    const struct gw_outbox_settlement *settlement = gw_array_at(settlements, (*at)++);

    switch (gw_settlement_of_one(settlement)) {
    case GW_SETTLED_NOTHING:
    case GW_SETTLED_OPENED: /* only events are opened */
        break;
    case GW_SETTLED_DELIVERED:
        return settle_sent(settling, settlement, reterr);
    case GW_SETTLED_REFUSED:
        return settle_refused(settling, settlement, reterr);
    case GW_SETTLED_FAILED:
        return settle_failed(settling, settlement, reterr);
    }
    return GW_OK;
}

enum gw_status notices_settle(struct gw_session *session, struct gw_text destination,
                              const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    enum gw_status status = gw_notice_settlements_check(settlements, reterr);

    return status == GW_OK ? settling_run(session, destination, settlements, stamp, settle, reterr) : status;
}

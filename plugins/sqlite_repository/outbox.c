/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox: stores the events of a turn in blocks, reports those that are due, and settles them. Numbers come from a
 * counter in the same transaction, so a number never repeats after its block was removed. A block that is due at once
 * has the due time 0. */
#include "operations.h"
#include "place.h"
#include "settling.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/delivery.h>
#include <gangway/sdk/effect_blocks.h>
#include <gangway/sdk/event_line.h>
#include <gangway/sdk/show.h>

static const char counter[] = "outbox_blocks";

/* ---- adding */

/* row: what the events of the block have in common. */
static enum gw_status add_block(struct gw_session *session, const struct gw_outbox_row *row, uint32_t count,
                                const struct gw_buffer *events, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_BLOCK);

    if (events->has_failed)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a block of %u events", count);
    sqlite3_bind_int64(statement, 1, row->number);
    bind_text(statement, 2, row->destination);
    sqlite3_bind_int64(statement, 3, row->stamp);
    sqlite3_bind_int64(statement, 4, row->queued_unix_ms);
    if (row->event_unix_ms == row->queued_unix_ms)
        sqlite3_bind_null(statement, 5);
    else
        sqlite3_bind_int64(statement, 5, row->event_unix_ms);
    sqlite3_bind_int64(statement, 6, count);
    bind_text(statement, 7, gw_buffer_text(events));
    return session_change(session, statement, NULL, reterr);
}

static void append_event(struct gw_buffer *events, const struct gw_outbox_row *row)
{
    struct gw_event_line line = {.event = row->sequence,
                                 .type = row->type,
                                 .sku = row->sku,
                                 .id = row->id,
                                 .recipient = row->recipient,
                                 .headers = row->headers,
                                 .payload = row->payload};

    gw_event_line_append(events, &line);
}

enum gw_status outbox_add_row(struct gw_session *session, const struct gw_outbox_row *row, struct gw_error *reterr)
{
    struct gw_outbox_row numbered = *row;
    struct gw_buffer events;
    enum gw_status status = session_take_numbers(session, counter, 1, &numbered.number, reterr);

    gw_buffer_init(&events, SIZE_MAX);
    append_event(&events, row);
    if (status == GW_OK)
        status = add_block(session, &numbered, 1, &events, reterr);
    gw_buffer_done(&events);
    return status;
}

/* The blocks of a changeset as they are stored. */
struct adding {
    struct gw_session *session;
    const struct gw_changeset *set;
    const int64_t *counters; /* the event counter of each product before */
    int64_t now_ms;
    int64_t first; /* the number of effect 0 */
    struct gw_effect_blocks blocks;
    struct gw_buffer events;
};

static struct gw_outbox_row row_of_effect(const struct adding *adding, uint32_t index)
{
    const struct gw_effect *effect = gw_array_at(&adding->set->effects, index);

    return gw_outbox_row_of_effect(adding->set, index, adding->counters[effect->product], adding->now_ms);
}

static enum gw_status add_effects(struct adding *adding, const struct gw_effect_block *block, struct gw_error *reterr)
{
    struct gw_outbox_row first = row_of_effect(adding, block->first);

    first.number = adding->first + block->first;
    gw_buffer_reset(&adding->events);
    for (uint32_t at = block->first, k = 0; k < block->count; at = adding->blocks.next[at], k++) {
        struct gw_outbox_row row = row_of_effect(adding, at);

        append_event(&adding->events, &row);
    }
    return add_block(adding->session, &first, block->count, &adding->events, reterr);
}

enum gw_status outbox_add(struct gw_session *session, const struct gw_changeset *set, int64_t now_ms,
                          const int64_t *counters, int64_t *ret_first, struct gw_error *reterr)
{
    struct adding adding = {.session = session, .set = set, .counters = counters, .now_ms = now_ms};
    enum gw_status status;

    if (set->effects.count == 0)
        return GW_OK;
    gw_buffer_init(&adding.events, SIZE_MAX);
    status = gw_effect_blocks_make(set, &adding.blocks, reterr);
    if (status == GW_OK)
        status = session_take_numbers(session, counter, set->effects.count, &adding.first, reterr);
    for (uint32_t i = 0; i < adding.blocks.count && status == GW_OK; i++)
        status = add_effects(&adding, &adding.blocks.items[i], reterr);
    *ret_first = adding.first;
    gw_effect_blocks_done(&adding.blocks);
    gw_buffer_done(&adding.events);
    return status;
}

/* ---- reporting */

enum {
    BLOCK_NUMBER,
    BLOCK_STAMP,
    BLOCK_FIRST_PENDING,
    BLOCK_COUNT,
    BLOCK_CREATED,
    BLOCK_EVENT,
    BLOCK_ATTEMPTS,
    BLOCK_EVENTS
};

struct telling {
    struct gw_text destination;
    int64_t after;
    int64_t longest_wait_ms;
    int64_t now_ms;
    const struct gw_outbox_visitor *visitor;
    struct gw_buffer scratch;
    uint32_t left; /* so many events may still be reported */
};

/* What all events of a block have in common. The events are not read for a visitor that has them cached. */
static struct gw_outbox_row row_of(const struct telling *telling, sqlite3_stmt *statement)
{
    struct gw_outbox_row row = {.number = sqlite3_column_int64(statement, BLOCK_NUMBER),
                                .stamp = sqlite3_column_int64(statement, BLOCK_STAMP),
                                .index = place_of(column_bytes(statement, BLOCK_FIRST_PENDING)),
                                .is_bare = telling->visitor->wants_numbers != 0};

    if (row.is_bare)
        return row;
    row.destination = telling->destination;
    row.queued_unix_ms = sqlite3_column_int64(statement, BLOCK_CREATED);
    row.event_unix_ms = sqlite3_column_int64(statement, BLOCK_EVENT);
    row.age_ms = gw_age_ms(telling->now_ms, row.queued_unix_ms);
    row.attempts = (uint32_t)sqlite3_column_int64(statement, BLOCK_ATTEMPTS);
    return row;
}

static enum gw_status refuse_block(const struct gw_outbox_row *row, const char *why, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFIG,
                        "block %lld of %.*s in outbox_blocks cannot be read, so nothing is delivered there: event %u: "
                        "%s",
                        (long long)row->number, (int)row->destination.len, row->destination.ptr, row->index, why);
}

static enum gw_status read_event(struct telling *telling, struct gw_text *rest, struct gw_outbox_row *row,
                                 struct gw_error *reterr)
{
    struct gw_event_line line;
    struct gw_error error = {0};
    enum gw_status status = gw_event_line_read(rest, &telling->scratch, &line, &error);

    if (status == GW_NOMEM)
        return gw_error_wrap(reterr, &error, "reading the outbox");
    if (status != GW_OK)
        return refuse_block(row, status == GW_END ? "it is missing" : error.text, reterr);
    row->sequence = line.event;
    row->type = line.type;
    row->sku = line.sku;
    row->id = line.id;
    row->recipient = line.recipient;
    row->headers = line.headers;
    row->payload = line.payload;
    return GW_OK;
}

static enum gw_status tell_block(struct telling *telling, sqlite3_stmt *statement, struct gw_error *reterr)
{
    uint32_t count = (uint32_t)sqlite3_column_int64(statement, BLOCK_COUNT);
    struct gw_outbox_row row = row_of(telling, statement);
    struct gw_text rest = row.is_bare ? gw_text_of(NULL) : column_bytes(statement, BLOCK_EVENTS);

    if (!row.is_bare && !gw_event_lines_skip(&rest, row.index))
        return refuse_block(&row, "it is missing", reterr);
    for (; row.index < count && telling->left > 0; row.index++, telling->left--) {
        enum gw_status status = row.is_bare ? GW_OK : read_event(telling, &rest, &row, reterr);

        if (status != GW_OK)
            return status;
        status = telling->visitor->row(telling->visitor->context, &row);
        if (status != GW_OK)
            return gw_visited(status, "the outbox", reterr);
        row.attempts = 0;
    }
    return GW_OK;
}

static enum gw_status tell_blocks(struct gw_session *session, struct telling *telling, int64_t last_ms,
                                  struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_OUTBOX);
    enum gw_status status = GW_OK;
    bool found = true;

    bind_text(statement, 1, telling->destination);
    sqlite3_bind_int64(statement, 2, telling->after);
    sqlite3_bind_int64(statement, 3, telling->now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    while (telling->left > 0 && status == GW_OK && found) {
        status = session_row(session, statement, &found, reterr);
        if (status == GW_OK && found)
            status = tell_block(telling, statement, reterr);
    }
    (void)sqlite3_reset(statement); /* there may be more than the limit */
    return status;
}

/* A block is waiting when its due time is after now and not after last. */
static enum gw_status read_due_in(struct gw_session *session, const struct telling *telling, int64_t last_ms,
                                  int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_OUTBOX_DUE);
    enum gw_status status;
    bool found;

    *ret_due_in_ms = GW_DUE_NEVER;
    bind_text(statement, 1, telling->destination);
    sqlite3_bind_int64(statement, 2, telling->after);
    sqlite3_bind_int64(statement, 3, telling->now_ms);
    sqlite3_bind_int64(statement, 4, last_ms);
    status = session_row(session, statement, &found, reterr);
    if (status == GW_OK && found) {
        *ret_due_in_ms = sqlite3_column_int64(statement, 0) - telling->now_ms;
        (void)sqlite3_reset(statement);
    }
    return status;
}

enum gw_status outbox_tell(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                           struct gw_error *reterr)
{
    struct telling telling = {.destination = destination,
                              .after = after,
                              .longest_wait_ms = longest_wait_ms,
                              .visitor = visitor,
                              .left = limit};
    int64_t last_ms;
    enum gw_status status = session_begin_read(session, reterr);

    if (status != GW_OK)
        return status;
    gw_buffer_init(&telling.scratch, SIZE_MAX);
    telling.now_ms = session->host->unix_ms(session->host);
    last_ms = gw_time_after(telling.now_ms, longest_wait_ms);
    status = tell_blocks(session, &telling, last_ms, reterr);
    if (status == GW_OK)
        status = read_due_in(session, &telling, last_ms, ret_due_in_ms, reterr);
    gw_buffer_done(&telling.scratch);
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

/* One of the statements that settle a block from where the settlement begins to `end`, if it stands there. */
static enum gw_status change_block(const struct settling *settling, enum statement which,
                                   const struct gw_outbox_settlement *settlement, uint32_t end, int *ret_changed,
                                   struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, which);
    char from[PLACE_SIZE], to[PLACE_SIZE];

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    bind_text(statement, 4, place_text(settlement->from, from));
    sqlite3_bind_int64(statement, 5, end);
    if (which == STATEMENT_MOVE_BLOCK)
        bind_text(statement, 6, place_text(end, to));
    return session_change(settling->session, statement, ret_changed, reterr);
}

static enum gw_status settle_block(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                   uint32_t end, int *ret_changed, struct gw_error *reterr)
{
    enum gw_status status = change_block(settling, STATEMENT_REMOVE_BLOCK, settlement, end, ret_changed, reterr);

    return status == GW_OK && *ret_changed == 0
               ? change_block(settling, STATEMENT_MOVE_BLOCK, settlement, end, ret_changed, reterr)
               : status;
}

/* Settlements of one block that follow one another without a gap. The block is written once for all of them, because
 * each write reads the events of a whole turn. */
struct run {
    const struct gw_array *settlements;
    uint32_t first;
    uint32_t end;
};

static const struct gw_outbox_settlement *settlement_at(const struct run *run, uint32_t at)
{
    return gw_array_at(run->settlements, at);
}

static bool continues(const struct gw_outbox_settlement *before, const struct gw_outbox_settlement *settlement)
{
    return settlement->number == before->number && settlement->stamp == before->stamp &&
           settlement->from == before->to && settlement->from < settlement->to;
}

static struct run run_at(const struct gw_array *settlements, uint32_t first)
{
    struct run run = {settlements, first, first + 1};

    while (run.end < settlements->count && continues(settlement_at(&run, run.end - 1), settlement_at(&run, run.end)))
        run.end++;
    return run;
}

/* Skips those that were settled before: the block stands where one of the others begins, or it is gone. */
static enum gw_status settle_block_of_run(const struct settling *settling, struct run *run, struct gw_error *reterr)
{
    uint32_t end = settlement_at(run, run->end - 1)->to;

    for (; run->first < run->end; run->first++) {
        int changed = 0;
        enum gw_status status = settle_block(settling, settlement_at(run, run->first), end, &changed, reterr);

        if (status != GW_OK || changed > 0)
            return status;
    }
    return GW_OK;
}

static enum gw_status refuse_events(struct settling *settling, const struct gw_array *refusals, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < refusals->count && status == GW_OK; i++)
        status = settling_refuse(settling, gw_array_at(refusals, i), reterr);
    return status;
}

static enum gw_status take_notice_numbers(const struct settling *settling, const struct run *run, int64_t *ret_first,
                                          struct gw_error *reterr)
{
    uint32_t count = 0;

    for (uint32_t i = run->first; i < run->end; i++)
        count += settlement_at(run, i)->drafts.count;
    return count > 0 ? notices_take_numbers(settling->session, count, ret_first, reterr) : GW_OK;
}

static enum gw_status settle_run(struct settling *settling, struct run run, struct gw_error *reterr)
{
    int64_t number = 0;
    enum gw_status status = settle_block_of_run(settling, &run, reterr);

    if (status == GW_OK)
        status = take_notice_numbers(settling, &run, &number, reterr);
    for (uint32_t i = run.first; i < run.end && status == GW_OK; i++) {
        const struct gw_outbox_settlement *settlement = settlement_at(&run, i);

        status = refuse_events(settling, &settlement->refusals, reterr);
        if (status == GW_OK)
            status = notices_add(settling, &settlement->drafts, number, reterr);
        number += settlement->drafts.count;
    }
    return status;
}

static enum gw_status settle_failed(const struct settling *settling, const struct gw_outbox_settlement *settlement,
                                    struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(settling->session, STATEMENT_DELAY_BLOCK);
    char from[PLACE_SIZE];

    sqlite3_bind_int64(statement, 1, settlement->number);
    bind_text(statement, 2, settling->destination);
    sqlite3_bind_int64(statement, 3, settlement->stamp);
    bind_text(statement, 4, place_text(settlement->from, from));
    sqlite3_bind_int64(statement, 5, gw_due_after(settling->now_ms, settlement->delay_ms));
    bind_text(statement, 6, settlement->answer);
    sqlite3_bind_int64(statement, 7, settlement->attempts);
    return session_change(settling->session, statement, NULL, reterr);
}

static enum gw_status settle(struct settling *settling, const struct gw_array *settlements, uint32_t *at,
                             struct gw_error *reterr)
{
    const struct gw_outbox_settlement *settlement = gw_array_at(settlements, *at);
    struct run run = run_at(settlements, *at);

    if (settlement->from == settlement->to) {
        ++*at;
        return settle_failed(settling, settlement, reterr);
    }
    *at = run.end;
    return settle_run(settling, run, reterr);
}

enum gw_status outbox_settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr)
{
    enum gw_status status = gw_settlements_check(settlements, reterr);

    return status == GW_OK ? settling_run(session, destination, settlements, stamp, settle, reterr) : status;
}

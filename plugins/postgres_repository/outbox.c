/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox: reads the blocks that wait for delivery and reports their events. The holder of the lease begins at the floor
 * (floor.h), all others at the first block. */
#include "announcement.h"
#include "lease.h"
#include "operations.h"
#include "row.h"

#include <gangway/sdk/delivery.h>
#include <gangway/sdk/event_line.h>
#include <gangway/sdk/show.h>

/* How far the numbers are, and then who may still hold one that nobody can see: in this order, and before the rows. */
static const struct statement taken_statement = {
    .name = "outbox_taken",
    .sql = "SELECT CASE WHEN is_called THEN last_value + 65535 ELSE 0 END FROM blocks",
};

static const struct statement takers_statement = {
    .name = "outbox_takers",
    .sql = "SELECT coalesce(array_agg(virtualtransaction), '{}')::text,"
           " coalesce(bool_or(virtualtransaction = ANY ($1::text::text[])), false) FROM pg_locks"
           " WHERE locktype = 'relation' AND relation = 'blocks'::regclass AND mode = 'RowExclusiveLock' AND granted"
           " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
};

/* A due time that is further away than any that the file can ask for is due now: $5 is the longest wait. */
#define LONGEST "now() + $5::bigint * interval '1 millisecond'"

/*
 * Above the floor by number. Below it there are only blocks that wait for their time, by that time: the inner query
 * keeps the planner from walking the numbers there, and likewise below. Blocks are told up to the one with event $4.
 */
#define ABOVE(columns)                                                              \
    "(SELECT " columns " FROM outbox_blocks WHERE destination = $1 AND number > $3" \
    " AND (due_at IS NULL OR due_at <= now() OR due_at > " LONGEST ") ORDER BY number LIMIT $4)"
#define BELOW(columns, is_due)                                                                        \
    "(SELECT " columns " FROM (SELECT * FROM outbox_blocks WHERE destination = $1 AND due_at " is_due \
    " AND $2 < $3 OFFSET 0) AS later WHERE number > $2 AND number <= $3 ORDER BY number LIMIT $4)"
#define PENDING(told, columns)                                                                                    \
    "SELECT " told " FROM (SELECT *, sum(count - first_pending) OVER (ORDER BY number) - (count - first_pending)" \
    " AS events_before FROM (" ABOVE(columns) " UNION ALL " BELOW(columns, "<= now()") " UNION ALL " BELOW(       \
        columns, "> " LONGEST) " ORDER BY number LIMIT $4) AS pending) AS counted WHERE events_before < $4"       \
                               " ORDER BY number"
#define BARE_COLUMNS  "number, stamp, first_pending, count"
#define BLOCK_COLUMNS BARE_COLUMNS ", created_at, event_at, attempts, counters, events"
#define LOG_COLUMNS   "pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn(), " /* unflushed.h */

static const struct statement rows_statement = {
    .name = "outbox_rows",
    .sql = PENDING(LOG_COLUMNS BLOCK_COLUMNS ", now()", BLOCK_COLUMNS),
};

/* For a relay that has the events cached. */
static const struct statement numbers_statement = {
    .name = "outbox_numbers",
    .sql = PENDING(LOG_COLUMNS BARE_COLUMNS, BARE_COLUMNS),
};

/* A commit that waits for the disk, and so for all before it. It takes a record, because a commit without one does not
 * wait. */
static const struct statement flush_statement = {
    .name = "outbox_flush",
    .sql = "SELECT pg_logical_emit_message(true, 'gangway', '')",
    .is_change = true,
};

static const struct statement later_statement = {
    .name = "outbox_later",
    .sql =
        "SELECT ceil(extract(epoch FROM due_at - now()) * 1000)::bigint FROM (SELECT due_at, number FROM outbox_blocks"
        " WHERE destination = $1 AND due_at > now() AND due_at <= now() + $3::bigint * interval '1 millisecond'"
        " ORDER BY due_at OFFSET 0) AS later WHERE number > $2 ORDER BY due_at LIMIT 1",
};

/* Events and notices, per destination. */
#define FIGURES                                                                                                 \
    "(SELECT destination, sum(pending)::bigint AS pending, min(oldest) AS oldest FROM"                          \
    " (SELECT destination, sum(count - first_pending) AS pending, min(created_at) AS oldest FROM outbox_blocks" \
    " GROUP BY destination"                                                                                     \
    " UNION ALL SELECT destination, count(*), min(queued_at) FROM notices GROUP BY destination) AS waiting"     \
    " GROUP BY destination) AS figures"

static const struct statement figures_statement = {
    .name = "outbox_figures",
    .sql = "SELECT destination, pending, oldest, now() FROM " FIGURES " ORDER BY destination",
};

/* The holder of a lease: a lock whose key has its high half in classid and its low half in objid. */
static const struct statement holders_statement = {
    .name = "outbox_holders",
    .sql = "SELECT destination, pending, oldest, now(), coalesce(holder, '') FROM " FIGURES
           " LEFT JOIN LATERAL (SELECT coalesce(s.application_name, '') || ', backend ' || l.pid ||"
           " coalesce(' of ' || host(s.client_addr), '') AS holder FROM pg_locks l"
           " LEFT JOIN pg_stat_activity s ON s.pid = l.pid WHERE l.locktype = 'advisory' AND l.objsubid = 1"
           " AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
           " AND (l.classid::bigint << 32 | l.objid::bigint) = " LEASE_KEY(
               "$1::text", "destination") " LIMIT 1) AS holders ON true ORDER BY destination",
};

/* ---- reporting */

/* One look: what is asked of the server in its one round trip. */
struct look {
    struct gw_text destination;
    int64_t after;
    int64_t from; /* the floor, or after */
    int64_t longest_wait_ms;
    uint32_t limit;
    bool wants_numbers;
    struct query *taken, *takers; /* NULL: not asked */
    struct query *rows, *later;
};

static void ask_horizon(struct gw_session *session, struct look *look, const struct floor *floor)
{
    look->taken = session_query(session, &taken_statement);
    look->takers = session_query(session, &takers_statement);
    parameter_text(&look->takers->parameters, gw_text_of(floor->takers != NULL ? floor->takers : "{}"));
}

static void ask_rows(struct gw_session *session, struct look *look)
{
    int64_t longest_ms = look->longest_wait_ms < OUTBOX_LONGEST_MS ? look->longest_wait_ms : OUTBOX_LONGEST_MS;
    struct parameters *rows, *later;

    look->rows = session_query(session, look->wants_numbers ? &numbers_statement : &rows_statement);
    rows = &look->rows->parameters;
    parameter_text(rows, look->destination);
    parameter_int8(rows, look->after);
    parameter_int8(rows, look->from);
    parameter_int8(rows, look->limit);
    parameter_int8(rows, longest_ms);
    look->later = session_query(session, &later_statement);
    later = &look->later->parameters;
    parameter_text(later, look->destination);
    parameter_int8(later, look->after);
    parameter_int8(later, longest_ms);
}

enum {
    LOG_INSERTED,
    LOG_FLUSHED,
    BLOCK_NUMBER,
    BLOCK_STAMP,
    BLOCK_FIRST_PENDING,
    BLOCK_COUNT,
    BLOCK_CREATED_AT,
    BLOCK_EVENT_AT,
    BLOCK_ATTEMPTS,
    BLOCK_COUNTERS,
    BLOCK_EVENTS,
    BLOCK_NOW
};

/* Reports blocks; `left` events may still be reported. */
struct telling {
    const struct look *look;
    const PGresult *result;
    const struct gw_outbox_visitor *visitor;
    struct gw_buffer scratch;
    uint32_t left;
};

/* What all events of a block have in common. */
static struct gw_outbox_row row_of(const struct telling *telling, int block)
{
    const PGresult *result = telling->result;
    struct gw_outbox_row row = {.number = row_int(result, block, BLOCK_NUMBER),
                                .stamp = row_int(result, block, BLOCK_STAMP),
                                .index = (uint32_t)row_int(result, block, BLOCK_FIRST_PENDING),
                                .is_bare = telling->look->wants_numbers};

    if (row.is_bare)
        return row;
    row.destination = telling->look->destination;
    row.queued_unix_ms = row_time(result, block, BLOCK_CREATED_AT);
    row.event_unix_ms =
        row_is_null(result, block, BLOCK_EVENT_AT) ? row.queued_unix_ms : row_time(result, block, BLOCK_EVENT_AT);
    row.age_ms = gw_age_ms(row_time(result, block, BLOCK_NOW), row.queued_unix_ms);
    row.attempts = (uint32_t)row_int(result, block, BLOCK_ATTEMPTS);
    return row;
}

static enum gw_status refuse_block(const struct gw_outbox_row *row, const char *why, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFIG,
                        "block %lld of %.*s in outbox_blocks cannot be read, so nothing is delivered there: event %u: "
                        "%s",
                        (long long)row->number, (int)row->destination.len, row->destination.ptr, row->index, why);
}

/* Reads the next line of the block. */
static enum gw_status read_event(struct telling *telling, int block, struct gw_text *rest, struct gw_outbox_row *row,
                                 struct gw_error *reterr)
{
    struct gw_event_line line;
    struct gw_error error = {0};
    int64_t counter = 0;
    enum gw_status status = gw_event_line_read(rest, &telling->scratch, &line, &error);

    if (status == GW_NOMEM)
        return gw_error_wrap(reterr, &error, "reading the outbox");
    if (status != GW_OK)
        return refuse_block(row, status == GW_END ? "it is missing" : error.text, reterr);
    if (line.product > 0 && !row_int8_element(telling->result, block, BLOCK_COUNTERS, line.product - 1, &counter))
        return refuse_block(row, "the counter of its product is missing", reterr);
    row->sequence = counter + line.event;
    row->type = line.type;
    row->sku = line.sku;
    row->id = line.id;
    row->recipient = line.recipient;
    row->headers = line.headers;
    row->payload = line.payload;
    return GW_OK;
}

static enum gw_status tell_block(struct telling *telling, int block, struct gw_error *reterr)
{
    uint32_t count = (uint32_t)row_int(telling->result, block, BLOCK_COUNT);
    struct gw_outbox_row row = row_of(telling, block);
    struct gw_text rest = row.is_bare ? gw_text_of(NULL) : row_text(telling->result, block, BLOCK_EVENTS);

    if (!row.is_bare && !gw_event_lines_skip(&rest, row.index))
        return refuse_block(&row, "it is missing", reterr);
    for (; row.index < count && telling->left > 0; row.index++, telling->left--) {
        enum gw_status status = row.is_bare ? GW_OK : read_event(telling, block, &rest, &row, reterr);

        if (status != GW_OK)
            return status;
        status = telling->visitor->row(telling->visitor->context, &row);
        if (status != GW_OK)
            return gw_visited(status, "the outbox", reterr);
        row.attempts = 0;
    }
    return GW_OK;
}

static enum gw_status tell_rows(const struct look *look, struct floor *floor, const struct gw_outbox_visitor *visitor,
                                struct gw_error *reterr)
{
    struct telling telling = {.look = look, .result = look->rows->result, .visitor = visitor, .left = look->limit};
    enum gw_status status = GW_OK;

    gw_buffer_init(&telling.scratch, SIZE_MAX);
    for (int block = 0; block < PQntuples(telling.result) && status == GW_OK; block++) {
        status = tell_block(&telling, block, reterr);
        if (status == GW_OK && floor != NULL)
            floor_tell(floor, row_int(telling.result, block, BLOCK_NUMBER),
                       (uint32_t)row_int(telling.result, block, BLOCK_COUNT));
    }
    gw_buffer_done(&telling.scratch);
    if (status == GW_OK && floor != NULL)
        floor_end(floor, telling.left > 0);
    return status;
}

/* What was settled before the last look is on the disk before this one returns. */
static enum gw_status await_settlements(struct gw_session *session, struct lease *lease, const PGresult *rows,
                                        struct gw_error *reterr)
{
    if (PQntuples(rows) == 0 ||
        !unflushed_look(&lease->unflushed, row_int(rows, 0, LOG_INSERTED), row_int(rows, 0, LOG_FLUSHED)))
        return GW_OK;
    session_begin(session);
    (void)session_query(session, &flush_statement);
    return session_run_bound(session, reterr);
}

static void take_horizon(const struct look *look, struct floor *floor, int64_t now_ms)
{
    const PGresult *takers = look->takers->result;

    floor_answer(floor, now_ms, row_int(look->taken->result, 0, 0), row_text(takers, 0, 0), row_bool(takers, 0, 1));
}

enum gw_status outbox_tell(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                           struct gw_error *reterr)
{
    struct look look = {.destination = destination,
                        .after = after,
                        .from = after,
                        .longest_wait_ms = longest_wait_ms,
                        .limit = limit,
                        .wants_numbers = visitor->wants_numbers != 0};
    int64_t clock_ms = session->host->monotonic_ms(session->host);
    struct floor *floor;
    struct lease *lease;
    enum gw_status status = lease_find(session, destination, &lease, reterr);

    if (status != GW_OK)
        return status;
    floor = lease != NULL ? &lease->floor : NULL;
    announcement_forget(session);
    session_begin(session);
    if (floor != NULL)
        look.from = floor_begin(floor, after, clock_ms);
    if (floor != NULL && floor_asks(floor, clock_ms))
        ask_horizon(session, &look, floor);
    ask_rows(session, &look);
    status = session_run_bound(session, reterr);
    if (status != GW_OK)
        return status;
    if (look.takers != NULL)
        take_horizon(&look, floor, clock_ms);
    *ret_due_in_ms = PQntuples(look.later->result) > 0 ? row_int(look.later->result, 0, 0) : GW_DUE_NEVER;
    status = tell_rows(&look, floor, visitor, reterr);
    return status == GW_OK && lease != NULL ? await_settlements(session, lease, look.rows->result, reterr) : status;
}

enum gw_status outbox_tell_figures(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                   struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, visitor->wants_holders != 0 ? &holders_statement : &figures_statement);
    if (visitor->wants_holders != 0)
        parameter_text(&query->parameters, gw_text_of(session->repository->options->schema));
    status = session_run(session, reterr);
    for (int i = 0; status == GW_OK && i < PQntuples(query->result); i++) {
        struct gw_outbox_figure figure = {
            .destination = row_text(query->result, i, 0),
            .pending = (uint64_t)row_int(query->result, i, 1),
            .oldest_unix_ms = row_time(query->result, i, 2),
            .oldest_age_ms = gw_age_ms(row_time(query->result, i, 3), row_time(query->result, i, 2)),
            .holder = visitor->wants_holders != 0 ? row_text(query->result, i, 4) : gw_text_of(NULL),
            .is_holder_known = visitor->wants_holders != 0,
        };

        status = visitor->figure(visitor->context, &figure);
        if (status != GW_OK)
            return gw_visited(status, "figures", reterr);
    }
    return status;
}

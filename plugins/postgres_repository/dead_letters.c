/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: what was refused, until it is replayed, put back or discarded. They are read in pages, because each may
 * be a mebibyte long and there may be any number of them. */
#include "operations.h"
#include "row.h"

#include <gangway/sdk/show.h>

#include <string.h>

enum { PAGE_ROWS = 500, PAGE_BYTES = 4 * 1024 * 1024 };

#define COLUMNS                                                                                  \
    "id, kind, replays, at, entrypoint, source, \"offset\", line, identity, type, key, headers," \
    " payload, reason, full_len, digest, flags, recipient, sequence, event_at"

/* A page ends with the letter that makes it full, so one letter at least is in it. */
#define PAGE(of_ids)                                                                                                  \
    "SELECT " COLUMNS " FROM (SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM"                         \
    " (SELECT *, octet_length(payload) + octet_length(headers) + octet_length(key) AS bytes FROM dead_letters WHERE " \
    "id > $1 AND ($2 = '' OR source = $2 OR entrypoint = $2) AND ($3 = '' OR strpos(reason, $3) > 0)" of_ids          \
    " ORDER BY id LIMIT $4) AS letters) AS page WHERE before < $5 ORDER BY id"

static const struct statement any_statement = {.name = "dead_any", .sql = PAGE("")};

static const struct statement ids_statement = {.name = "dead_ids", .sql = PAGE(" AND id = ANY ($6::bigint[])")};

static const struct statement count_statement = {.name = "dead_count", .sql = "SELECT count(*) FROM dead_letters"};

static const struct statement discard_statement = {
    .name = "dead_discard",
    .sql = "WITH gone AS (DELETE FROM dead_letters WHERE id = ANY ($1::bigint[]) RETURNING 1)"
           " SELECT count(*) FROM gone",
    .is_change = true,
};

/* At the end of the queue, in the order of the ids that were given, then of the targets. */
static const struct statement requeue_statement = {
    .name = "dead_requeue",
    .sql =
        "WITH gone AS (DELETE FROM dead_letters d USING unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, place)"
        " WHERE d.id = wanted.id AND d.kind = 2 RETURNING d.*, wanted.place),"
        " back AS (INSERT INTO outbox_blocks (destination, number, stamp, event_at, created_at, count, counters, "
        "events)"
        " SELECT target, nextval('blocks'), $2 + row_at - 1, event_at, now(), 1, '{}',"
        " event_line(sequence, type, convert_from(key, 'UTF8'), identity, receiver, headers, payload) FROM"
        " (SELECT g.*, coalesce(t.destination, g.entrypoint) AS target, coalesce(t.recipient, g.recipient) AS receiver,"
        " row_number() OVER (ORDER BY g.place, t.place) AS row_at FROM gone g LEFT JOIN unnest($3::text[], $4::text[])"
        " WITH ORDINALITY AS t (destination, recipient, place) ON true ORDER BY row_at) AS rows)"
        " SELECT count(*) FROM gone",
    .is_change = true,
};

static void add_ids(struct parameters *parameters, const struct gw_array *ids)
{
    array_begin(parameters, PARAMETER_INT8);
    for (uint32_t i = 0; i < ids->count; i++)
        array_int8(parameters, *(const int64_t *)gw_array_at(ids, i));
    array_end(parameters);
}

/* ---- telling */

static enum gw_status tell_entry(const PGresult *result, int i, const struct gw_dead_visitor *visitor)
{
    struct gw_text digest = row_text(result, i, 15);
    struct gw_dead_entry entry = {
        .id = row_int(result, i, 0),
        .kind = (uint32_t)row_int(result, i, 1),
        .replays = (uint32_t)row_int(result, i, 2),
        .unix_ms = row_time(result, i, 3),
        .letter =
            {
                .entrypoint = row_text(result, i, 4),
                .source = row_text(result, i, 5),
                .offset = row_int(result, i, 6),
                .line = (uint64_t)row_int(result, i, 7),
                .identity = row_text(result, i, 8),
                .type = row_text(result, i, 9),
                .key = row_text(result, i, 10),
                .headers = row_text(result, i, 11),
                .payload = row_text(result, i, 12),
                .reason = row_text(result, i, 13),
                .full_len = (uint64_t)row_int(result, i, 14),
                .flags = (uint32_t)row_int(result, i, 16),
            },
        .recipient = row_text(result, i, 17),
        .sequence = row_int(result, i, 18),
        .event_unix_ms = row_time(result, i, 19),
    };

    if (digest.len == sizeof entry.letter.digest)
        memcpy(entry.letter.digest, digest.ptr, sizeof entry.letter.digest);
    return visitor->entry(visitor->context, &entry);
}

static struct query *ask_page(struct gw_session *session, const struct gw_dead_filter *filter, int64_t after,
                              int64_t rows)
{
    bool is_any = filter->ids.count == 0;
    struct query *query = session_query(session, is_any ? &any_statement : &ids_statement);
    struct parameters *parameters = &query->parameters;

    parameter_int8(parameters, after);
    parameter_text(parameters, filter->source);
    parameter_text(parameters, filter->reason);
    parameter_int8(parameters, rows);
    parameter_int8(parameters, PAGE_BYTES);
    if (!is_any)
        add_ids(parameters, &filter->ids);
    return query;
}

/* Tells one page of at most so many rows; *after follows. *ret_count: how many there were; none is the end. */
static enum gw_status tell_page(struct gw_session *session, const struct gw_dead_filter *filter, int64_t *after,
                                int64_t rows, const struct gw_dead_visitor *visitor, int *ret_count,
                                struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = ask_page(session, filter, *after, rows);
    status = session_run(session, reterr);
    if (status != GW_OK)
        return status;
    *ret_count = PQntuples(query->result);
    for (int i = 0; i < *ret_count; i++) {
        *after = row_int(query->result, i, 0);
        status = tell_entry(query->result, i, visitor);
        if (status != GW_OK)
            return gw_visited(status, "dead letters", reterr);
    }
    return GW_OK;
}

enum gw_status dead_tell(struct gw_session *session, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor, struct gw_error *reterr)
{
    int64_t left = filter->limit == 0 ? INT64_MAX : (int64_t)filter->limit;
    int64_t after = filter->after;
    enum gw_status status;
    int count = 0;

    do {
        status = tell_page(session, filter, &after, left < PAGE_ROWS ? left : PAGE_ROWS, visitor, &count, reterr);
        left -= count;
    } while (status == GW_OK && count > 0 && left > 0);
    return status;
}

enum gw_status dead_count(struct gw_session *session, uint64_t *ret_count, struct gw_error *reterr)
{
    struct query *query;
    enum gw_status status;

    session_begin(session);
    query = session_query(session, &count_statement);
    status = session_run(session, reterr);
    if (status == GW_OK)
        *ret_count = (uint64_t)row_int(query->result, 0, 0);
    return status;
}

/* ---- leaving */

static enum gw_status leave(struct gw_session *session, const struct query *query, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    enum gw_status status = session_run(session, reterr);

    *ret_count = status == GW_OK ? (uint32_t)row_int(query->result, 0, 0) : 0;
    return status;
}

enum gw_status dead_discard(struct gw_session *session, const struct gw_array *ids, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    struct query *query;

    session_begin(session);
    query = session_query(session, &discard_statement);
    add_ids(&query->parameters, ids);
    return leave(session, query, ret_count, reterr);
}

static void add_targets(struct parameters *parameters, const struct gw_array *targets)
{
    array_begin(parameters, PARAMETER_TEXT);
    for (uint32_t i = 0; i < targets->count; i++)
        array_text(parameters, ((const struct gw_outbox_target *)gw_array_at(targets, i))->destination);
    array_end(parameters);
    array_begin(parameters, PARAMETER_TEXT);
    for (uint32_t i = 0; i < targets->count; i++)
        array_text(parameters, ((const struct gw_outbox_target *)gw_array_at(targets, i))->recipient);
    array_end(parameters);
}

enum gw_status dead_requeue(struct gw_session *session, const struct gw_array *ids, const struct gw_array *targets,
                            int64_t stamp, uint32_t *ret_count, struct gw_error *reterr)
{
    struct query *query;

    session_begin(session);
    query = session_query(session, &requeue_statement);
    add_ids(&query->parameters, ids);
    parameter_int8(&query->parameters, stamp);
    add_targets(&query->parameters, targets);
    return leave(session, query, ret_count, reterr);
}

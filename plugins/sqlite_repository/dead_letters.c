/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: what was refused, until it is replayed, put back or discarded. */
#include "operations.h"

#include <gangway/sdk/delivery.h>
#include <gangway/sdk/show.h>

#include <stdlib.h>

enum { WITHOUT_LIMIT = -1 };

enum gw_status dead_add(struct gw_session *session, const struct gw_dead_entry *entry, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_ADD_DEAD);
    const struct gw_dead_letter *letter = &entry->letter;

    sqlite3_bind_int64(statement, 1, entry->unix_ms);
    bind_text(statement, 2, letter->entrypoint);
    bind_text(statement, 3, letter->source);
    sqlite3_bind_int64(statement, 4, letter->offset);
    sqlite3_bind_int64(statement, 5, (int64_t)letter->line);
    bind_text(statement, 6, letter->identity);
    bind_text(statement, 7, letter->type);
    bind_blob(statement, 8, letter->key.ptr, letter->key.len);
    bind_blob(statement, 9, letter->headers.ptr, letter->headers.len);
    bind_blob(statement, 10, letter->payload.ptr, letter->payload.len);
    bind_text(statement, 11, letter->reason);
    sqlite3_bind_int64(statement, 12, (int64_t)letter->full_len);
    bind_blob(statement, 13, letter->digest, sizeof letter->digest);
    sqlite3_bind_int64(statement, 14, letter->flags);
    sqlite3_bind_int64(statement, 15, entry->kind);
    bind_text(statement, 16, entry->recipient);
    sqlite3_bind_int64(statement, 17, entry->sequence);
    if (entry->kind == GW_DEAD_DELIVERY)
        sqlite3_bind_int64(statement, 18, entry->event_unix_ms);
    else
        sqlite3_bind_null(statement, 18);
    return session_change(session, statement, NULL, reterr);
}

enum gw_status dead_add_all(struct gw_session *session, const struct gw_array *letters, int64_t now_ms,
                            struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < letters->count && status == GW_OK; i++) {
        const struct gw_dead_letter *letter = gw_array_at(letters, i);
        struct gw_dead_entry entry = {.kind = GW_DEAD_COMMAND, .unix_ms = now_ms, .letter = *letter};

        status = dead_add(session, &entry, reterr);
    }
    return status;
}

enum gw_status dead_change(struct gw_session *session, const struct gw_array *changes, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < changes->count && status == GW_OK; i++) {
        const struct gw_dead_change *change = gw_array_at(changes, i);
        bool succeeded = change->reason.len == 0;
        sqlite3_stmt *statement = session_statement(session, succeeded ? STATEMENT_DROP_DEAD : STATEMENT_REPLAYED);
        int count = 0;

        sqlite3_bind_int64(statement, 1, change->id);
        if (!succeeded)
            bind_text(statement, 2, change->reason);
        status = session_change(session, statement, &count, reterr);
        if (status == GW_OK && count != 1)
            status = gw_conflict_dead_letter(change->id, reterr);
    }
    return status;
}

/* ---- telling */

static enum gw_status tell_entry(sqlite3_stmt *statement, const struct gw_dead_visitor *visitor)
{
    struct gw_text digest = column_bytes(statement, 15);
    struct gw_dead_entry entry = {
        .id = sqlite3_column_int64(statement, 0),
        .kind = (uint32_t)sqlite3_column_int64(statement, 1),
        .replays = (uint32_t)sqlite3_column_int64(statement, 2),
        .unix_ms = sqlite3_column_int64(statement, 3),
        .letter =
            {
                .entrypoint = column_bytes(statement, 4),
                .source = column_bytes(statement, 5),
                .offset = sqlite3_column_int64(statement, 6),
                .line = (uint64_t)sqlite3_column_int64(statement, 7),
                .identity = column_bytes(statement, 8),
                .type = column_bytes(statement, 9),
                .key = column_bytes(statement, 10),
                .headers = column_bytes(statement, 11),
                .payload = column_bytes(statement, 12),
                .reason = column_bytes(statement, 13),
                .full_len = (uint64_t)sqlite3_column_int64(statement, 14),
                .flags = (uint32_t)sqlite3_column_int64(statement, 16),
            },
        .recipient = column_bytes(statement, 17),
        .sequence = sqlite3_column_int64(statement, 18),
        .event_unix_ms = sqlite3_column_int64(statement, 19),
    };

    if (digest.len == sizeof entry.letter.digest)
        memcpy(entry.letter.digest, digest.ptr, sizeof entry.letter.digest);
    return visitor->entry(visitor->context, &entry);
}

/* Tells the entries above `after`, up to and including `last`, of which *left may still be told. */
static enum gw_status tell_range(struct gw_session *session, const struct gw_dead_filter *filter, int64_t after,
                                 int64_t last, int64_t *left, const struct gw_dead_visitor *visitor,
                                 struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_DEAD_LETTERS);
    enum gw_status status;
    bool found;

    sqlite3_bind_int64(statement, 1, after);
    sqlite3_bind_int64(statement, 2, last);
    bind_text(statement, 3, filter->source);
    bind_text(statement, 4, filter->reason);
    sqlite3_bind_int64(statement, 5, *left);
    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        *left -= *left != WITHOUT_LIMIT;
        status = tell_entry(statement, visitor);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "dead letters", reterr);
        }
    }
    return status;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* The ids in rising order, to be freed. NULL: no memory. */
static int64_t *sorted_ids(const struct gw_array *ids)
{
    int64_t *sorted = malloc(ids->count * sizeof *sorted);

    if (sorted == NULL)
        return NULL;
    for (uint32_t i = 0; i < ids->count; i++)
        sorted[i] = *(const int64_t *)gw_array_at(ids, i);
    qsort(sorted, ids->count, sizeof *sorted, compare_ids);
    return sorted;
}

static enum gw_status tell_ids(struct gw_session *session, const struct gw_dead_filter *filter, int64_t left,
                               const struct gw_dead_visitor *visitor, struct gw_error *reterr)
{
    int64_t *ids = sorted_ids(&filter->ids);
    enum gw_status status = GW_OK;

    if (ids == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for %u ids", filter->ids.count);
    for (uint32_t i = 0; i < filter->ids.count && status == GW_OK; i++) {
        if (ids[i] > filter->after && (i == 0 || ids[i] != ids[i - 1]))
            status = tell_range(session, filter, ids[i] - 1, ids[i], &left, visitor, reterr);
    }
    free(ids);
    return status;
}

enum gw_status dead_tell(struct gw_session *session, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor, struct gw_error *reterr)
{
    int64_t left = filter->limit == 0 ? WITHOUT_LIMIT : (int64_t)filter->limit;
    enum gw_status status = session_begin_read(session, reterr);

    if (status != GW_OK)
        return status;
    if (filter->ids.count == 0)
        status = tell_range(session, filter, filter->after, INT64_MAX, &left, visitor, reterr);
    else
        status = tell_ids(session, filter, left, visitor, reterr);
    session_end_read(session);
    return status;
}

enum gw_status dead_count(struct gw_session *session, uint64_t *ret_count, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_COUNT_DEAD);
    bool found;
    enum gw_status status = session_row(session, statement, &found, reterr);

    if (status != GW_OK || !found)
        return status;
    *ret_count = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    return GW_OK;
}

/* ---- leaving */

struct leaving {
    struct gw_session *session;
    const struct gw_array *targets; /* of requeued letters; empty: their own */
    int64_t next_stamp;             /* of the next row that is requeued */
    int64_t now_ms;
    uint32_t count; /* so many have left */
};

static enum gw_status drop(struct leaving *leaving, int64_t id, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(leaving->session, STATEMENT_DROP_DEAD);
    int changed = 0;
    enum gw_status status;

    sqlite3_bind_int64(statement, 1, id);
    status = session_change(leaving->session, statement, &changed, reterr);
    leaving->count += (uint32_t)changed;
    return status;
}

static enum gw_status add_rows(struct leaving *leaving, const struct gw_dead_entry *entry, struct gw_error *reterr)
{
    const struct gw_outbox_target own = gw_outbox_target_of(entry);
    uint32_t rows = leaving->targets->count > 0 ? leaving->targets->count : 1;
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < rows && status == GW_OK; i++) {
        const struct gw_outbox_target *target =
            leaving->targets->count > 0 ? gw_array_at(leaving->targets, i) : (const void *)&own;
        struct gw_outbox_row row = gw_outbox_row_instead(entry, target, leaving->next_stamp++, leaving->now_ms);

        status = outbox_add_row(leaving->session, &row, reterr);
    }
    return status;
}

/* A letter of a command stays. */
static enum gw_status requeue(struct leaving *leaving, int64_t id, struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(leaving->session, STATEMENT_DEAD_DELIVERY);
    enum gw_status status;
    bool found;

    sqlite3_bind_int64(statement, 1, id);
    status = session_row(leaving->session, statement, &found, reterr);
    if (status != GW_OK || !found)
        return status;
    status = add_rows(leaving,
                      &(struct gw_dead_entry){.kind = GW_DEAD_DELIVERY,
                                              .recipient = column_bytes(statement, 1),
                                              .sequence = sqlite3_column_int64(statement, 7),
                                              .event_unix_ms = sqlite3_column_int64(statement, 8),
                                              .letter = {.entrypoint = column_bytes(statement, 0),
                                                         .identity = column_bytes(statement, 2),
                                                         .type = column_bytes(statement, 3),
                                                         .key = column_bytes(statement, 4),
                                                         .payload = column_bytes(statement, 5),
                                                         .headers = column_bytes(statement, 6)}},
                      reterr);
    (void)sqlite3_reset(statement);
    return status == GW_OK ? drop(leaving, id, reterr) : status;
}

typedef enum gw_status leave_fn(struct leaving *leaving, int64_t id, struct gw_error *reterr);

static enum gw_status leave_all(struct leaving *leaving, const struct gw_array *ids, leave_fn *leave,
                                uint32_t *ret_count, struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(leaving->session, reterr);

    if (status != GW_OK)
        return status;
    leaving->now_ms = leaving->session->host->unix_ms(leaving->session->host);
    for (uint32_t i = 0; i < ids->count && status == GW_OK; i++)
        status = leave(leaving, *(const int64_t *)gw_array_at(ids, i), reterr);
    status = session_end_write(leaving->session, status, reterr);
    *ret_count = status == GW_OK ? leaving->count : 0;
    return status;
}

enum gw_status dead_discard(struct gw_session *session, const struct gw_array *ids, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    struct leaving leaving = {.session = session};

    return leave_all(&leaving, ids, drop, ret_count, reterr);
}

enum gw_status dead_requeue(struct gw_session *session, const struct gw_array *ids, const struct gw_array *targets,
                            int64_t stamp, uint32_t *ret_count, struct gw_error *reterr)
{
    struct leaving leaving = {.session = session, .targets = targets, .next_stamp = stamp};

    return leave_all(&leaving, ids, requeue, ret_count, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: what was refused, until it is replayed, put back or discarded. In the order of their ids. */
#include "operations.h"

static struct dead_letter *find(const struct store *store, int64_t id)
{
    struct dead_letter like = {.id = id};

    return table_find(&store->tables[TABLE_DEAD_LETTERS], &like);
}

static void drop(struct store *store, struct dead_letter *letter)
{
    store_touch(store, FILE_DEAD_LETTERS);
    table_remove(&store->tables[TABLE_DEAD_LETTERS], letter);
}

/* ---- coming ---------------------------------------------------------------------------------------------------- */

enum gw_status dead_add(struct store *store, struct dead_letter *letter, struct gw_error *reterr)
{
    struct counter *counter = store_counter(store, "dead_letters", 1);

    if (counter == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a dead letter");
    letter->id = counter->next;
    if (table_add(&store->tables[TABLE_DEAD_LETTERS], letter) == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a dead letter");
    counter->next++;
    store_touch(store, FILE_COUNTERS);
    store_touch(store, FILE_DEAD_LETTERS);
    return GW_OK;
}

enum gw_status dead_add_all(struct store *store, const struct gw_array *letters, int64_t now_ms,
                            struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < letters->count && status == GW_OK; i++) {
        const struct gw_dead_letter *given = gw_array_at(letters, i);
        struct dead_letter letter = {
            .kind = GW_DEAD_COMMAND,
            .unix_ms = now_ms,
            .entrypoint = given->entrypoint,
            .source = given->source,
            .offset = given->offset,
            .line = (int64_t)given->line,
            .identity = given->identity,
            .type = given->type,
            .key = given->key,
            .headers = given->headers,
            .payload = given->payload,
            .reason = given->reason,
            .full_len = (int64_t)given->full_len,
            .flags = given->flags,
        };

        memcpy(letter.digest, given->digest, sizeof letter.digest);
        status = dead_add(store, &letter, reterr);
    }
    return status;
}

/* ---- replays --------------------------------------------------------------------------------------------------- */

static enum gw_status count_replay(struct store *store, struct dead_letter *letter, struct gw_text reason,
                                   struct gw_error *reterr)
{
    struct dead_letter changed = *letter;

    changed.reason = reason;
    changed.replays++;
    store_touch(store, FILE_DEAD_LETTERS);
    if (table_replace(&store->tables[TABLE_DEAD_LETTERS], letter, &changed) == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a dead letter");
    return GW_OK;
}

enum gw_status dead_change(struct store *store, const struct gw_array *changes, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < changes->count && status == GW_OK; i++) {
        const struct gw_dead_change *change = gw_array_at(changes, i);
        struct dead_letter *letter = find(store, change->id);

        if (letter == NULL)
            return gw_conflict_dead_letter(change->id, reterr);
        if (change->reason.len > 0)
            status = count_replay(store, letter, change->reason, reterr);
        else
            drop(store, letter);
    }
    return status;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static bool contains(struct gw_text text, struct gw_text part)
{
    return part.len == 0 || (text.len > 0 && memmem(text.ptr, text.len, part.ptr, part.len) != NULL);
}

static bool is_listed(const struct gw_array *ids, int64_t id)
{
    for (uint32_t i = 0; i < ids->count; i++)
        if (*(const int64_t *)gw_array_at(ids, i) == id)
            return true;
    return ids->count == 0;
}

static bool matches(const struct dead_letter *letter, const struct gw_dead_filter *filter)
{
    return letter->id > filter->after && contains(letter->reason, filter->reason) &&
           (filter->source.len == 0 || gw_text_equal(letter->source, filter->source) ||
            gw_text_equal(letter->entrypoint, filter->source)) &&
           is_listed(&filter->ids, letter->id);
}

/* When the event of a delivery happened. Letters of format 1 do not say. */
static int64_t event_time(const struct dead_letter *letter)
{
    return letter->event_unix_ms != 0 ? letter->event_unix_ms : letter->unix_ms;
}

static enum gw_status tell(const struct dead_letter *letter, const struct gw_dead_visitor *visitor)
{
    struct gw_dead_entry entry = {
        .id = letter->id,
        .kind = (uint32_t)letter->kind,
        .replays = (uint32_t)letter->replays,
        .unix_ms = letter->unix_ms,
        .letter =
            {
                .entrypoint = letter->entrypoint,
                .source = letter->source,
                .offset = letter->offset,
                .line = (uint64_t)letter->line,
                .identity = letter->identity,
                .type = letter->type,
                .key = letter->key,
                .headers = letter->headers,
                .payload = letter->payload,
                .reason = letter->reason,
                .full_len = (uint64_t)letter->full_len,
                .flags = (uint32_t)letter->flags,
            },
        .recipient = letter->recipient,
        .sequence = letter->sequence,
        .event_unix_ms = letter->kind == GW_DEAD_DELIVERY ? event_time(letter) : 0,
    };

    memcpy(entry.letter.digest, letter->digest, sizeof entry.letter.digest);
    return visitor->entry(visitor->context, &entry);
}

enum gw_status dead_tell(const struct store *store, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor)
{
    enum gw_status status = GW_OK;
    uint32_t told = 0;

    for (const struct row *row = store->tables[TABLE_DEAD_LETTERS].first; row != NULL && status == GW_OK;
         row = row->next) {
        if (!matches((const struct dead_letter *)row, filter))
            continue;
        if (filter->limit > 0 && told == filter->limit)
            break;
        status = tell((const struct dead_letter *)row, visitor);
        told++;
    }
    return status;
}

/* ---- leaving --------------------------------------------------------------------------------------------------- */

enum gw_status dead_discard(struct store *store, const struct gw_array *ids, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    uint32_t count = 0;
    enum gw_status status;

    for (uint32_t i = 0; i < ids->count; i++) {
        struct dead_letter *letter = find(store, *(const int64_t *)gw_array_at(ids, i));

        if (letter == NULL)
            continue;
        drop(store, letter);
        count++;
    }
    status = store_commit(store, reterr);
    *ret_count = status == GW_OK ? count : 0;
    return status;
}

static bool put_back(struct store *store, struct dead_letter *letter, int64_t stamp, int64_t now_ms,
                     struct gw_error *reterr)
{
    struct effect effect = {
        .destination = letter->entrypoint,
        .recipient = letter->recipient,
        .id = letter->identity,
        .type = letter->type,
        .sku = letter->key,
        .payload = letter->payload,
        .headers = letter->headers,
        .created_unix_ms = now_ms,
        .stamp = stamp,
        .sequence = letter->sequence,
        .event_unix_ms = event_time(letter),
    };

    if (outbox_add(store, &effect, reterr) == NULL)
        return false;
    drop(store, letter);
    return true;
}

enum gw_status dead_requeue(struct store *store, const struct gw_array *ids, int64_t stamp, int64_t now_ms,
                            uint32_t *ret_count, struct gw_error *reterr)
{
    uint32_t count = 0;
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < ids->count && status == GW_OK; i++) {
        struct dead_letter *letter = find(store, *(const int64_t *)gw_array_at(ids, i));

        if (letter == NULL || letter->kind != GW_DEAD_DELIVERY)
            continue;
        if (!put_back(store, letter, stamp + count, now_ms, reterr))
            status = GW_NOMEM;
        count++;
    }
    status = store_end(store, status, reterr);
    *ret_count = status == GW_OK ? count : 0;
    return status;
}

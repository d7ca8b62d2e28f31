/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters, in the order of their ids. */
#include "operations.h"

#include <gangway/sdk/delivery.h>

static struct dead_letter *find(const struct store *store, int64_t id)
{
    struct dead_letter like = {.entry = {.id = id}};

    return table_find(&store->tables[TABLE_DEAD_LETTERS], &like);
}

static void drop(struct store *store, struct dead_letter *letter)
{
    store_touch(store, FILE_DEAD_LETTERS);
    table_remove(&store->tables[TABLE_DEAD_LETTERS], letter);
}

/* ---- adding ---------------------------------------------------------------------------------------------------- */

enum gw_status dead_add(struct store *store, const struct gw_dead_entry *entry, struct gw_error *reterr)
{
    struct counter *counter = store_counter(store, "dead_letters", 1);
    struct dead_letter letter = {.entry = *entry};

    if (counter == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a dead letter");
    letter.entry.id = counter->next;
    if (table_add(&store->tables[TABLE_DEAD_LETTERS], &letter) == NULL)
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
        const struct gw_dead_letter *letter = gw_array_at(letters, i);
        struct gw_dead_entry entry = {.kind = GW_DEAD_COMMAND, .unix_ms = now_ms, .letter = *letter};

        status = dead_add(store, &entry, reterr);
    }
    return status;
}

/* ---- replays --------------------------------------------------------------------------------------------------- */

static enum gw_status count_replay(struct store *store, struct dead_letter *letter, struct gw_text reason,
                                   struct gw_error *reterr)
{
    struct dead_letter changed = *letter;

    changed.entry.letter.reason = reason;
    changed.entry.replays++;
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

/* ---- reporting ------------------------------------------------------------------------------------------------- */

/* Converts an entry to the port's struct. Deliveries of format 1 have no time of the event. */
static struct gw_dead_entry dead_told(const struct dead_letter *letter)
{
    struct gw_dead_entry entry = letter->entry;

    if (entry.kind == GW_DEAD_DELIVERY && entry.event_unix_ms == 0)
        entry.event_unix_ms = entry.unix_ms;
    return entry;
}

enum gw_status dead_tell(const struct store *store, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor)
{
    enum gw_status status = GW_OK;
    uint32_t told = 0;

    for (const struct row *row = store->tables[TABLE_DEAD_LETTERS].first; row != NULL && status == GW_OK;
         row = row->next) {
        struct gw_dead_entry entry = dead_told((const struct dead_letter *)row);

        if (!gw_dead_filter_matches(filter, &entry))
            continue;
        if (filter->limit > 0 && told == filter->limit)
            break;
        status = visitor->entry(visitor->context, &entry);
        told++;
    }
    return status;
}

/* ---- removing -------------------------------------------------------------------------------------------------- */

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

/* Adds a row for each target, then removes the letter. *stamp is that of the first row, then of the next one. */
static enum gw_status put_back(struct store *store, struct dead_letter *letter, const struct gw_array *targets,
                               int64_t *stamp, int64_t now_ms, struct gw_error *reterr)
{
    struct gw_dead_entry entry = dead_told(letter);
    struct gw_outbox_target own = gw_outbox_target_of(&entry);
    struct gw_array own_list = {&own, 1, sizeof own};
    enum gw_status status = GW_OK;

    if (targets->count == 0)
        targets = &own_list;
    for (uint32_t i = 0; i < targets->count && status == GW_OK; i++) {
        struct gw_outbox_row row = gw_outbox_row_instead(&entry, gw_array_at(targets, i), (*stamp)++, now_ms);

        status = outbox_add(store, &row, NULL, reterr);
    }
    if (status == GW_OK)
        drop(store, letter);
    return status;
}

enum gw_status dead_requeue(struct store *store, const struct gw_array *ids, const struct gw_array *targets,
                            int64_t stamp, int64_t now_ms, uint32_t *ret_count, struct gw_error *reterr)
{
    uint32_t count = 0;
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < ids->count && status == GW_OK; i++) {
        struct dead_letter *letter = find(store, *(const int64_t *)gw_array_at(ids, i));

        if (letter == NULL || letter->entry.kind != GW_DEAD_DELIVERY)
            continue;
        status = put_back(store, letter, targets, &stamp, now_ms, reterr);
        count++;
    }
    status = store_end(store, status, reterr);
    *ret_count = status == GW_OK ? count : 0;
    return status;
}

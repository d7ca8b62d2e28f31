/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox: the stored message ids, in the order of storing, and the running time by which they expire. */
#include "operations.h"

struct gw_id_verdict inbox_find_known(const struct store *store, const struct gw_array *changes)
{
    struct gw_id_verdict verdict = {0};

    for (uint32_t i = 0; i < changes->count; i++) {
        const struct gw_id_change *change = gw_array_at(changes, i);
        struct known_id like;

        memcpy(like.id, change->id, sizeof like.id);
        if (table_find(&store->tables[TABLE_IDS], &like) != NULL)
            gw_id_verdict_add(&verdict, change);
    }
    return verdict;
}

/* None of the ids is stored yet. */
enum gw_status inbox_add(struct store *store, const struct gw_array *changes, int64_t now_ms, struct gw_error *reterr)
{
    const struct counter *running = store_running_time(store);

    if (running == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a message id");
    for (uint32_t i = 0; i < changes->count; i++) {
        const struct gw_id_change *change = gw_array_at(changes, i);
        struct known_id known = {.outcome = change->outcome,
                                 .reason = change->reason,
                                 .received_unix_ms = now_ms,
                                 .running_ms = running->next};

        memcpy(known.id, change->id, sizeof known.id);
        memcpy(known.fingerprint, change->fingerprint, sizeof known.fingerprint);
        if (table_find(&store->tables[TABLE_IDS], &known) != NULL)
            return gw_error_set(reterr, GW_CONFLICT, "a changeset names a message id twice");
        if (table_add(&store->tables[TABLE_IDS], &known) == NULL)
            return gw_error_set(reterr, GW_NOMEM, "no memory for a message id");
        store_touch(store, FILE_INBOX);
    }
    return GW_OK;
}

enum gw_status inbox_advance(struct store *store, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                             struct gw_error *reterr)
{
    struct counter *running = store_running_time(store);

    if (running == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the running time");
    *ret_running_ms = running->next;
    if (add_ms == 0 || running->next != seen_ms)
        return GW_OK;
    running->next += add_ms;
    *ret_running_ms = running->next;
    store_touch(store, FILE_COUNTERS);
    return store_commit(store, reterr);
}

enum gw_status inbox_expire(struct store *store, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    struct table *table = &store->tables[TABLE_IDS];
    uint32_t count = 0;
    enum gw_status status;

    while (table->first != NULL && count < limit && ((struct known_id *)table->first)->running_ms < before_running_ms) {
        table_remove(table, table->first);
        store_touch(store, FILE_INBOX);
        count++;
    }
    status = store_commit(store, reterr);
    *ret_count = status == GW_OK ? count : 0;
    return status;
}

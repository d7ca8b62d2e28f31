/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox: message ids that are known. */
#include "operations.h"

uint32_t inbox_count_known(const struct store *store, const struct gw_array *changes)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < changes->count; i++) {
        const struct gw_id_change *change = gw_array_at(changes, i);
        struct known_id like;

        memcpy(like.id, change->id, sizeof like.id);
        count += table_find(&store->tables[TABLE_IDS], &like) != NULL;
    }
    return count;
}

/* None of them is known. */
enum gw_status inbox_add(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->ids.count; i++) {
        const struct gw_id_change *change = gw_array_at(&set->ids, i);
        struct known_id known = {
            .outcome = change->outcome, .reason = change->reason, .received_unix_ms = set->unix_ms};

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

enum gw_status inbox_expire(struct store *store, int64_t before_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr)
{
    struct table *table = &store->tables[TABLE_IDS];
    uint32_t count = 0;
    enum gw_status status;

    for (struct row *row = table->first, *next; row != NULL && count < limit; row = next) {
        next = row->next;
        if (((struct known_id *)row)->received_unix_ms >= before_ms)
            continue;
        table_remove(table, row);
        store_touch(store, FILE_INBOX);
        count++;
    }
    status = store_commit(store, reterr);
    *ret_count = status == GW_OK ? count : 0;
    return status;
}

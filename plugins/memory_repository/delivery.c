/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: what moves between the outbox and the dead letters. Memory for all is taken before anything changes. */
#include "store.h"

static enum gw_status no_memory(struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOMEM, "no memory to settle deliveries");
}

/* ---- outbox to dead letters */

static struct dead *new_dead(struct store *store, const struct outbox_row *row, struct gw_text reason, int64_t now_ms)
{
    struct gw_dead_entry entry = {
        .kind = GW_DEAD_DELIVERY,
        .unix_ms = now_ms,
        .recipient = row->recipient,
        .letter =
            {
                .entrypoint = destination_name(row->destination),
                .offset = GW_OFFSET_NONE,
                .identity = row->id,
                .type = row->type,
                .key = row->sku,
                .headers = row->headers,
                .payload = row->payload,
                .reason = reason,
                .full_len = row->payload.len,
            },
    };

    return dead_new(&store->dead_letters, &entry);
}

/* The dead letters that the settlements make, as a list that is linked through `after`, newest first. */
static enum gw_status make_dead(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                                int64_t now_ms, struct dead **list, struct gw_error *reterr)
{
    for (uint32_t i = settlements->count; i-- > 0;) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        const struct pending *pending;
        struct dead *dead;

        if (settlement->delivery < GW_DELIVERY_DONE || settlement->delivery > GW_DELIVERY_DEAD)
            return gw_error_set(reterr, GW_INVALID, "no such delivery: %u", settlement->delivery);
        if (settlement->delivery != GW_DELIVERY_DEAD)
            continue;
        pending = outbox_find(&store->outbox, destination, settlement->number);
        if (pending == NULL)
            continue;
        dead = new_dead(store, pending->row, settlement->reason, now_ms);
        if (dead == NULL || !table_reserve(&store->dead_letters.table, i + 1)) {
            if (dead != NULL)
                dead_drop(&store->dead_letters, dead);
            return no_memory(reterr);
        }
        dead->after = *list;
        *list = dead;
    }
    return GW_OK;
}

static void settle_rows(struct store *store, struct gw_text destination, const struct gw_array *settlements)
{
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        struct pending *pending = outbox_find(&store->outbox, destination, settlement->number);

        if (pending == NULL)
            continue;
        if (settlement->delivery == GW_DELIVERY_RETRY)
            outbox_delay(pending, settlement->due_unix_ms);
        else
            outbox_remove(&store->outbox, pending);
    }
}

enum gw_status store_settle(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                            int64_t now_ms, struct gw_error *reterr)
{
    struct dead *list = NULL;
    enum gw_status status = make_dead(store, destination, settlements, now_ms, &list, reterr);

    for (struct dead *dead = list, *after; dead != NULL; dead = after) {
        after = dead->after;
        if (status == GW_OK)
            dead_add(&store->dead_letters, dead);
        else
            dead_drop(&store->dead_letters, dead);
    }
    if (status == GW_OK)
        settle_rows(store, destination, settlements);
    return status;
}

/* ---- dead letters to outbox */

static struct outbox_row *new_row(struct store *store, const struct gw_dead_entry *entry, int64_t now_ms)
{
    const struct gw_dead_letter *letter = &entry->letter;
    struct gw_effect effect = {
        .destination = letter->entrypoint,
        .recipient = entry->recipient,
        .id = letter->identity,
        .type = letter->type,
        .payload = letter->payload,
        .headers = letter->headers,
    };

    return outbox_new(&store->outbox, &effect, letter->key, now_ms);
}

static enum gw_status requeue_one(struct store *store, struct dead *dead, int64_t now_ms, struct gw_error *reterr)
{
    struct outbox_row *row = new_row(store, &dead->entry, now_ms);

    if (row == NULL)
        return no_memory(reterr);
    if (!outbox_reserve(&store->outbox)) {
        outbox_drop(&store->outbox, row);
        return no_memory(reterr);
    }
    (void)outbox_add(&store->outbox, row);
    dead_remove(&store->dead_letters, dead);
    return GW_OK;
}

/* Each entry goes back by itself: one that memory has run out for stays what it was. */
enum gw_status store_requeue(struct store *store, const struct gw_array *ids, int64_t now_ms, uint32_t *ret_count,
                             struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    *ret_count = 0;
    for (uint32_t i = 0; i < ids->count && status == GW_OK; i++) {
        const int64_t *id = gw_array_at(ids, i);
        struct dead *dead = dead_find(&store->dead_letters, *id);

        if (dead == NULL || dead->entry.kind != GW_DEAD_DELIVERY)
            continue;
        status = requeue_one(store, dead, now_ms, reterr);
        *ret_count += status == GW_OK;
    }
    return status;
}

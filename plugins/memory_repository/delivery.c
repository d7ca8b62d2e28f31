/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: moves rows between the outbox and the dead letters. All memory is allocated before anything changes. */
#include "store.h"

#include <gangway/sdk/delivery.h>

static enum gw_status no_memory(struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOMEM, "no memory to settle deliveries");
}

/* ---- from the outbox to the dead letters */

/* What refused events leave behind, in the order of the settlements: lists that are linked through `after`. */
struct remains {
    struct dead *letters;
    struct outbox_row *rows; /* for the targets */
    int64_t stamp;           /* the stamp of the call */
    int64_t now_ms;
};

/* The rows for the targets of a refusal. False: no memory for all of them. */
static bool make_rows(struct store *store, const struct gw_outbox_refusal *refusal, struct remains *remains)
{
    for (uint32_t i = refusal->targets.count; i-- > 0;) {
        struct gw_outbox_row other =
            gw_outbox_row_instead(&refusal->entry, gw_array_at(&refusal->targets, i), 0, remains->now_ms);
        struct outbox_row *made = outbox_new(&store->outbox, &other);

        if (made == NULL)
            return false;
        made->after = remains->rows;
        remains->rows = made;
    }
    return true;
}

static bool make_letter(struct store *store, const struct gw_outbox_refusal *refusal, struct remains *remains)
{
    struct gw_dead_entry entry = gw_dead_entry_of_refusal(refusal, remains->now_ms);
    struct dead *dead = dead_new(&store->dead_letters, &entry);

    if (dead == NULL)
        return false;
    dead->after = remains->letters;
    remains->letters = dead;
    return true;
}

static enum gw_status make_remains(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                                   struct remains *remains, struct gw_error *reterr)
{
    for (uint32_t i = settlements->count; i-- > 0;) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        const struct gw_outbox_refusal *refusal = settlement->refusals.items;

        if (gw_settlement_of_one(settlement) != GW_SETTLED_REFUSED ||
            outbox_find(&store->outbox, destination, settlement->number, settlement->stamp) == NULL)
            continue;
        if ((!refusal->is_rerouted && !make_letter(store, refusal, remains)) || !make_rows(store, refusal, remains) ||
            !table_reserve(&store->dead_letters.table, i + 1))
            return no_memory(reterr);
    }
    return outbox_reserve(&store->outbox) ? GW_OK : no_memory(reterr);
}

/* Adds them to the store if all were made; otherwise frees them. */
static void place_remains(struct store *store, const struct remains *remains, bool is_whole)
{
    int64_t stamp = remains->stamp;

    for (struct dead *dead = remains->letters, *after; dead != NULL; dead = after) {
        after = dead->after;
        if (is_whole)
            dead_add(&store->dead_letters, dead);
        else
            dead_drop(&store->dead_letters, dead);
    }
    for (struct outbox_row *row = remains->rows, *after; row != NULL; row = after) {
        after = row->after;
        row->row.stamp = stamp++;
        if (is_whole)
            (void)outbox_add(&store->outbox, row);
        else
            outbox_drop(&store->outbox, row);
    }
}

static void settle_row(struct store *store, struct pending *pending, const struct gw_outbox_settlement *settlement,
                       int64_t now_ms)
{
    switch (gw_settlement_of_one(settlement)) {
    case GW_SETTLED_NOTHING:
        break;
    case GW_SETTLED_DELIVERED:
    case GW_SETTLED_REFUSED:
        outbox_remove(&store->outbox, pending);
        break;
    case GW_SETTLED_FAILED:
        outbox_delay(pending, settlement->attempts, gw_time_after(now_ms, settlement->delay_ms));
        break;
    }
}

static void settle_rows(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                        int64_t now_ms)
{
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        struct pending *pending = outbox_find(&store->outbox, destination, settlement->number, settlement->stamp);

        if (pending != NULL)
            settle_row(store, pending, settlement, now_ms);
    }
}

enum gw_status store_settle(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                            int64_t stamp, int64_t now_ms, struct gw_error *reterr)
{
    struct remains remains = {.stamp = stamp, .now_ms = now_ms};
    enum gw_status status = gw_settlements_check(settlements, reterr);

    if (status != GW_OK)
        return status;
    status = make_remains(store, destination, settlements, &remains, reterr);
    place_remains(store, &remains, status == GW_OK);
    if (status == GW_OK)
        settle_rows(store, destination, settlements, now_ms);
    return status;
}

/* ---- from the dead letters to the outbox */

/* The delivery with the id at this index. NULL: there is none, or the id was there before. Ids are few. */
static struct dead *find_delivery(const struct store *store, const struct gw_array *ids, uint32_t index)
{
    int64_t id = *(const int64_t *)gw_array_at(ids, index);
    struct dead *dead = dead_find(&store->dead_letters, id);

    for (uint32_t i = 0; i < index; i++)
        if (*(const int64_t *)gw_array_at(ids, i) == id)
            return NULL;
    return dead != NULL && dead->entry.kind == GW_DEAD_DELIVERY ? dead : NULL;
}

/* Makes all rows, the last one first, as make_rows does. */
static bool make_requeued(struct store *store, const struct gw_array *ids, const struct gw_array *targets,
                          struct remains *remains)
{
    bool is_whole = true;

    for (uint32_t i = ids->count; i-- > 0 && is_whole;) {
        struct dead *dead = find_delivery(store, ids, i);
        struct gw_outbox_refusal refusal = {.targets = *targets};
        struct gw_outbox_target own;

        if (dead == NULL)
            continue;
        refusal.entry = dead->entry;
        own = gw_outbox_target_of(&refusal.entry);
        if (targets->count == 0)
            refusal.targets = (struct gw_array){&own, 1, sizeof own};
        is_whole = make_rows(store, &refusal, remains);
    }
    return is_whole && outbox_reserve(&store->outbox);
}

enum gw_status store_requeue(struct store *store, const struct gw_array *ids, const struct gw_array *targets,
                             int64_t stamp, int64_t now_ms, uint32_t *ret_count, struct gw_error *reterr)
{
    struct remains remains = {.stamp = stamp, .now_ms = now_ms};
    bool is_whole = make_requeued(store, ids, targets, &remains);

    *ret_count = 0;
    place_remains(store, &remains, is_whole);
    for (uint32_t i = 0; i < ids->count && is_whole; i++) {
        struct dead *dead = find_delivery(store, ids, i);

        if (dead == NULL)
            continue;
        dead_remove(&store->dead_letters, dead);
        *ret_count += 1;
    }
    return is_whole ? GW_OK : no_memory(reterr);
}

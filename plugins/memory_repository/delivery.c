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

static enum gw_status requeue_one(struct store *store, struct dead *dead, int64_t stamp, int64_t now_ms,
                                  struct gw_error *reterr)
{
    struct gw_outbox_row again = gw_outbox_row_again(&dead->entry, stamp, now_ms);
    struct outbox_row *row = outbox_new(&store->outbox, &again);

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

/* Each entry is requeued separately. One for which there is no memory stays a dead letter. */
enum gw_status store_requeue(struct store *store, const struct gw_array *ids, int64_t stamp, int64_t now_ms,
                             uint32_t *ret_count, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    *ret_count = 0;
    for (uint32_t i = 0; i < ids->count && status == GW_OK; i++) {
        const int64_t *id = gw_array_at(ids, i);
        struct dead *dead = dead_find(&store->dead_letters, *id);

        if (dead == NULL || dead->entry.kind != GW_DEAD_DELIVERY)
            continue;
        status = requeue_one(store, dead, stamp + *ret_count, now_ms, reterr);
        *ret_count += status == GW_OK;
    }
    return status;
}

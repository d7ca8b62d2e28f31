/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan: new batches and lines are added to their tables at once, without a mark. Nobody else reads while the store is
 * locked, and a changeset that names one of them twice finds the first.
 */
#include "plan.h"

#include "store.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/delivery.h>
#include <gangway/sdk/items.h>
#include <gangway/sdk/verdict.h>

#include <stdlib.h>

void plan_done(struct plan *plan)
{
    struct plan_list *lists = (struct plan_list *)plan;

    for (size_t i = 0; i < sizeof *plan / sizeof *lists; i++)
        free(lists[i].rows);
}

static bool list_begin(struct plan_list *list, uint32_t count)
{
    void **rows = gw_items_reserve(list->rows, sizeof *rows, count, &list->capacity);

    list->count = 0;
    if (rows != NULL)
        list->rows = rows;
    return rows != NULL;
}

enum gw_status plan_begin(struct plan *plan, const struct gw_changeset *set, struct gw_error *reterr)
{
    bool all = list_begin(&plan->products, set->products.count);

    all = list_begin(&plan->places, set->positions.count) && all;
    all = list_begin(&plan->ids, set->ids.count) && all;
    all = list_begin(&plan->new_batches, set->batch_inserts.count) && all;
    all = list_begin(&plan->batches, set->batch_updates.count) && all;
    all = list_begin(&plan->leaving, set->line_deletes.count) && all;
    all = list_begin(&plan->lines, set->line_inserts.count) && all;
    all = list_begin(&plan->letters, set->dead_letters.count) && all;
    all = list_begin(&plan->replayed, set->dead_changes.count) && all;
    all = list_begin(&plan->reasons, set->dead_changes.count) && all;
    all = list_begin(&plan->effects, set->effects.count) && all;
    return all ? GW_OK : gw_error_set(reterr, GW_NOMEM, "no memory for a changeset");
}

static void keep(struct plan_list *list, void *row)
{
    list->rows[list->count++] = row;
}

static enum gw_status no_memory(struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOMEM, "no memory for the rows of a changeset");
}

/* ---- making ---------------------------------------------------------------------------------------------------- */

/* The product that other parts name by index. The check of the changeset and the comparison have found it. */
static struct product *product_at(const struct store *store, uint32_t index)
{
    return store->plan.products.rows[index];
}

static enum gw_status make_positions(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    if (!table_reserve(&store->positions.table, set->positions.count))
        return no_memory(reterr);
    for (uint32_t i = 0; i < set->positions.count; i++) {
        const struct gw_position_change *change = gw_array_at(&set->positions, i);
        struct place *place = NULL;

        if (change->expected == GW_OFFSET_NONE) {
            place = positions_new(&store->positions, change->source);
            if (place == NULL)
                return no_memory(reterr);
        }
        keep(&store->plan.places, place);
    }
    return GW_OK;
}

static enum gw_status make_products(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->products.count; i++) {
        const struct gw_product_change *change = gw_array_at(&set->products, i);

        if (store->plan.products.rows[i] != NULL || change->version == 0)
            continue;
        /* plan_undo keeps it: a product of version 0 does not exist for anyone */
        store->plan.products.rows[i] = stock_add_product(&store->stock, change->sku);
        if (store->plan.products.rows[i] == NULL)
            return no_memory(reterr);
    }
    return GW_OK;
}

static enum gw_status make_ids(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    if (!table_reserve(&store->inbox.table, set->ids.count))
        return no_memory(reterr);
    for (uint32_t i = 0; i < set->ids.count; i++) {
        struct known_id *known = inbox_new(&store->inbox, gw_array_at(&set->ids, i));

        if (known == NULL)
            return no_memory(reterr);
        keep(&store->plan.ids, known);
    }
    return GW_OK;
}

static enum gw_status make_new_batches(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    if (!table_reserve(&store->stock.batches, set->batch_inserts.count))
        return no_memory(reterr);
    for (uint32_t i = 0; i < set->batch_inserts.count; i++) {
        const struct gw_batch_insert *insert = gw_array_at(&set->batch_inserts, i);
        struct product *product = product_at(store, insert->product);
        enum gw_status status = gw_quantities_check(insert->ref, insert->purchased, insert->allocated, reterr);
        struct batch *batch;

        if (stock_batch(&store->stock, insert->ref) != NULL)
            return gw_conflict_batch_exists(insert->ref, product_sku(product), reterr);
        if (status != GW_OK)
            return status;
        batch = stock_new_batch(&store->stock, product, insert->ref);
        if (batch == NULL)
            return no_memory(reterr);
        batch->purchased = insert->purchased;
        batch->allocated = insert->allocated;
        batch->created = insert->created;
        batch->eta = insert->eta;
        keep(&store->plan.new_batches, batch);
    }
    return GW_OK;
}

static enum gw_status make_batch_updates(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->batch_updates.count; i++) {
        const struct gw_batch_update *update = gw_array_at(&set->batch_updates, i);
        struct product *product = product_at(store, update->product);
        struct batch *batch = stock_batch(&store->stock, update->ref);
        enum gw_status status = gw_quantities_check(update->ref, update->purchased, update->allocated, reterr);

        if (batch == NULL || batch->product != product)
            return gw_conflict_batch_missing(update->ref, product_sku(product), reterr);
        if (batch->purchased != update->old_purchased || batch->allocated != update->old_allocated)
            return gw_conflict_quantities(update, batch->purchased, batch->allocated, reterr);
        if (status != GW_OK)
            return status;
        keep(&store->plan.batches, batch);
    }
    return GW_OK;
}

static enum gw_status make_line_deletes(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->line_deletes.count; i++) {
        const struct gw_line_delete *leave = gw_array_at(&set->line_deletes, i);
        struct product *product = product_at(store, leave->product);
        struct line *line;

        line = stock_line(&store->stock, product, leave->orderid, leave->qty);
        if (line == NULL)
            return gw_conflict_line_missing(leave->orderid, leave->qty, product_sku(product), reterr);
        line->is_leaving = 1;
        keep(&store->plan.leaving, line);
    }
    return GW_OK;
}

static enum gw_status make_line_inserts(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    if (!stock_reserve_lines(&store->stock, set->line_inserts.count))
        return no_memory(reterr);
    for (uint32_t i = 0; i < set->line_inserts.count; i++) {
        const struct gw_line_insert *insert = gw_array_at(&set->line_inserts, i);
        struct product *product = product_at(store, insert->product);
        struct batch *batch = stock_batch(&store->stock, insert->ref);
        struct line *line;

        if (batch == NULL || batch->product != product)
            return gw_conflict_batch_missing(insert->ref, product_sku(product), reterr);
        if (stock_line(&store->stock, product, insert->orderid, insert->qty) != NULL)
            return gw_conflict_line_held(insert->orderid, insert->qty, product_sku(product), reterr);
        line = stock_new_line(&store->stock, batch, insert->orderid, insert->qty, insert->seq);
        if (line == NULL)
            return no_memory(reterr);
        keep(&store->plan.lines, line);
    }
    return GW_OK;
}

static enum gw_status make_dead_letters(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                                        struct gw_error *reterr)
{
    if (!table_reserve(&store->dead_letters.table, set->dead_letters.count))
        return no_memory(reterr);
    for (uint32_t i = 0; i < set->dead_letters.count; i++) {
        const struct gw_dead_letter *letter = gw_array_at(&set->dead_letters, i);
        struct gw_dead_entry entry = {.kind = GW_DEAD_COMMAND, .unix_ms = now_ms, .letter = *letter};
        struct dead *dead = dead_new(&store->dead_letters, &entry);

        if (dead == NULL)
            return no_memory(reterr);
        keep(&store->plan.letters, dead);
    }
    return GW_OK;
}

static enum gw_status make_dead_changes(struct store *store, const struct gw_changeset *set, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->dead_changes.count; i++) {
        const struct gw_dead_change *change = gw_array_at(&set->dead_changes, i);
        struct dead *dead = dead_find(&store->dead_letters, change->id);
        char *reason = NULL;

        if (dead == NULL || dead->is_replayed)
            return gw_conflict_dead_letter(change->id, reterr);
        if (change->reason.len > 0) {
            reason = dead_new_reason(&store->dead_letters, change->reason);
            if (reason == NULL)
                return no_memory(reterr);
        }
        dead->is_replayed = 1;
        keep(&store->plan.replayed, dead);
        keep(&store->plan.reasons, reason);
    }
    return GW_OK;
}

static enum gw_status make_effects(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                                   struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->effects.count; i++) {
        const struct gw_effect *effect = gw_array_at(&set->effects, i);
        struct gw_outbox_row row = gw_outbox_row_of_effect(set, i, product_at(store, effect->product)->events, now_ms);
        struct outbox_row *made = outbox_new(&store->outbox, &row);

        if (made == NULL)
            return no_memory(reterr);
        keep(&store->plan.effects, made);
    }
    return outbox_reserve(&store->outbox) ? GW_OK : no_memory(reterr);
}

enum gw_status plan_make(struct store *store, const struct gw_changeset *set, int64_t now_ms, struct gw_error *reterr)
{
    static enum gw_status (*const parts[])(struct store *, const struct gw_changeset *, struct gw_error *) = {
        make_positions,     make_products,     make_ids,          make_new_batches,
        make_batch_updates, make_line_deletes, make_line_inserts, make_dead_changes,
    };
    enum gw_status status = GW_OK;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == GW_OK; i++)
        status = parts[i](store, set, reterr);
    if (status == GW_OK)
        status = make_dead_letters(store, set, now_ms, reterr);
    return status == GW_OK ? make_effects(store, set, now_ms, reterr) : status;
}

/* ---- undoing --------------------------------------------------------------------------------------------------- */

void plan_undo(struct store *store, const struct gw_changeset *set)
{
    struct plan *plan = &store->plan;

    for (uint32_t i = 0; i < plan->places.count; i++) {
        if (plan->places.rows[i] != NULL)
            positions_drop(&store->positions, plan->places.rows[i]);
    }
    for (uint32_t i = 0; i < plan->ids.count; i++)
        inbox_drop(&store->inbox, plan->ids.rows[i]);
    for (uint32_t i = 0; i < plan->leaving.count; i++)
        ((struct line *)plan->leaving.rows[i])->is_leaving = 0;
    for (uint32_t i = 0; i < plan->lines.count; i++)
        stock_drop_line(&store->stock, plan->lines.rows[i]);
    for (uint32_t i = 0; i < plan->new_batches.count; i++)
        stock_drop_batch(&store->stock, plan->new_batches.rows[i]);
    for (uint32_t i = 0; i < plan->letters.count; i++)
        dead_drop(&store->dead_letters, plan->letters.rows[i]);
    for (uint32_t i = 0; i < plan->reasons.count; i++) {
        const struct gw_dead_change *change = gw_array_at(&set->dead_changes, i);

        slab_give(&store->slab, plan->reasons.rows[i], change->reason.len);
        ((struct dead *)plan->replayed.rows[i])->is_replayed = 0;
    }
    for (uint32_t i = 0; i < plan->effects.count; i++)
        outbox_drop(plan->effects.rows[i]);
}

/* ---- committing ------------------------------------------------------------------------------------------------ */

static void commit_positions(struct store *store, const struct gw_changeset *set)
{
    for (uint32_t i = 0; i < set->positions.count; i++) {
        const struct gw_position_change *change = gw_array_at(&set->positions, i);
        struct place *place = store->plan.places.rows[i];

        if (place != NULL)
            positions_add(&store->positions, place);
        else
            place = positions_find(&store->positions, change->source);
        place->next = change->next;
        place->mark = change->has_mark ? change->mark : 0;
        place->has_mark = change->has_mark;
    }
}

static void commit_products(struct store *store, const struct gw_changeset *set, int64_t *event_counters)
{
    for (uint32_t i = 0; i < set->products.count; i++) {
        const struct gw_product_change *change = gw_array_at(&set->products, i);
        struct product *product = store->plan.products.rows[i];

        if (event_counters != NULL)
            event_counters[i] = product != NULL ? product->events : 0;
        if (product == NULL)
            continue;
        if (change->version != change->expected)
            product->stamp = set->stamp;
        product->version = change->version;
        product->events += change->events;
    }
}

static void commit_stock(struct store *store, const struct gw_changeset *set)
{
    struct plan *plan = &store->plan;

    for (uint32_t i = 0; i < plan->new_batches.count; i++)
        stock_place_batch(plan->new_batches.rows[i]);
    for (uint32_t i = 0; i < plan->batches.count; i++) {
        const struct gw_batch_update *update = gw_array_at(&set->batch_updates, i);

        stock_change_batch(plan->batches.rows[i], update->purchased, update->allocated);
    }
    for (uint32_t i = 0; i < plan->leaving.count; i++)
        stock_remove_line(&store->stock, plan->leaving.rows[i]);
    for (uint32_t i = 0; i < plan->lines.count; i++)
        stock_place_line(&store->stock, plan->lines.rows[i]);
}

static void commit_dead_letters(struct store *store, const struct gw_changeset *set)
{
    struct plan *plan = &store->plan;

    for (uint32_t i = 0; i < plan->letters.count; i++)
        dead_add(&store->dead_letters, plan->letters.rows[i]);
    for (uint32_t i = 0; i < plan->replayed.count; i++) {
        const struct gw_dead_change *change = gw_array_at(&set->dead_changes, i);

        if (change->reason.len == 0)
            dead_remove(&store->dead_letters, plan->replayed.rows[i]);
        else
            dead_replay(&store->dead_letters, plan->replayed.rows[i], plan->reasons.rows[i], change->reason.len);
    }
}

static int64_t commit_effects(struct store *store)
{
    struct plan *plan = &store->plan;
    int64_t first = plan->effects.count == 0 ? 0 : store->outbox.next_number;

    for (uint32_t i = 0; i < plan->effects.count; i++)
        (void)outbox_add(plan->effects.rows[i]);
    return first;
}

int64_t plan_commit(struct store *store, const struct gw_changeset *set, int64_t *event_counters)
{
    commit_positions(store, set);
    commit_products(store, set, event_counters);
    for (uint32_t i = 0; i < store->plan.ids.count; i++)
        inbox_add(&store->inbox, store->plan.ids.rows[i]);
    commit_stock(store, set);
    commit_dead_letters(store, set);
    return commit_effects(store);
}

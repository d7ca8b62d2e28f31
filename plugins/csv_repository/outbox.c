/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox: rows in the order of their numbers. The counter of the numbers is written together with the rows. */
#include "operations.h"
#include "stock.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/delivery.h>

#include <stdlib.h>

enum gw_status outbox_add(struct store *store, const struct gw_outbox_row *row, int64_t *ret_number,
                          struct gw_error *reterr)
{
    struct counter *counter = store_counter(store, "outbox", 1);
    struct effect effect = {.event = *row};

    if (counter == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a row of the outbox");
    effect.event.number = counter->next;
    if (table_add(&store->tables[TABLE_EFFECTS], &effect) == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a row of the outbox");
    if (ret_number != NULL)
        *ret_number = counter->next;
    counter->next++;
    store_touch(store, FILE_COUNTERS);
    store_touch(store, FILE_OUTBOX);
    return GW_OK;
}

enum gw_status outbox_add_all(struct store *store, const struct gw_changeset *set, int64_t now_ms, int64_t *ret_first,
                              struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < set->effects.count && status == GW_OK; i++) {
        const struct gw_effect *effect = gw_array_at(&set->effects, i);
        const struct product *product = stock_product(store, gw_changeset_product(set, effect->product)->sku);
        struct gw_outbox_row row = gw_outbox_row_of_effect(set, i, product->events, now_ms);

        status = outbox_add(store, &row, i == 0 ? ret_first : NULL, reterr);
    }
    return status;
}

/* ---- reporting ------------------------------------------------------------------------------------------------- */

/* The row as the port has it. */
static struct gw_outbox_row effect_told(const struct effect *effect, int64_t now_ms)
{
    struct gw_outbox_row row = effect->event;

    if (row.event_unix_ms == 0)
        row.event_unix_ms = row.queued_unix_ms;
    row.age_ms = gw_age_ms(now_ms, row.queued_unix_ms);
    return row;
}

enum gw_status outbox_tell(const struct store *store, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, int64_t now_ms, const struct gw_outbox_visitor *visitor,
                           int64_t *ret_due_in_ms)
{
    enum gw_status status = GW_OK;
    uint32_t told = 0;

    *ret_due_in_ms = GW_DUE_NEVER;
    for (const struct row *at = store->tables[TABLE_EFFECTS].first; at != NULL && status == GW_OK; at = at->next) {
        const struct effect *effect = (const struct effect *)at;
        int64_t wait_ms = gw_due_in_ms(effect->due_unix_ms, now_ms, longest_wait_ms);

        if (effect->event.number <= after || !gw_text_equal(effect->event.destination, destination))
            continue;
        if (wait_ms > 0) {
            *ret_due_in_ms = gw_earlier_wait(*ret_due_in_ms, wait_ms);
        } else if (told < limit) {
            struct gw_outbox_row row = effect_told(effect, now_ms);

            status = visitor->row(visitor->context, &row);
            told++;
        }
    }
    return status;
}

/* ---- figures --------------------------------------------------------------------------------------------------- */

/* A linear search suffices, because there are few destinations. The oldest row comes first. */
struct figures {
    struct gw_outbox_figure *items;
    size_t count;
};

static struct gw_outbox_figure *figure_of(struct figures *figures, const struct effect *effect)
{
    struct gw_outbox_figure *items;

    for (size_t i = 0; i < figures->count; i++)
        if (gw_text_equal(figures->items[i].destination, effect->event.destination))
            return &figures->items[i];
    items = realloc(figures->items, (figures->count + 1) * sizeof *items);
    if (items == NULL)
        return NULL;
    figures->items = items;
    items[figures->count] = (struct gw_outbox_figure){.destination = effect->event.destination,
                                                      .oldest_unix_ms = effect->event.queued_unix_ms};
    return &items[figures->count++];
}

enum gw_status outbox_tell_figures(const struct store *store, int64_t now_ms,
                                   const struct gw_outbox_figure_visitor *visitor, struct gw_error *reterr)
{
    struct figures figures = {0};
    enum gw_status status = GW_OK;

    for (const struct row *row = store->tables[TABLE_EFFECTS].first; row != NULL && status == GW_OK; row = row->next) {
        struct gw_outbox_figure *figure = figure_of(&figures, (const struct effect *)row);

        if (figure == NULL)
            status = gw_error_set(reterr, GW_NOMEM, "no memory for the figures of the outbox");
        else
            figure->pending++;
    }
    for (size_t i = 0; i < figures.count && status == GW_OK; i++) {
        figures.items[i].oldest_age_ms = gw_age_ms(now_ms, figures.items[i].oldest_unix_ms);
        status = visitor->figure(visitor->context, &figures.items[i]);
    }
    free(figures.items);
    return status;
}

/* ---- settling -------------------------------------------------------------------------------------------------- */

struct settling {
    struct store *store;
    int64_t now_ms;
    int64_t next_stamp; /* of the next row for a target */
    struct gw_error *reterr;
};

static enum gw_status add_targets(struct settling *settling, const struct gw_outbox_refusal *refusal)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < refusal->targets.count && status == GW_OK; i++) {
        struct gw_outbox_row other = gw_outbox_row_instead(&refusal->entry, gw_array_at(&refusal->targets, i),
                                                           settling->next_stamp++, settling->now_ms);

        status = outbox_add(settling->store, &other, NULL, settling->reterr);
    }
    return status;
}

static enum gw_status store_refusal(struct settling *settling, const struct gw_outbox_refusal *refusal)
{
    struct gw_dead_entry entry = gw_dead_entry_of_refusal(refusal, settling->now_ms);
    enum gw_status status = GW_OK;

    if (!refusal->is_rerouted)
        status = dead_add(settling->store, &entry, settling->reterr);

    return status == GW_OK ? add_targets(settling, refusal) : status;
}

static enum gw_status settle(struct settling *settling, struct effect *effect,
                             const struct gw_outbox_settlement *settlement)
{
    struct store *store = settling->store;
    enum gw_settled settled = gw_settlement_of_one(settlement);
    enum gw_status status = GW_OK;

    if (settled == GW_SETTLED_NOTHING)
        return GW_OK;
    store_touch(store, FILE_OUTBOX);
    if (settled == GW_SETTLED_FAILED) {
        effect->event.attempts = settlement->attempts;
        effect->due_unix_ms = gw_due_after(settling->now_ms, settlement->delay_ms);
        return GW_OK;
    }
    if (settled == GW_SETTLED_REFUSED)
        status = store_refusal(settling, settlement->refusals.items);
    if (status == GW_OK)
        table_remove(&store->tables[TABLE_EFFECTS], effect);
    return status;
}

enum gw_status outbox_settle(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, int64_t now_ms, struct gw_error *reterr)
{
    struct settling settling = {store, now_ms, stamp, reterr};
    enum gw_status status = gw_settlements_check(settlements, reterr);

    if (status != GW_OK)
        return status;
    for (uint32_t i = 0; i < settlements->count && status == GW_OK; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        struct effect like = {.event = {.number = settlement->number}};
        struct effect *effect = table_find(&store->tables[TABLE_EFFECTS], &like);

        if (effect != NULL && effect->event.stamp == settlement->stamp &&
            gw_text_equal(effect->event.destination, destination))
            status = settle(&settling, effect, settlement);
    }
    return store_end(store, status, reterr);
}

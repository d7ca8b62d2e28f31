/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox: rows in the order of their numbers, which come from a counter that is written with them. */
#include "operations.h"

#include <gangway/sdk/changeset.h>

#include <stdlib.h>

struct effect *outbox_add(struct store *store, struct effect *effect, struct gw_error *reterr)
{
    struct counter *counter = store_counter(store, "outbox", 1);
    struct effect *added = NULL;

    if (counter != NULL) {
        effect->number = counter->next;
        added = table_add(&store->tables[TABLE_EFFECTS], effect);
    }
    if (added == NULL) {
        (void)gw_error_set(reterr, GW_NOMEM, "no memory for a row of the outbox");
        return NULL;
    }
    counter->next++;
    store_touch(store, FILE_COUNTERS);
    store_touch(store, FILE_OUTBOX);
    return added;
}

enum gw_status outbox_add_all(struct store *store, const struct gw_changeset *set, int64_t now_ms, int64_t *ret_first,
                              struct gw_error *reterr)
{
    for (uint32_t i = 0; i < set->effects.count; i++) {
        const struct gw_effect *given = gw_array_at(&set->effects, i);
        struct effect effect = {
            .destination = given->destination,
            .recipient = given->recipient,
            .id = given->id,
            .type = given->type,
            .payload = given->payload,
            .headers = given->headers,
            .created_unix_ms = now_ms,
            .stamp = set->stamp + i,
        };
        const struct product *product = stock_product(store, gw_changeset_product(set, given->product)->sku);

        effect.sku = product->sku;
        effect.sequence = product->events + given->event;
        if (outbox_add(store, &effect, reterr) == NULL)
            return GW_NOMEM;
        if (i == 0)
            *ret_first = effect.number;
    }
    return GW_OK;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

/* Durations come from the settings and may be as long as they like. */
static int64_t later(int64_t now_ms, int64_t wait_ms)
{
    return wait_ms < INT64_MAX - now_ms ? now_ms + wait_ms : INT64_MAX;
}

/* When the event of a row happened. */
static int64_t event_time(const struct effect *effect)
{
    return effect->event_unix_ms != 0 ? effect->event_unix_ms : effect->created_unix_ms;
}

static enum gw_status tell(const struct effect *effect, int64_t now_ms, const struct gw_outbox_visitor *visitor)
{
    struct gw_outbox_row row = {
        .number = effect->number,
        .destination = effect->destination,
        .recipient = effect->recipient,
        .id = effect->id,
        .type = effect->type,
        .sku = effect->sku,
        .payload = effect->payload,
        .headers = effect->headers,
        .stamp = effect->stamp,
        .sequence = effect->sequence,
        .event_unix_ms = event_time(effect),
        .queued_unix_ms = effect->created_unix_ms,
        .age_ms = now_ms > effect->created_unix_ms ? now_ms - effect->created_unix_ms : 0,
        .attempts = (uint32_t)effect->attempts,
    };

    return visitor->row(visitor->context, &row);
}

enum gw_status outbox_tell(const struct store *store, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, int64_t now_ms, const struct gw_outbox_visitor *visitor,
                           int64_t *ret_due_in_ms)
{
    int64_t last_ms = later(now_ms, longest_wait_ms);
    enum gw_status status = GW_OK;
    uint32_t told = 0;

    *ret_due_in_ms = GW_DUE_NEVER;
    for (const struct row *row = store->tables[TABLE_EFFECTS].first; row != NULL && status == GW_OK; row = row->next) {
        const struct effect *effect = (const struct effect *)row;

        if (effect->number <= after || !gw_text_equal(effect->destination, destination))
            continue;
        if (effect->due_unix_ms > now_ms && effect->due_unix_ms <= last_ms) {
            int64_t due_in_ms = effect->due_unix_ms - now_ms;

            if (*ret_due_in_ms == GW_DUE_NEVER || due_in_ms < *ret_due_in_ms)
                *ret_due_in_ms = due_in_ms;
        } else if (told < limit) {
            status = tell(effect, now_ms, visitor);
            told++;
        }
    }
    return status;
}

/* ---- figures --------------------------------------------------------------------------------------------------- */

/* Destinations are few; rows come oldest first. */
struct figures {
    struct gw_outbox_figure *items;
    size_t count;
};

static struct gw_outbox_figure *figure_of(struct figures *figures, const struct effect *effect)
{
    struct gw_outbox_figure *items;

    for (size_t i = 0; i < figures->count; i++)
        if (gw_text_equal(figures->items[i].destination, effect->destination))
            return &figures->items[i];
    items = realloc(figures->items, (figures->count + 1) * sizeof *items);
    if (items == NULL)
        return NULL;
    figures->items = items;
    items[figures->count] =
        (struct gw_outbox_figure){.destination = effect->destination, .oldest_unix_ms = effect->created_unix_ms};
    return &items[figures->count++];
}

enum gw_status outbox_tell_figures(const struct store *store, const struct gw_outbox_figure_visitor *visitor,
                                   struct gw_error *reterr)
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
    for (size_t i = 0; i < figures.count && status == GW_OK; i++)
        status = visitor->figure(visitor->context, &figures.items[i]);
    free(figures.items);
    return status;
}

/* ---- settling -------------------------------------------------------------------------------------------------- */

struct settling {
    struct store *store;
    int64_t now_ms;
    int64_t next_stamp; /* of the next row that takes the place of one that dies */
    struct gw_error *reterr;
};

static enum gw_status make_dead_letter(const struct settling *settling, const struct effect *effect,
                                       struct gw_text reason)
{
    struct dead_letter letter = {
        .kind = GW_DEAD_DELIVERY,
        .unix_ms = settling->now_ms,
        .entrypoint = effect->destination,
        .offset = GW_OFFSET_NONE,
        .identity = effect->id,
        .type = effect->type,
        .key = effect->sku,
        .headers = effect->headers,
        .payload = effect->payload,
        .reason = reason,
        .full_len = (int64_t)effect->payload.len,
        .recipient = effect->recipient,
        .sequence = effect->sequence,
        .event_unix_ms = event_time(effect),
    };

    return dead_add(settling->store, &letter, settling->reterr);
}

/* Rows of the same event in the place of one that dies. */
static enum gw_status add_targets(struct settling *settling, const struct effect *effect,
                                  const struct gw_array *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) {
        const struct gw_outbox_target *target = gw_array_at(targets, i);
        struct effect copy = *effect;

        copy.destination = target->destination;
        copy.recipient = target->recipient;
        copy.event_unix_ms = event_time(effect);
        copy.created_unix_ms = settling->now_ms;
        copy.due_unix_ms = 0;
        copy.attempts = 0;
        copy.stamp = settling->next_stamp++;
        if (outbox_add(settling->store, &copy, settling->reterr) == NULL)
            return GW_NOMEM;
    }
    return GW_OK;
}

static enum gw_status settle(struct settling *settling, struct effect *effect,
                             const struct gw_outbox_settlement *settlement)
{
    struct store *store = settling->store;
    enum gw_status status = GW_OK;

    store_touch(store, FILE_OUTBOX);
    if (settlement->delivery == GW_DELIVERY_RETRY) {
        effect->attempts++;
        effect->due_unix_ms = later(settling->now_ms, settlement->delay_ms);
        return GW_OK;
    }
    if (settlement->delivery == GW_DELIVERY_DEAD) {
        status = make_dead_letter(settling, effect, settlement->reason);
        if (status == GW_OK)
            status = add_targets(settling, effect, &settlement->targets);
    }
    if (status == GW_OK)
        table_remove(&store->tables[TABLE_EFFECTS], effect);
    return status;
}

enum gw_status outbox_settle(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, int64_t now_ms, struct gw_error *reterr)
{
    struct settling settling = {store, now_ms, stamp, reterr};
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < settlements->count && status == GW_OK; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        struct effect like = {.number = settlement->number};
        struct effect *effect = table_find(&store->tables[TABLE_EFFECTS], &like);

        if (settlement->delivery < GW_DELIVERY_DONE || settlement->delivery > GW_DELIVERY_DEAD)
            status = gw_error_set(reterr, GW_INVALID, "no such delivery: %u", settlement->delivery);
        else if (effect != NULL && effect->stamp == settlement->stamp &&
                 gw_text_equal(effect->destination, destination))
            status = settle(&settling, effect, settlement);
    }
    return store_end(store, status, reterr);
}

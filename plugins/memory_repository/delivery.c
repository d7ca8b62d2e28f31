/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: moves rows between the outbox, the notices and the dead letters. All memory is allocated before anything
 * changes. */
#include "notices.h"
#include "store.h"

#include <gangway/sdk/delivery.h>

static enum gw_status no_memory(struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOMEM, "no memory to settle deliveries");
}

/* ---- from the outbox to the dead letters and the notices */

/* What settled events leave behind, in the order of the settlements: lists that are linked through `after`. */
struct remains {
    struct dead *letters;
    struct outbox_row *rows; /* for the targets, and the notices */
    struct sent *sent;
    int64_t stamp; /* the stamp of the call */
    int64_t now_ms;
};

static bool keep_row(struct outbox_row *made, struct remains *remains)
{
    if (made == NULL)
        return false;
    made->after = remains->rows;
    remains->rows = made;
    return true;
}

/* The rows for the targets of a refusal. False: no memory for all of them. */
static bool make_rows(struct store *store, const struct gw_outbox_refusal *refusal, struct remains *remains)
{
    for (uint32_t i = refusal->targets.count; i-- > 0;) {
        struct gw_outbox_row other =
            gw_outbox_row_instead(&refusal->entry, gw_array_at(&refusal->targets, i), 0, remains->now_ms);

        if (!keep_row(outbox_new(&store->outbox, &other), remains))
            return false;
    }
    return true;
}

static bool make_notices(struct store *store, const struct gw_array *drafts, struct remains *remains)
{
    for (uint32_t i = drafts->count; i-- > 0;) {
        if (!keep_row(notice_new(&store->notices, gw_array_at(drafts, i)), remains))
            return false;
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

static bool make_refused(struct store *store, const struct gw_outbox_refusal *refusal, uint32_t letters,
                         struct remains *remains)
{
    return (refusal->is_rerouted || make_letter(store, refusal, remains)) && make_rows(store, refusal, remains) &&
           table_reserve(&store->dead_letters.table, letters);
}

/* Of an event nothing is kept. */
static bool make_sent(struct store *store, const struct outbox_row *row, struct gw_text answer, struct remains *remains)
{
    struct sent *sent = row->notice != NULL ? sent_new(&store->sent, row, answer, remains->now_ms) : NULL;

    if (row->notice == NULL)
        return true;
    if (sent == NULL)
        return false;
    sent->after = remains->sent;
    remains->sent = sent;
    return true;
}

/* What one settlement leaves behind. letters: that may be made in all. */
static bool make_remains_of(struct store *store, const struct outbox_row *row,
                            const struct gw_outbox_settlement *settlement, uint32_t letters, struct remains *remains)
{
    switch (gw_settlement_of_one(settlement)) {
    case GW_SETTLED_DELIVERED:
        return make_sent(store, row, settlement->answer, remains);
    case GW_SETTLED_REFUSED:
        return make_refused(store, settlement->refusals.items, letters, remains);
    case GW_SETTLED_OPENED:
        return make_notices(store, &settlement->drafts, remains);
    case GW_SETTLED_NOTHING:
    case GW_SETTLED_FAILED:
        break;
    }
    return true;
}

/* queue: where the settled rows are. */
static enum gw_status make_remains(struct store *store, struct outbox *queue, struct gw_text destination,
                                   const struct gw_array *settlements, struct remains *remains, struct gw_error *reterr)
{
    for (uint32_t i = settlements->count; i-- > 0;) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        const struct pending *pending = outbox_find(queue, destination, settlement->number, settlement->stamp);

        if (pending != NULL && !make_remains_of(store, pending->row, settlement, i + 1, remains))
            return no_memory(reterr);
    }
    return outbox_reserve(&store->outbox) && outbox_reserve(&store->notices) ? GW_OK : no_memory(reterr);
}

static void add_row(struct outbox_row *row, int64_t stamp)
{
    row->row.stamp = stamp;
    (void)outbox_add(row);
}

/* Adds them to the store if all were made; otherwise frees them. */
static void place_remains(struct store *store, const struct remains *remains, bool is_whole)
{
    int64_t row_stamp = remains->stamp;
    int64_t notice_stamp = remains->stamp;

    for (struct dead *dead = remains->letters, *after; dead != NULL; dead = after) {
        after = dead->after;
        if (is_whole)
            dead_add(&store->dead_letters, dead);
        else
            dead_drop(&store->dead_letters, dead);
    }
    for (struct sent *sent = remains->sent, *after; sent != NULL; sent = after) {
        after = sent->after;
        if (is_whole)
            sent_add(&store->sent, sent);
        else
            sent_drop(&store->sent, sent);
    }
    for (struct outbox_row *row = remains->rows, *after; row != NULL; row = after) {
        after = row->after;
        if (!is_whole)
            outbox_drop(row);
        else if (row->notice != NULL)
            notice_add(row, notice_stamp++, &store->sent, remains->now_ms);
        else
            add_row(row, row_stamp++);
    }
}

static void settle_row(struct outbox *queue, struct pending *pending, const struct gw_outbox_settlement *settlement,
                       int64_t now_ms)
{
    switch (gw_settlement_of_one(settlement)) {
    case GW_SETTLED_NOTHING:
        break;
    case GW_SETTLED_DELIVERED:
        if (pending->row->notice != NULL)
            notice_sent(pending->row, now_ms);
        outbox_remove(queue, pending);
        break;
    case GW_SETTLED_REFUSED:
    case GW_SETTLED_OPENED:
        outbox_remove(queue, pending);
        break;
    case GW_SETTLED_FAILED:
        notice_failed(pending->row, settlement->delay_ms);
        outbox_delay(pending, settlement->attempts, gw_due_after(now_ms, settlement->delay_ms));
        break;
    }
}

static void settle_rows(struct outbox *queue, struct gw_text destination, const struct gw_array *settlements,
                        int64_t now_ms)
{
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        struct pending *pending = outbox_find(queue, destination, settlement->number, settlement->stamp);

        if (pending != NULL)
            settle_row(queue, pending, settlement, now_ms);
    }
}

static enum gw_status settle(struct store *store, struct outbox *queue, struct gw_text destination,
                             const struct gw_array *settlements, int64_t stamp, int64_t now_ms, struct gw_error *reterr)
{
    struct remains remains = {.stamp = stamp, .now_ms = now_ms};
    enum gw_status status = make_remains(store, queue, destination, settlements, &remains, reterr);

    place_remains(store, &remains, status == GW_OK);
    if (status == GW_OK)
        settle_rows(queue, destination, settlements, now_ms);
    return status;
}

enum gw_status store_settle(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                            int64_t stamp, int64_t now_ms, struct gw_error *reterr)
{
    enum gw_status status = gw_settlements_check(settlements, reterr);

    return status == GW_OK ? settle(store, &store->outbox, destination, settlements, stamp, now_ms, reterr) : status;
}

enum gw_status store_settle_notices(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                                    int64_t stamp, int64_t now_ms, struct gw_error *reterr)
{
    enum gw_status status = gw_notice_settlements_check(settlements, reterr);

    return status == GW_OK ? settle(store, &store->notices, destination, settlements, stamp, now_ms, reterr) : status;
}

/* ---- recipients: a question visits all notices, because it is asked rarely */

static bool is_listed(struct gw_text id, const struct gw_array *event_ids)
{
    for (uint32_t i = 0; i < event_ids->count; i++)
        if (gw_text_equal(id, *(const struct gw_text *)gw_array_at(event_ids, i)))
            return true;
    return false;
}

struct recipients {
    const struct gw_array *event_ids;
    const struct gw_recipient_visitor *visitor;
};

static enum gw_status tell_recipient(const void *context, const struct outbox_row *pending,
                                     const struct gw_outbox_row *row)
{
    const struct recipients *recipients = context;

    (void)pending;
    if (!is_listed(row->id, recipients->event_ids))
        return GW_OK;
    return recipients->visitor->recipient(recipients->visitor->context, row->id, row->recipient);
}

enum gw_status store_tell_recipients(struct store *store, struct gw_text destination, const struct gw_array *event_ids,
                                     const struct gw_recipient_visitor *visitor)
{
    struct recipients recipients = {event_ids, visitor};
    struct outbox_look all = {.limit = UINT32_MAX, .is_any = true};
    int64_t due_in_ms;
    enum gw_status status = outbox_tell(&store->notices, destination, &all, tell_recipient, &recipients, &due_in_ms);

    for (const struct sent *sent = store->sent.oldest; sent != NULL && status == GW_OK; sent = sent->after) {
        if (gw_text_equal(sent->notice.destination, destination) && is_listed(sent->notice.event_id, event_ids))
            status = visitor->recipient(visitor->context, sent->notice.event_id, sent->notice.recipient);
    }
    return status;
}

/* ---- figures */

/* Destinations that only have notices have a queue in the outbox too: their events were there. */
enum gw_status store_tell_figures(struct store *store, int64_t now_ms, const struct gw_outbox_figure_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (const struct destination *destination = store->outbox.destinations; destination != NULL && status == GW_OK;
         destination = destination->next) {
        struct gw_outbox_figure figure = {.destination = destination_name(destination)};

        outbox_count(&store->outbox, figure.destination, &figure);
        outbox_count(&store->notices, figure.destination, &figure);
        figure.oldest_age_ms = gw_age_ms(now_ms, figure.oldest_unix_ms);
        if (figure.pending > 0)
            status = visitor->figure(visitor->context, &figure);
    }
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

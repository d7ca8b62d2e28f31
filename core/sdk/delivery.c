/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: which field of a row becomes which field of a dead letter, and back. */
#include <gangway/sdk/changeset.h>
#include <gangway/sdk/delivery.h>

/* ---- settlements */

enum gw_status gw_settlements_check(const struct gw_array *settlements, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        if (settlement->from > settlement->to)
            return gw_error_set(reterr, GW_INVALID, "the settlement of block %lld ends at %u and begins at %u",
                                (long long)settlement->number, settlement->to, settlement->from);
        if (settlement->refusals.count > settlement->to - settlement->from)
            return gw_error_set(reterr, GW_INVALID, "the settlement of block %lld refuses %u of %u events",
                                (long long)settlement->number, settlement->refusals.count,
                                settlement->to - settlement->from);
        if (settlement->drafts.count > 0 && (settlement->from == settlement->to || settlement->refusals.count > 0))
            return gw_error_set(reterr, GW_INVALID, "the settlement of block %lld has drafts of an event that %s",
                                (long long)settlement->number,
                                settlement->from == settlement->to ? "stays" : "was refused");
    }
    return GW_OK;
}

enum gw_status gw_notice_settlements_check(const struct gw_array *settlements, struct gw_error *reterr)
{
    enum gw_status status = gw_settlements_check(settlements, reterr);

    for (uint32_t i = 0; i < settlements->count && status == GW_OK; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        if (settlement->drafts.count > 0)
            status = gw_error_set(reterr, GW_INVALID, "the settlement of notice %lld has drafts",
                                  (long long)settlement->number);
    }
    return status;
}

/* ---- rows */

struct gw_outbox_row gw_outbox_row_of_effect(const struct gw_changeset *set, uint32_t index, int64_t events,
                                             int64_t now_ms)
{
    const struct gw_effect *effect = gw_array_at(&set->effects, index);

    return (struct gw_outbox_row){
        .stamp = set->stamp + index,
        .destination = effect->destination,
        .recipient = effect->recipient,
        .id = effect->id,
        .type = effect->type,
        .sku = gw_changeset_product(set, effect->product)->sku,
        .payload = effect->payload,
        .headers = effect->headers,
        .sequence = events + effect->event,
        .event_unix_ms = now_ms,
        .queued_unix_ms = now_ms,
    };
}

struct gw_outbox_row gw_outbox_row_of_draft(const struct gw_notice_draft *draft, int64_t stamp)
{
    struct gw_outbox_row row = draft->event;

    row.number = row.age_ms = 0;
    row.stamp = stamp;
    row.is_bare = row.index = 0;
    return row;
}

struct gw_outbox_target gw_outbox_target_of(const struct gw_dead_entry *entry)
{
    return (struct gw_outbox_target){entry->letter.entrypoint, entry->recipient};
}

struct gw_outbox_row gw_outbox_row_instead(const struct gw_dead_entry *entry, const struct gw_outbox_target *target,
                                           int64_t stamp, int64_t now_ms)
{
    const struct gw_dead_letter *letter = &entry->letter;

    return (struct gw_outbox_row){
        .stamp = stamp,
        .destination = target->destination,
        .recipient = target->recipient,
        .id = letter->identity,
        .type = letter->type,
        .sku = letter->key,
        .payload = letter->payload,
        .headers = letter->headers,
        .sequence = entry->sequence,
        .event_unix_ms = entry->event_unix_ms,
        .queued_unix_ms = now_ms,
    };
}

/* ---- dead letters */

struct gw_dead_entry gw_dead_entry_of_refusal(const struct gw_outbox_refusal *refusal, int64_t now_ms)
{
    struct gw_dead_entry entry = refusal->entry;

    entry.id = 0;
    entry.kind = GW_DEAD_DELIVERY;
    entry.replays = 0;
    entry.unix_ms = now_ms;
    return entry;
}

static int contains(struct gw_text text, struct gw_text part)
{
    return part.len == 0 || (text.len >= part.len && memmem(text.ptr, text.len, part.ptr, part.len) != NULL);
}

static int is_listed(int64_t id, const struct gw_array *ids)
{
    for (uint32_t i = 0; i < ids->count; i++) {
        const int64_t *listed = gw_array_at(ids, i);

        if (*listed == id)
            return 1;
    }
    return ids->count == 0;
}

int gw_dead_filter_matches(const struct gw_dead_filter *filter, const struct gw_dead_entry *entry)
{
    const struct gw_dead_letter *letter = &entry->letter;

    return entry->id > filter->after && is_listed(entry->id, &filter->ids) &&
           (filter->source.len == 0 || gw_text_equal(letter->source, filter->source) ||
            gw_text_equal(letter->entrypoint, filter->source)) &&
           contains(letter->reason, filter->reason);
}

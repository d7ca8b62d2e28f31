/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: which field of a row becomes which field of a dead letter, and back. */
#include <gangway/sdk/changeset.h>
#include <gangway/sdk/delivery.h>

/* ---- settlements */

enum gw_status gw_settlements_check(const struct gw_array *settlements, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        if (settlement->delivery < GW_DELIVERY_DONE || settlement->delivery > GW_DELIVERY_DEAD)
            return gw_error_set(reterr, GW_INVALID, "no such delivery: %u", settlement->delivery);
    }
    return GW_OK;
}

uint32_t gw_settlement_run(const struct gw_array *settlements, uint32_t first)
{
    const struct gw_outbox_settlement *start = gw_array_at(settlements, first);
    uint32_t count = 0;

    while (first + count < settlements->count) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, first + count);

        if (settlement->delivery != GW_DELIVERY_DONE || settlement->number != start->number + count ||
            settlement->stamp != start->stamp + count)
            break;
        count++;
    }
    return count;
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

struct gw_outbox_row gw_outbox_row_instead(const struct gw_outbox_row *row, const struct gw_outbox_target *target,
                                           int64_t stamp, int64_t now_ms)
{
    struct gw_outbox_row other = *row;

    other.number = 0;
    other.stamp = stamp;
    other.destination = target->destination;
    other.recipient = target->recipient;
    other.queued_unix_ms = now_ms;
    other.age_ms = 0;
    other.attempts = 0;
    return other;
}

struct gw_outbox_row gw_outbox_row_again(const struct gw_dead_entry *entry, int64_t stamp, int64_t now_ms)
{
    const struct gw_dead_letter *letter = &entry->letter;

    return (struct gw_outbox_row){
        .stamp = stamp,
        .destination = letter->entrypoint,
        .recipient = entry->recipient,
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

struct gw_dead_entry gw_dead_entry_of_delivery(const struct gw_outbox_row *row, struct gw_text reason, int64_t now_ms)
{
    return (struct gw_dead_entry){
        .kind = GW_DEAD_DELIVERY,
        .unix_ms = now_ms,
        .recipient = row->recipient,
        .sequence = row->sequence,
        .event_unix_ms = row->event_unix_ms,
        .letter =
            {
                .entrypoint = row->destination,
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

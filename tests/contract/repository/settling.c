/* SPDX-License-Identifier: Apache-2.0 */
/* Settling: see settling.h. */
#include "settling.h"

#include "answers.h"
#include "fixture.h"

/* A settlement, and what its refusal points to. */
struct prepared {
    const struct settling *item;
    struct gw_outbox_refusal refusal;
    char *texts; /* of the row */
    uint32_t attempts;
    int64_t number;
    int64_t stamp;
    uint32_t from;
};

static struct gw_text take(char **at, struct gw_text text)
{
    struct gw_text copy = gw_text_span(*at, text.len);

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

static void keep_entry(struct prepared *prepared, const struct gw_outbox_row *row)
{
    const struct settling *item = prepared->item;
    char *at = prepared->texts = malloc(row->destination.len + row->recipient.len + row->id.len + row->type.len +
                                        row->sku.len + row->headers.len + row->payload.len + 1);

    ck_assert_ptr_nonnull(at);
    prepared->refusal.entry = (struct gw_dead_entry){.kind = GW_DEAD_DELIVERY,
                                                     .sequence = row->sequence,
                                                     .event_unix_ms = row->event_unix_ms,
                                                     .recipient = take(&at, row->recipient),
                                                     .letter = {.entrypoint = take(&at, row->destination),
                                                                .offset = GW_OFFSET_NONE,
                                                                .identity = take(&at, row->id),
                                                                .type = take(&at, row->type),
                                                                .key = take(&at, row->sku),
                                                                .headers = take(&at, row->headers),
                                                                .payload = take(&at, row->payload),
                                                                .reason = T(item->answer)}};
    if (item->payload != NULL)
        prepared->refusal.entry.letter.payload = T(item->payload);
    prepared->refusal.entry.letter.full_len = prepared->refusal.entry.letter.payload.len;
}

static enum gw_status on_row(void *context, const struct gw_outbox_row *row)
{
    struct prepared *prepared = context;
    const struct settling *item = prepared->item;

    if (prepared->texts != NULL || (item->id != NULL ? !gw_text_is(row->id, item->id) : row->number != item->number))
        return GW_OK;
    prepared->attempts = row->attempts;
    prepared->number = row->number;
    prepared->stamp = row->stamp;
    prepared->from = item->id != NULL ? row->index : item->from;
    keep_entry(prepared, row);
    return GW_OK;
}

/* The relay still has its copy of a deleted row. */
static void prepare(struct prepared *prepared, const char *destination, const struct settling *item)
{
    static const struct gw_outbox_row gone = {
        .id = {"gone", 4}, .type = {"Allocated", 9}, .sku = {"LAMP", 4}, .payload = {"{}", 2}};
    struct gw_outbox_visitor visitor = {sizeof visitor, 0, prepared, on_row};
    int64_t due_in_ms;

    *prepared = (struct prepared){.item = item, .number = item->number, .from = item->from};
    ck_assert_ok(
        repo.ops->outbox_next(repo.session, T(destination), 0, UINT32_MAX, 0, &visitor, &due_in_ms, &last_error));
    ck_assert(prepared->texts != NULL || item->id == NULL);
    if (prepared->texts == NULL)
        keep_entry(prepared, &gone);
    prepared->refusal.is_rerouted = item->is_rerouted;
    prepared->refusal.targets = (struct gw_array){item->targets, item->target_count, sizeof(struct gw_outbox_target)};
}

static struct gw_outbox_settlement settlement_of(const struct prepared *prepared)
{
    const struct settling *item = prepared->item;
    struct gw_outbox_settlement settlement = {.number = prepared->number,
                                              .stamp = item->stamp != 0 ? item->stamp : prepared->stamp,
                                              .from = prepared->from,
                                              .to = prepared->from + (item->way != FAILED),
                                              .refusals = {NULL, 0, sizeof prepared->refusal}};

    if (item->way == REFUSED)
        settlement.refusals = (struct gw_array){&prepared->refusal, 1, sizeof prepared->refusal};
    if (item->way != FAILED)
        return settlement;
    settlement.attempts = prepared->attempts + 1;
    settlement.delay_ms = item->delay_ms;
    settlement.answer = T(item->answer);
    return settlement;
}

enum gw_status settle_in(struct gw_session *session, const char *destination, const struct settling *items,
                         uint32_t count)
{
    struct prepared *prepared = calloc(count, sizeof *prepared);
    struct gw_outbox_settlement *settlements = calloc(count, sizeof *settlements);
    struct gw_array array = {settlements, count, sizeof *settlements};
    enum gw_status status;

    ck_assert(prepared != NULL && settlements != NULL);
    for (uint32_t i = 0; i < count; i++) {
        prepare(&prepared[i], destination, &items[i]);
        settlements[i] = settlement_of(&prepared[i]);
    }
    status = repo.ops->outbox_settle(session, T(destination), &array, SETTLE_STAMP, &last_error);
    for (uint32_t i = 0; i < count; i++)
        free(prepared[i].texts);
    free(prepared);
    free(settlements);
    return status;
}

void settle_rows(const char *destination, const struct settling *items, uint32_t count)
{
    repository_lease(destination);
    ck_assert_ok(settle_in(repo.session, destination, items, count));
}

void settle_row(const char *destination, int64_t number, enum way way, int64_t delay_ms, const char *answer)
{
    struct settling item = {.number = number, .way = way, .delay_ms = delay_ms, .answer = answer};

    settle_rows(destination, &item, 1);
}

void settle_id(const char *destination, const char *id, enum way way)
{
    struct settling item = {.id = id, .way = way, .answer = ""};

    settle_rows(destination, &item, 1);
}

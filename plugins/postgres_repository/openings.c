/* SPDX-License-Identifier: Apache-2.0 */
/* Openings: see openings.h. */
#include "openings.h"

#include "fields.h"

#include <gangway/scope.h>

#include <stddef.h>
#include <stdlib.h>

struct opened {
    int64_t number;
    uint32_t index;
    struct gw_outbox_row event;
};

struct opened_draft {
    uint32_t event; /* its place, from 1 */
    struct gw_notice_draft draft;
};

struct column {
    size_t offset;
    enum field_kind kind;
};

static const struct column event_columns[] = {
    {offsetof(struct opened, number), FIELD_INT8},
    {offsetof(struct opened, index), FIELD_UINT4},
    {offsetof(struct opened, event.id), FIELD_TEXT},
    {offsetof(struct opened, event.type), FIELD_TEXT},
    {offsetof(struct opened, event.sku), FIELD_TEXT},
    {offsetof(struct opened, event.payload), FIELD_BYTES},
    {offsetof(struct opened, event.headers), FIELD_BYTES},
    {offsetof(struct opened, event.sequence), FIELD_INT8},
    {offsetof(struct opened, event.event_unix_ms), FIELD_INT8},
    {offsetof(struct opened, event.queued_unix_ms), FIELD_INT8},
    {offsetof(struct opened, event.attempts), FIELD_UINT4},
};

static const struct column draft_columns[] = {
    {offsetof(struct opened_draft, event), FIELD_UINT4},
    {offsetof(struct opened_draft, draft.event.recipient), FIELD_TEXT},
    {offsetof(struct opened_draft, draft.key), FIELD_TEXT},
    {offsetof(struct opened_draft, draft.line), FIELD_TEXT},
    {offsetof(struct opened_draft, draft.wait_ms), FIELD_INT8},
    {offsetof(struct opened_draft, draft.max), FIELD_UINT4},
    {offsetof(struct opened_draft, draft.repeat_ms), FIELD_INT8},
};

/* The draft before is of the same settlement. */
static bool is_same_event(const struct openings *openings, const struct gw_notice_draft *draft)
{
    const struct gw_outbox_row *last = &openings->events[openings->event_count - 1].event;

    return gw_text_equal(last->id, draft->event.id) && last->sequence == draft->event.sequence;
}

static void add(struct openings *openings, const struct gw_outbox_settlement *settlement)
{
    for (uint32_t i = 0; i < settlement->drafts.count; i++) {
        const struct gw_notice_draft *draft = gw_array_at(&settlement->drafts, i);

        if (i == 0 || !is_same_event(openings, draft))
            openings->events[openings->event_count++] =
                (struct opened){settlement->number, settlement->from, draft->event};
        openings->drafts[openings->draft_count++] = (struct opened_draft){openings->event_count, *draft};
    }
}

enum gw_status openings_collect(struct openings *openings, const struct gw_array *settlements, struct gw_error *reterr)
{
    uint32_t count = 0;

    *openings = (struct openings){0};
    for (uint32_t i = 0; i < settlements->count; i++)
        count += ((const struct gw_outbox_settlement *)gw_array_at(settlements, i))->drafts.count;
    if (count == 0)
        return GW_OK;
    openings->events = calloc(count, sizeof *openings->events);
    openings->drafts = calloc(count, sizeof *openings->drafts);
    if (openings->events == NULL || openings->drafts == NULL) {
        openings_done(openings);
        return gw_error_set(reterr, GW_NOMEM, "no memory for %u notices", count);
    }
    for (uint32_t i = 0; i < settlements->count; i++)
        add(openings, gw_array_at(settlements, i));
    return GW_OK;
}

void openings_done(struct openings *openings)
{
    free(openings->events);
    free(openings->drafts);
    *openings = (struct openings){0};
}

void openings_add(const struct openings *openings, struct parameters *parameters)
{
    struct gw_array events = {openings->events, openings->event_count, sizeof *openings->events};
    struct gw_array drafts = {openings->drafts, openings->draft_count, sizeof *openings->drafts};

    for (size_t i = 0; i < gw_array_length(event_columns); i++)
        parameter_field(parameters, &events, event_columns[i].offset, event_columns[i].kind);
    for (size_t i = 0; i < gw_array_length(draft_columns); i++)
        parameter_field(parameters, &drafts, draft_columns[i].offset, draft_columns[i].kind);
}

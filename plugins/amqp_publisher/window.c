/* SPDX-License-Identifier: Apache-2.0 */
/* Tags, confirms and verdicts. See window.h. */
#include "window.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_open(const void *context, uint32_t index)
{
    const struct window *window = context;

    return window->verdicts[index].status == GW_UNKNOWN;
}

static bool make_room(struct window *window, uint32_t count)
{
    uint32_t *sent;

    if (count <= window->sent_room)
        return true;
    sent = realloc(window->sent, count * sizeof *sent);
    if (sent == NULL)
        return false;
    window->sent = sent;
    window->sent_room = count;
    return true;
}

bool window_begin(struct window *window, const struct gw_array *events, struct gw_verdict *verdicts)
{
    if (!make_room(window, events->count) || !order_begin(&window->order, events))
        return false;
    window->events = events;
    window->verdicts = verdicts;
    for (uint32_t index = 0; index < events->count; index++)
        verdicts[index] = (struct gw_verdict){.status = GW_UNKNOWN};
    window->sent_count = window->answered = window->unconfirmed = window->returned_at = 0;
    window->first_tag = window->next_tag;
    window->was_sent = window->has_nack = false;
    order_restart(&window->order, is_open, window);
    return true;
}

void window_end(struct window *window)
{
    window->events = NULL;
    window->verdicts = NULL;
    window->first_tag = window->next_tag;
    window->sent_count = window->answered = window->unconfirmed = 0;
}

void window_reopen(struct window *window)
{
    window->first_tag = window->next_tag = 1;
    window->sent_count = window->answered = window->unconfirmed = 0;
    window->is_proven = false;
    if (window->events != NULL)
        order_restart(&window->order, is_open, window);
}

bool window_has_next(const struct window *window, uint32_t limit)
{
    return !window->has_nack && window->unconfirmed < limit && order_has_ready(&window->order);
}

uint32_t window_take(struct window *window)
{
    return order_take(&window->order);
}

void window_note_sent(struct window *window, uint32_t index)
{
    window->sent[window->sent_count++] = index;
    window->next_tag++;
    window->unconfirmed++;
    window->was_sent = true;
}

static void decide(struct window *window, uint32_t index, enum gw_status status, const char *answer)
{
    struct gw_verdict *verdict = &window->verdicts[index];

    verdict->status = (int32_t)status;
    (void)snprintf(verdict->answer, sizeof verdict->answer, "%s", answer);
}

void window_refuse(struct window *window, uint32_t index, const char *answer)
{
    decide(window, index, GW_PERMANENT, answer);
    order_advance(&window->order, index);
}

bool window_single(const struct window *window, uint32_t *ret_index)
{
    *ret_index = window->unconfirmed == 1 ? window->sent[window->answered] : ORDER_NONE;
    return *ret_index != ORDER_NONE;
}

/* A returned event keeps its verdict. */
static void answer_one(struct window *window, uint32_t slot, bool is_nack)
{
    const uint32_t index = window->sent[slot];

    if (index == ORDER_NONE)
        return;
    window->sent[slot] = ORDER_NONE;
    window->unconfirmed--;
    window->is_proven = true;
    if (is_nack && is_open(window, index)) {
        window->has_nack = true;
        decide(window, index, GW_TRANSIENT, "the broker could not store the event (basic.nack)");
        return;
    }
    if (is_open(window, index))
        window->verdicts[index].status = GW_OK;
    order_advance(&window->order, index);
}

enum gw_status window_confirm(struct window *window, uint64_t tag, bool is_multiple, bool is_nack,
                              struct gw_error *reterr)
{
    const uint64_t last = tag == 0 && is_multiple ? window->next_tag - 1 : tag;
    uint32_t slot;

    if (last >= window->next_tag || (tag == 0 && !is_multiple))
        return gw_error_set(reterr, GW_TRANSIENT, "the broker confirmed an event that was not published: tag %llu",
                            (unsigned long long)tag);
    if (last < window->first_tag)
        return GW_OK;
    slot = (uint32_t)(last - window->first_tag);
    for (uint32_t at = is_multiple ? window->answered : slot; at <= slot; at++)
        answer_one(window, at, is_nack);
    while (window->answered < window->sent_count && window->sent[window->answered] == ORDER_NONE)
        window->answered++;
    return GW_OK;
}

/* Returns come in the order of publishing, so the search begins behind the one before. */
bool window_return_event(struct window *window, struct gw_text id, const char *answer)
{
    const uint32_t count = window->events != NULL ? window->events->count : 0;

    for (uint32_t step = 0; step < count; step++) {
        const uint32_t index = (window->returned_at + step) % count;
        const struct gw_publication *event = gw_array_at(window->events, index);

        if (!gw_text_equal(event->id, id))
            continue;
        decide(window, index, GW_PERMANENT, answer);
        window->returned_at = index + 1;
        return true;
    }
    return false;
}

bool window_is_done(const struct window *window)
{
    return window->unconfirmed == 0 && (window->has_nack || !order_has_ready(&window->order));
}

uint32_t window_settled(const struct window *window)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < window->events->count; index++)
        count += window->verdicts[index].status == GW_OK || window->verdicts[index].status == GW_PERMANENT;
    return count;
}

bool window_is_settled(const struct window *window)
{
    return window_settled(window) == window->events->count;
}

void window_give_up(struct window *window, const char *answer)
{
    for (uint32_t index = 0; index < window->events->count; index++)
        if (is_open(window, index))
            decide(window, index, GW_TRANSIENT, answer);
}

void window_done(struct window *window)
{
    order_done(&window->order);
    free(window->sent);
    *window = (struct window){0};
}

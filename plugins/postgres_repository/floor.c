/* SPDX-License-Identifier: Apache-2.0 */
/* Floor: see floor.h. It rises only over rows that were reported and settled without a gap, and never above the
 * horizon.
 */
#include "floor.h"

#include <gangway/sdk/items.h>

#include <stdlib.h>
#include <string.h>

enum { ASK_EVERY_MS = 100, FULL_EVERY_MS = 5000 };

void floor_done(struct floor *floor)
{
    free(floor->takers);
    free(floor->told);
    *floor = (struct floor){0};
}

/* ---- the horizon */

bool floor_asks(const struct floor *floor, int64_t now_ms)
{
    return floor->asked_ms == 0 || now_ms - floor->asked_ms >= ASK_EVERY_MS;
}

void floor_answer(struct floor *floor, int64_t now_ms, int64_t taken, struct gw_text takers, bool is_waiting)
{
    char *copy;

    floor->asked_ms = now_ms;
    if (is_waiting)
        return;
    if (floor->takers != NULL)
        floor->horizon = floor->next_horizon;
    copy = strndup(takers.ptr, (size_t)takers.len);
    free(floor->takers);
    floor->takers = copy;
    floor->next_horizon = taken;
}

/* ---- a look */

int64_t floor_begin(struct floor *floor, int64_t after, int64_t now_ms)
{
    bool is_idle = floor->told_count == 0 && floor->has_end;
    bool is_full = floor->number == 0 || (is_idle && now_ms - floor->full_ms >= FULL_EVERY_MS);

    floor->told_count = 0;
    floor->settled_count = 0;
    floor->has_end = false;
    floor->is_counted = after <= floor->number;
    if (!floor->is_counted)
        return after;
    if (is_full)
        floor->full_ms = now_ms;
    return is_full ? after : floor->number;
}

static bool has_room(struct floor *floor)
{
    struct told_block *told = gw_items_reserve(floor->told, sizeof *told, floor->told_count + 1, &floor->told_capacity);

    if (told == NULL)
        return false;
    floor->told = told;
    return true;
}

void floor_tell(struct floor *floor, int64_t number, uint32_t count)
{
    if (floor->is_counted && has_room(floor))
        floor->told[floor->told_count++] = (struct told_block){number, count};
    else
        floor->is_counted = false;
}

static void rise(struct floor *floor)
{
    int64_t reached = floor->settled_count > 0 ? floor->told[floor->settled_count - 1].number : 0;

    if (!floor->is_counted)
        return;
    if (floor->settled_count == floor->told_count && floor->has_end)
        reached = INT64_MAX;
    if (reached > floor->horizon)
        reached = floor->horizon;
    if (reached > floor->number)
        floor->number = reached;
}

void floor_end(struct floor *floor, bool has_end)
{
    floor->has_end = has_end;
    rise(floor);
}

/* Whether nothing of the block is left to be found by its number. One that failed and is due at once is. */
static bool is_settled(const struct told_block *block, const struct gw_outbox_settlement *settlement)
{
    return settlement->from < settlement->to ? settlement->to >= block->count : settlement->delay_ms > 0;
}

void floor_settle(struct floor *floor, const struct gw_array *settlements)
{
    for (uint32_t i = 0; i < settlements->count && floor->settled_count < floor->told_count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        const struct told_block *next = &floor->told[floor->settled_count];

        if (settlement->number > next->number)
            break;
        floor->settled_count += settlement->number == next->number && is_settled(next, settlement);
    }
    rise(floor);
}

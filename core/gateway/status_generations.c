/* SPDX-License-Identifier: Apache-2.0 */
/* Which components hold generations that are no longer current. A component with several workers may hold several. */
#include "gateway/status_internal.h"

#include <string.h>

struct collecting {
    struct gw_arena *arena;
    struct gw_component_status *components;
    uint32_t count;
    bool has_failed; /* no memory */
};

/* Inserts an entry in the order of the numbers. At most GW_GENERATIONS_MAX are alive, so copies are short. */
static void insert(struct collecting *collecting, struct gw_component_status *component,
                   const struct gw_held_generation *held)
{
    uint32_t count = component->old_generation_count;
    struct gw_held_generation *items = gw_arena_alloc(collecting->arena, (count + 1) * sizeof *items);
    uint32_t at = 0;

    if (items == NULL) {
        collecting->has_failed = true;
        return;
    }
    while (at < count && component->old_generations[at].number < held->number)
        at++;
    if (at > 0)
        memcpy(items, component->old_generations, at * sizeof *items);
    items[at] = *held;
    if (count > at)
        memcpy(&items[at + 1], &component->old_generations[at], (count - at) * sizeof *items);
    component->old_generations = items;
    component->old_generation_count = count + 1;
}

static void add(struct collecting *collecting, struct gw_component_status *component,
                const struct gw_generation_holder *holder)
{
    struct gw_held_generation held = {.number = holder->number, .turns = 1, .held_ms = holder->held_ms};

    for (uint32_t i = 0; i < component->old_generation_count; i++) {
        struct gw_held_generation *known = &component->old_generations[i];

        if (known->number != held.number)
            continue;
        known->turns++;
        known->held_ms = held.held_ms > known->held_ms ? held.held_ms : known->held_ms;
        return;
    }
    insert(collecting, component, &held);
}

static void take(void *context, const struct gw_generation_holder *holder)
{
    struct collecting *collecting = context;

    for (uint32_t i = 0; i < collecting->count; i++)
        if (strcmp(collecting->components[i].id, holder->component) == 0)
            add(collecting, &collecting->components[i], holder);
}

bool gw_status_take_old_generations(struct gw_generations *generations, struct gw_arena *arena,
                                    struct gw_component_status *components, uint32_t count)
{
    struct collecting collecting = {.arena = arena, .components = components, .count = count};

    gw_generations_visit_old(generations, take, &collecting);
    return !collecting.has_failed;
}

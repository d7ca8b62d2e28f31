/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs the components of two models by id, and puts the parts of the plan together. */
#include "gateway/plan_internal.h"

#include "config/route_changes.h"

#include <string.h>

const struct gw_plan_component *gw_plan_find(const struct gw_plan *plan, enum gw_section section, const char *id)
{
    for (size_t i = 0; i < plan->component_count; i++)
        if (plan->components[i].section == section && strcmp(plan->components[i].id, id) == 0)
            return &plan->components[i];
    return NULL;
}

/* ---- components ----------------------------------------------------------------------------------------------- */

/* The components while their number grows; there is room for all of both models. */
struct pairing {
    struct gw_arena *arena;
    const struct gw_plan *plan;
    struct gw_plan_component *items;
    size_t count;
};

static enum gw_status add_pair(struct pairing *pairing, const struct gw_component *before,
                               const struct gw_component *after)
{
    struct gw_plan_component *component = &pairing->items[pairing->count++];
    enum gw_status status = gw_plan_component_make(pairing->arena, before, after, component);

    if (status == GW_OK && component->verb == GW_PLAN_REMOVED && component->section == GW_SECTION_NOTIFIERS)
        status = gw_plan_reroutes_make(pairing->arena, pairing->plan, component);
    return status;
}

static enum gw_status add_section(struct pairing *pairing, const struct gw_component_list *running,
                                  const struct gw_component_list *wanted)
{
    enum gw_status status = GW_OK;

    for (size_t i = 0; i < wanted->count && status == GW_OK; i++)
        status = add_pair(pairing, gw_component_list_find(running, wanted->items[i]->id), wanted->items[i]);
    for (size_t i = 0; i < running->count && status == GW_OK; i++)
        if (gw_component_list_find(wanted, running->items[i]->id) == NULL)
            status = add_pair(pairing, running->items[i], NULL);
    return status;
}

static size_t count_components(const struct gw_bootstrap *bootstrap)
{
    return 1 + bootstrap->entrypoints.count + bootstrap->publishers.count + bootstrap->notifiers.count;
}

static enum gw_status make_components(struct gw_arena *arena, struct gw_plan *plan)
{
    const struct gw_bootstrap *running = plan->running;
    const struct gw_bootstrap *wanted = plan->wanted;
    size_t room = count_components(running) + count_components(wanted);
    struct pairing pairing = {.arena = arena, .plan = plan};
    enum gw_status status;

    pairing.items = gw_arena_alloc_zero(arena, room * sizeof *pairing.items);
    if (pairing.items == NULL)
        return GW_NOMEM;
    status = add_pair(&pairing, running->repository, wanted->repository);
    if (status == GW_OK)
        status = add_section(&pairing, &running->entrypoints, &wanted->entrypoints);
    if (status == GW_OK)
        status = add_section(&pairing, &running->publishers, &wanted->publishers);
    if (status == GW_OK)
        status = add_section(&pairing, &running->notifiers, &wanted->notifiers);
    if (status == GW_OK)
        status = gw_plan_components_relate(arena, pairing.items, pairing.count);
    plan->components = pairing.items;
    plan->component_count = pairing.count;
    return status;
}

/* ---- the plan ------------------------------------------------------------------------------------------------- */

static void draw_conclusions(struct gw_plan *plan)
{
    plan->is_empty = plan->route_count == 0 && plan->refusal_count == 0;
    for (size_t i = 0; i < plan->component_count; i++) {
        const struct gw_plan_component *component = &plan->components[i];

        if (component->verb != GW_PLAN_UNCHANGED)
            plan->is_empty = false;
        if (plan->needs_hash == NULL && component->section == GW_SECTION_ENTRYPOINTS &&
            (component->changes_identity || component->abandons_positions))
            plan->needs_hash = component;
    }
}

enum gw_status gw_plan_make(struct gw_arena *arena, const struct gw_bootstrap *running,
                            const struct gw_bootstrap *wanted, const uint8_t key[GW_PLAN_KEY_BYTES],
                            struct gw_plan *ret_plan)
{
    struct gw_plan plan = {.running = running, .wanted = wanted};
    enum gw_status status = make_components(arena, &plan);

    if (status == GW_OK)
        status = gw_plan_routes_make(arena, &plan);
    if (status == GW_OK)
        status = gw_plan_refusals_make(arena, &plan);
    if (status == GW_OK)
        status = gw_plan_hash_make(key, &plan);
    if (status != GW_OK)
        return status;
    draw_conclusions(&plan);
    *ret_plan = plan;
    return GW_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a change means for the component itself, and for those that share an input or a lock with it. */
#include "gateway/plan_internal.h"

#include "config/component_place.h"

#include <gangway/port/entrypoint.h>

#include <string.h>

static bool has_feature(const struct gw_component *component, uint32_t feature)
{
    return component->section == GW_SECTION_ENTRYPOINTS && component->plugin != NULL &&
           (component->plugin->features & feature) != 0;
}

static bool is_destination(const struct gw_plan_component *component)
{
    return component->section == GW_SECTION_PUBLISHERS || component->section == GW_SECTION_NOTIFIERS;
}

static bool has_position(const struct gw_component *component)
{
    return has_feature(component, GW_ENTRYPOINT_ORDERED);
}

/* ---- one component -------------------------------------------------------------------------------------------- */

/* A repository reads the file of its own secret again when a login is refused: a rotated password is no change to
 * apply. */
static bool takes_effect_by_itself(const struct gw_plan_component *component)
{
    if (component->section != GW_SECTION_REPOSITORY)
        return component->options.count == 0;
    for (size_t i = 0; i < component->options.count; i++)
        if (!component->options.items[i].is_reread)
            return false;
    return true;
}

static void judge_options(struct gw_plan_component *component)
{
    for (size_t i = 0; i < component->options.count; i++) {
        const struct gw_option_change *option = &component->options.items[i];

        if (!option->is_of_core || strcmp(option->name, "plugin") == 0)
            component->needs_instance = true;
        if (option->is_identity && !option->is_unknown)
            component->changes_identity = true;
    }
}

static bool is_shared(const struct gw_plan_component *component)
{
    return !has_feature(component->before, GW_ENTRYPOINT_SINGLE) &&
           !has_feature(component->after, GW_ENTRYPOINT_SINGLE);
}

static enum gw_status make_replaced(struct gw_arena *arena, struct gw_plan_component *component)
{
    enum gw_status status = gw_component_changes(arena, component->before, component->after, &component->options);

    if (status != GW_OK)
        return status;
    if (takes_effect_by_itself(component)) {
        component->verb = GW_PLAN_UNCHANGED;
        return GW_OK;
    }
    component->verb = GW_PLAN_REPLACED;
    judge_options(component);
    component->stops_first = !is_shared(component);
    component->abandons_positions = component->changes_identity && has_position(component->before);
    return GW_OK;
}

enum gw_status gw_plan_component_make(struct gw_arena *arena, const struct gw_component *before,
                                      const struct gw_component *after, struct gw_plan_component *ret_component)
{
    const struct gw_component *known = after != NULL ? after : before;

    *ret_component =
        (struct gw_plan_component){.id = known->id, .section = known->section, .before = before, .after = after};
    if (before != NULL && after != NULL)
        return make_replaced(arena, ret_component);
    ret_component->verb = after != NULL ? GW_PLAN_ADDED : GW_PLAN_REMOVED;
    ret_component->drains = after == NULL && is_destination(ret_component);
    ret_component->abandons_positions = after == NULL && has_position(before);
    return GW_OK;
}

/* ---- components of different ids ------------------------------------------------------------------------------ */

static bool leaves(const struct gw_plan_component *component)
{
    return component->verb == GW_PLAN_REMOVED || component->verb == GW_PLAN_REPLACED;
}

static bool arrives(const struct gw_plan_component *component)
{
    return component->verb == GW_PLAN_ADDED || component->verb == GW_PLAN_REPLACED;
}

/* The places of a component that leaves, that arrives, or both. */
struct places {
    struct gw_component_place before;
    struct gw_component_place after;
};

static enum gw_status find_places(struct gw_arena *arena, const struct gw_plan_component *component,
                                  struct places *ret_places)
{
    enum gw_status status = GW_OK;

    if (leaves(component))
        status = gw_component_place_make(arena, component->before, &ret_places->before);
    if (status == GW_OK && arrives(component))
        status = gw_component_place_make(arena, component->after, &ret_places->after);
    return status;
}

/* What an arriving component has to wait for: the instance of its own id, or one of another id. */
static void relate(struct gw_plan_component *component, const struct gw_component_place *after,
                   const struct gw_plan_component *other, const struct gw_component_place *before)
{
    bool excludes = gw_component_place_excludes(before, after);

    if (excludes && component == other)
        component->stops_first = true;
    else if (excludes && component->starts_after == NULL)
        component->starts_after = other->id;
    if (component->verb == GW_PLAN_ADDED && other->verb == GW_PLAN_REMOVED && component->renamed_from == NULL &&
        has_position(other->before) && gw_component_place_is_same(before, after))
        component->renamed_from = other->id;
}

static const struct gw_plan_component *awaited(const struct gw_plan_component *components, size_t count,
                                               const struct gw_plan_component *component)
{
    for (size_t i = 0; i < count && component->starts_after != NULL; i++)
        if (components[i].section == component->section && strcmp(components[i].id, component->starts_after) == 0)
            return &components[i];
    return NULL;
}

/* Components that wait for each other in a circle, such as two that exchange their inputs, all stop first. */
static void resolve_circle(struct gw_plan_component *components, size_t count, struct gw_plan_component *component)
{
    const struct gw_plan_component *next = awaited(components, count, component);

    for (size_t steps = 0; steps < count && next != NULL && next != component; steps++)
        next = awaited(components, count, next);
    if (next == component)
        component->stops_first = true;
}

enum gw_status gw_plan_components_relate(struct gw_arena *arena, struct gw_plan_component *components, size_t count)
{
    struct places *places = gw_arena_alloc_zero(arena, count * sizeof *places);
    enum gw_status status = places != NULL ? GW_OK : GW_NOMEM;

    for (size_t i = 0; i < count && status == GW_OK; i++)
        status = find_places(arena, &components[i], &places[i]);
    if (status != GW_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count && arrives(&components[i]); j++)
            if (leaves(&components[j]) && components[j].section == components[i].section)
                relate(&components[i], &places[i].after, &components[j], &places[j].before);
    for (size_t i = 0; i < count; i++)
        resolve_circle(components, count, &components[i]);
    return GW_OK;
}

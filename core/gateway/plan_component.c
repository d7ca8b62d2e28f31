/* SPDX-License-Identifier: Apache-2.0 */
/* What a change means for the component itself, and for those that share an input or a lock with it. */
#include "gateway/plan_internal.h"

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

static enum gw_status make_replaced(struct gw_arena *arena, struct gw_plan_component *component)
{
    bool excludes = false;
    enum gw_status status = gw_component_changes(arena, component->before, component->after, &component->options);

    if (status != GW_OK)
        return status;
    if (takes_effect_by_itself(component)) {
        component->verb = GW_PLAN_UNCHANGED;
        return GW_OK;
    }
    component->verb = GW_PLAN_REPLACED;
    judge_options(component);
    status = gw_component_excludes(component->before, component->after, &excludes);
    component->stops_first = excludes || has_feature(component->before, GW_ENTRYPOINT_SINGLE) ||
                             has_feature(component->after, GW_ENTRYPOINT_SINGLE);
    component->abandons_positions = component->changes_identity && has_position(component->before);
    return status;
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

static enum gw_status relate(struct gw_plan_component *component, const struct gw_plan_component *other)
{
    bool excludes = false;
    bool is_same = false;
    enum gw_status status = gw_component_excludes(other->before, component->after, &excludes);

    if (status == GW_OK && excludes && component->starts_after == NULL)
        component->starts_after = other->id;
    if (status != GW_OK || component->verb != GW_PLAN_ADDED || other->verb != GW_PLAN_REMOVED ||
        !has_position(other->before))
        return status;
    status = gw_component_is_same_place(other->before, component->after, &is_same);
    if (is_same && component->renamed_from == NULL)
        component->renamed_from = other->id;
    return status;
}

enum gw_status gw_plan_components_relate(struct gw_plan_component *components, size_t count)
{
    enum gw_status status = GW_OK;

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count && arrives(&components[i]) && status == GW_OK; j++)
            if (j != i && leaves(&components[j]) && components[j].section == components[i].section)
                status = relate(&components[i], &components[j]);
    return status;
}

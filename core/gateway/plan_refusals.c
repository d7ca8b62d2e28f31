/* SPDX-License-Identifier: Apache-2.0 */
/* What a running gateway cannot change, each with its reason. */
#include "gateway/plan_internal.h"

#include "config/route_changes.h"

#include <gangway/scope.h>

#include <string.h>

/* Settings outside the components, by their key or by the map that they are in. */
struct fixed {
    const char *name;
    const char *reason;
};

static const struct fixed fixed_settings[] = {
    {"service", "each component takes it when it starts, and events carry it"},
    {"plugins", "a plugin stays loaded until the process ends"},
    {"inbox", "the housekeeper takes it when it starts"},
    {"log", "the log is opened when the process starts"},
    {"admin", "its sockets are opened when the process starts"},
};

static const char *reason_of(const char *setting)
{
    size_t len = strcspn(setting, ".");

    for (size_t i = 0; i < gw_array_length(fixed_settings); i++)
        if (strncmp(fixed_settings[i].name, setting, len) == 0 && fixed_settings[i].name[len] == '\0')
            return fixed_settings[i].reason;
    return "it is read when the process starts";
}

/* ---- the id of another section -------------------------------------------------------------------------------- */

static bool is_elsewhere(const struct gw_bootstrap *running, const struct gw_component *wanted)
{
    const struct gw_component_list *const lists[] = {[GW_SECTION_ENTRYPOINTS] = &running->entrypoints,
                                                     [GW_SECTION_PUBLISHERS] = &running->publishers,
                                                     [GW_SECTION_NOTIFIERS] = &running->notifiers};

    for (int section = GW_SECTION_ENTRYPOINTS; section < GW_SECTION_COUNT; section++)
        if (section != (int)wanted->section && gw_component_list_find(lists[section], wanted->id) != NULL)
            return true;
    return false;
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static void add_setting(struct gw_plan *plan, struct gw_plan_refusal *refusals, const char *name)
{
    struct gw_place place = {0, 0};

    (void)gw_bootstrap_place(plan->wanted, name, &place);
    refusals[plan->refusal_count++] = (struct gw_plan_refusal){.obstacle = GW_PLAN_NEEDS_RESTART,
                                                               .name = name,
                                                               .reason = reason_of(name),
                                                               .line = place.line,
                                                               .column = place.column};
}

static void add_component(struct gw_plan *plan, struct gw_plan_refusal *refusals,
                          const struct gw_plan_component *component)
{
    struct gw_plan_refusal refusal = {.name = component->id};

    if (component->section == GW_SECTION_REPOSITORY && component->verb != GW_PLAN_UNCHANGED) {
        refusal.obstacle = GW_PLAN_NEEDS_RESTART;
        refusal.reason = "every worker and relay keeps a session with it";
    } else if (component->verb == GW_PLAN_ADDED && is_elsewhere(plan->running, component->after)) {
        refusal.obstacle = GW_PLAN_SECTION_CHANGED;
        refusal.reason = "its id belongs to a component of another section, which runs; give it another id";
    } else if (component->verb != GW_PLAN_REMOVED && component->verb != GW_PLAN_UNCHANGED &&
               component->after->is_plugin_replaced) {
        refusal.obstacle = GW_PLAN_NEEDS_RESTART;
        refusal.reason = "the file of its plugin was replaced after it was loaded, and cannot be loaded again";
    } else {
        return;
    }
    refusal.line = component->after->line;
    refusal.column = component->after->column;
    refusals[plan->refusal_count++] = refusal;
}

enum gw_status gw_plan_refusals_make(struct gw_arena *arena, struct gw_plan *plan)
{
    enum gw_status status = gw_settings_changes(arena, plan->running, plan->wanted, &plan->settings);
    struct gw_plan_refusal *refusals;

    if (status != GW_OK)
        return status;
    refusals = gw_arena_alloc(arena, (plan->settings.count + plan->component_count) * sizeof *refusals + 1);
    if (refusals == NULL)
        return GW_NOMEM;
    for (size_t i = 0; i < plan->settings.count; i++)
        add_setting(plan, refusals, plan->settings.items[i].name);
    for (size_t i = 0; i < plan->component_count; i++)
        add_component(plan, refusals, &plan->components[i]);
    plan->refusals = refusals;
    return GW_OK;
}

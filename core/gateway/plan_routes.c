/* SPDX-License-Identifier: Apache-2.0 */
/* Where events go before and after, and where the notices of a removed notifier go instead. */
#include "gateway/plan_internal.h"

#include "config/route_changes.h"
#include "config/route_group.h"

static bool is_same_route(const struct gw_route *before, const struct gw_route *after)
{
    return gw_component_list_is_same(&before->publish, &after->publish) &&
           gw_component_list_is_same(&before->notify, &after->notify) &&
           gw_component_list_is_same(&before->fallback, &after->fallback) &&
           gw_group_is_same(&before->group, &after->group);
}

enum gw_status gw_plan_routes_make(struct gw_arena *arena, struct gw_plan *plan)
{
    size_t count = plan->wanted->route_count; /* of both models: one per event of the catalog */
    struct gw_plan_route *routes = gw_arena_alloc(arena, count * sizeof *routes + 1);

    if (routes == NULL)
        return GW_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct gw_route *before = &plan->running->routes[i];
        const struct gw_route *after = &plan->wanted->routes[i];

        if (!is_same_route(before, after))
            routes[plan->route_count++] = (struct gw_plan_route){before, after};
    }
    plan->routes = routes;
    return GW_OK;
}

/* ---- rerouting ------------------------------------------------------------------------------------------------ */

static enum gw_status make_reroute(struct gw_arena *arena, const struct gw_route *before, const struct gw_route *after,
                                   const char *removed, struct gw_plan_reroute *ret_reroute)
{
    const struct gw_component **items = gw_arena_alloc(arena, after->notify.count * sizeof *items + 1);
    size_t count = 0;

    if (items == NULL)
        return GW_NOMEM;
    for (size_t i = 0; i < after->notify.count; i++)
        if (gw_route_is_successor(before, after, removed, after->notify.items[i]->id))
            items[count++] = after->notify.items[i];
    *ret_reroute = (struct gw_plan_reroute){before->event, {items, count}};
    return GW_OK;
}

static bool notifies(const struct gw_route *route, const char *id)
{
    return gw_component_list_find(&route->notify, id) != NULL || gw_component_list_find(&route->fallback, id) != NULL;
}

static void judge_drain(struct gw_plan_component *component)
{
    size_t open = 0;

    for (size_t i = 0; i < component->reroute_count; i++)
        open += component->reroutes[i].to.count == 0;
    component->drains = open > 0 || component->reroute_count == 0;
}

enum gw_status gw_plan_reroutes_make(struct gw_arena *arena, const struct gw_plan *plan,
                                     struct gw_plan_component *component)
{
    size_t events = plan->running->route_count;
    struct gw_plan_reroute *reroutes = gw_arena_alloc(arena, events * sizeof *reroutes + 1);
    enum gw_status status = reroutes != NULL ? GW_OK : GW_NOMEM;

    for (size_t i = 0; i < events && status == GW_OK; i++) {
        const struct gw_route *before = &plan->running->routes[i];

        if (notifies(before, component->id))
            status = make_reroute(arena, before, &plan->wanted->routes[i], component->id,
                                  &reroutes[component->reroute_count++]);
    }
    component->reroutes = reroutes;
    if (status == GW_OK)
        judge_drain(component);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where events go before and after, and where the notices of a removed notifier go instead. */
#include "gateway/plan_internal.h"

bool gw_plan_is_same_set(const struct gw_component_list *left, const struct gw_component_list *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (gw_plan_component_in(right, left->items[i]->id) == NULL)
            return false;
    return true;
}

static bool is_same_route(const struct gw_route *before, const struct gw_route *after)
{
    return gw_plan_is_same_set(&before->publish, &after->publish) &&
           gw_plan_is_same_set(&before->notify, &after->notify) &&
           gw_plan_is_same_set(&before->fallback, &after->fallback);
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

static bool had(const struct gw_component_list *list, const char *id)
{
    return gw_plan_component_in(list, id) != NULL;
}

/*
 * Whether a notifier of the new route takes over notices. One that was notified of the event before has its own notice
 * of it. A fallback has notices only of what others gave up, so one that is promoted to `notify` takes over too.
 */
static bool takes_over(const struct gw_route *before, const char *removed, const char *id)
{
    if (had(&before->notify, id))
        return false;
    return had(&before->notify, removed) || !had(&before->fallback, id);
}

/* What waits for a removed notifier goes to what has its place in the new route. */
static enum gw_status make_reroute(struct gw_arena *arena, const struct gw_route *before, const struct gw_route *after,
                                   const char *removed, struct gw_plan_reroute *ret_reroute)
{
    const struct gw_component_list *now = had(&before->notify, removed) ? &after->notify : &after->fallback;
    const struct gw_component **items = gw_arena_alloc(arena, now->count * sizeof *items + 1);
    size_t count = 0;

    if (items == NULL)
        return GW_NOMEM;
    for (size_t i = 0; i < now->count; i++)
        if (takes_over(before, removed, now->items[i]->id))
            items[count++] = now->items[i];
    *ret_reroute = (struct gw_plan_reroute){before->event, {items, count}};
    return GW_OK;
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

        if (had(&before->notify, component->id) || had(&before->fallback, component->id))
            status = make_reroute(arena, before, &plan->wanted->routes[i], component->id,
                                  &reroutes[component->reroute_count++]);
    }
    component->reroutes = reroutes;
    if (status == GW_OK)
        judge_drain(component);
    return status;
}

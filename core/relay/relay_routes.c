/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes of one destination: the recipients of the fallback when a notifier gives up, and the recipients when the
 * destination was removed. They are found once, when a configuration takes effect; the relay's thread only reads them.
 */
#include "relay/relay_internal.h"

#include "config/route_changes.h"

#include <stdlib.h>

/* ---- targets of one event, counted with target NULL */

static size_t add_recipients(const struct gw_component *notifier, struct gw_outbox_target *target)
{
    for (size_t index = 0; target != NULL && index < notifier->recipient_count; index++)
        target[index] = (struct gw_outbox_target){gw_text_of(notifier->id), gw_text_of(notifier->recipients[index])};
    return notifier->recipient_count;
}

/* Only a notice of a notifier in `notify` goes to the fallback. A fallback has no fallback, so every notice reaches a
 * final state. */
static size_t add_fallback(const struct gw_route *route, const char *id, struct gw_outbox_target *target)
{
    size_t count = 0;

    if (gw_component_list_find(&route->notify, id) == NULL)
        return 0;
    for (size_t index = 0; index < route->fallback.count; index++)
        count += add_recipients(route->fallback.items[index], target != NULL ? target + count : NULL);
    return count;
}

/* For a removed notifier: the notifiers that the event's route has now and did not have before. */
static size_t add_successors(const struct gw_route *before, const struct gw_route *now, const char *id,
                             struct gw_outbox_target *target)
{
    size_t count = 0;

    for (size_t index = 0; before != NULL && index < now->notify.count; index++)
        if (gw_route_is_successor(before, now, id, now->notify.items[index]->id))
            count += add_recipients(now->notify.items[index], target != NULL ? target + count : NULL);
    return count;
}

/* ---- all events */

static const struct gw_route *route_of(const struct gw_bootstrap *bootstrap, const struct gw_event_spec *event)
{
    for (size_t index = 0; bootstrap != NULL && index < bootstrap->route_count; index++)
        if (bootstrap->routes[index].event == event)
            return &bootstrap->routes[index];
    return NULL;
}

static size_t add_targets(const struct gw_relay_routes_plan *plan, const struct gw_route *route,
                          struct gw_outbox_target *target)
{
    if (plan->before == NULL)
        return add_fallback(route, plan->id, target);
    return add_successors(route_of(plan->before, route->event), route, plan->id, target);
}

static enum gw_status routes_fill(struct gw_relay_routes *routes, const struct gw_relay_routes_plan *plan)
{
    const struct gw_bootstrap *now = plan->now;
    struct gw_outbox_target *target;
    size_t total = 0;

    for (size_t index = 0; index < now->route_count; index++)
        total += add_targets(plan, &now->routes[index], NULL);
    routes->routes = calloc(now->route_count + 1, sizeof *routes->routes);
    routes->targets = calloc(total + 1, sizeof *routes->targets);
    if (routes->routes == NULL || routes->targets == NULL)
        return GW_NOMEM;
    target = routes->targets;
    for (size_t index = 0; index < now->route_count; index++) {
        const struct gw_route *route = &now->routes[index];
        size_t count = add_targets(plan, route, target);

        routes->routes[index] = (struct gw_relay_route){.event = gw_text_of(route->event->name),
                                                        .targets = {target, (uint32_t)count, sizeof *target}};
        target += count;
    }
    routes->route_count = now->route_count;
    routes->is_removed = plan->before != NULL;
    return GW_OK;
}

struct gw_relay_routes *gw_relay_routes_new(const struct gw_relay_routes_plan *plan)
{
    struct gw_relay_routes *routes = calloc(1, sizeof *routes);

    if (routes == NULL)
        return NULL;
    routes->configuration = gw_configuration_hold(plan->configuration);
    if (routes_fill(routes, plan) != GW_OK) {
        gw_relay_routes_free(routes);
        return NULL;
    }
    return routes;
}

void gw_relay_routes_free(struct gw_relay_routes *routes)
{
    if (routes == NULL)
        return;
    gw_configuration_release(routes->configuration);
    free(routes->routes);
    free(routes->targets);
    free(routes);
}

struct gw_array gw_relay_targets(const struct gw_relay *relay, struct gw_text event)
{
    const struct gw_relay_routes *routes = relay->routes;

    for (size_t index = 0; index < routes->route_count; index++)
        if (gw_text_equal(routes->routes[index].event, event))
            return routes->routes[index].targets;
    return (struct gw_array){NULL, 0, sizeof(struct gw_outbox_target)};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes of one destination: the recipients of the fallback when a notifier gives up, and the recipients when the
 * destination was removed. They are found once, when a configuration takes effect; the relay's thread only reads them.
 */
#include "relay/relay_internal.h"

#include "config/route_changes.h"
#include "config/route_group.h"

#include <stdlib.h>

/* ---- targets of one event, counted with target NULL */

static size_t add_recipients(const struct gw_bootstrap *now, const struct gw_component *notifier,
                             struct gw_outbox_target *target)
{
    size_t count;
    const char *const *recipients = gw_bootstrap_addressees(now, notifier, &count);

    for (size_t index = 0; target != NULL && index < count; index++)
        target[index] = (struct gw_outbox_target){gw_text_of(notifier->id), gw_text_of(recipients[index])};
    return count;
}

/* Only a notice of a notifier in `notify` goes to the fallback. A fallback has no fallback, so every notice reaches a
 * final state. */
static size_t add_fallback(const struct gw_bootstrap *now, const struct gw_route *route, const char *id,
                           struct gw_outbox_target *target)
{
    size_t count = 0;

    if (gw_component_list_find(&route->notify, id) == NULL)
        return 0;
    for (size_t index = 0; index < route->fallback.count; index++)
        count += add_recipients(now, route->fallback.items[index], target != NULL ? target + count : NULL);
    return count;
}

/* For a removed notifier: the notifiers that the event's route has now and did not have before. */
static size_t add_successors(const struct gw_relay_routes_plan *plan, const struct gw_route *before,
                             const struct gw_route *now, struct gw_outbox_target *target)
{
    size_t count = 0;

    for (size_t index = 0; before != NULL && index < now->notify.count; index++)
        if (gw_route_is_successor(before, now, plan->id, now->notify.items[index]->id))
            count += add_recipients(plan->now, now->notify.items[index], target != NULL ? target + count : NULL);
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
        return add_fallback(plan->now, route, plan->id, target);
    return add_successors(plan, route_of(plan->before, route->event), route, target);
}

/* What a fallback gets is a notice already, and is not grouped again. */
static const struct gw_group_settings *group_of(const struct gw_relay_routes_plan *plan, const struct gw_route *route)
{
    bool is_notified = gw_component_list_find(&route->notify, plan->id) != NULL;

    return plan->before == NULL && is_notified && gw_route_is_grouped(route) ? &route->group : NULL;
}

static void note_wait(struct gw_relay_routes *routes, const struct gw_group_settings *group)
{
    if (group != NULL && group->wait_ms > routes->longest_wait_ms)
        routes->longest_wait_ms = group->wait_ms;
    if (group != NULL && group->repeat_ms > routes->longest_wait_ms)
        routes->longest_wait_ms = group->repeat_ms;
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
                                                        .targets = {target, (uint32_t)count, sizeof *target},
                                                        .group = group_of(plan, route)};
        note_wait(routes, routes->routes[index].group);
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

const struct gw_group_settings *gw_relay_group(const struct gw_relay *relay, struct gw_text event)
{
    const struct gw_relay_routes *routes = relay->routes;

    for (size_t index = 0; index < routes->route_count; index++)
        if (gw_text_equal(routes->routes[index].event, event))
            return routes->routes[index].group;
    return NULL;
}

bool gw_relay_is_rerouted(const struct gw_relay *relay, const struct gw_outbox_row *row)
{
    return relay->routes->is_removed && gw_relay_targets(relay, row->type).count > 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the recipients of the fallback for each event of a notifier. The main thread does it once while it creates the
 * relay; the relay's thread only reads the result.
 */
#include "relay/relay_internal.h"

#include <stdlib.h>

static bool list_has(const struct gw_component_list *list, const struct gw_component *component)
{
    for (size_t index = 0; index < list->count; index++)
        if (list->items[index] == component)
            return true;
    return false;
}

/* Only a notice of a notifier in `notify` goes to the fallback. A fallback has no fallback, so every notice reaches a
 * final state. */
static size_t count_targets(const struct gw_route *route, const struct gw_component *component)
{
    size_t count = 0;

    if (!list_has(&route->notify, component))
        return 0;
    for (size_t index = 0; index < route->fallback.count; index++)
        count += route->fallback.items[index]->recipient_count;
    return count;
}

static void add_targets(const struct gw_route *route, struct gw_outbox_target *target)
{
    for (size_t index = 0; index < route->fallback.count; index++) {
        const struct gw_component *fallback = route->fallback.items[index];

        for (size_t recipient = 0; recipient < fallback->recipient_count; recipient++)
            *target++ =
                (struct gw_outbox_target){gw_text_of(fallback->id), gw_text_of(fallback->recipients[recipient])};
    }
}

enum gw_status gw_relay_routes_open(struct gw_relay *relay)
{
    const struct gw_bootstrap *bootstrap = relay->plan.bootstrap;
    const struct gw_component *component = relay->plan.component;
    struct gw_outbox_target *target;
    size_t total = 0;

    for (size_t index = 0; index < bootstrap->route_count; index++)
        total += count_targets(&bootstrap->routes[index], component);
    relay->routes = calloc(bootstrap->route_count + 1, sizeof *relay->routes);
    relay->targets = calloc(total + 1, sizeof *relay->targets);
    if (relay->routes == NULL || relay->targets == NULL)
        return GW_NOMEM;
    target = relay->targets;
    for (size_t index = 0; index < bootstrap->route_count; index++) {
        const struct gw_route *route = &bootstrap->routes[index];
        size_t count = count_targets(route, component);

        relay->routes[index] = (struct gw_relay_route){.event = gw_text_of(route->event->name),
                                                       .targets = {target, (uint32_t)count, sizeof *target}};
        if (count > 0)
            add_targets(route, target);
        target += count;
    }
    relay->route_count = bootstrap->route_count;
    return GW_OK;
}

static const struct gw_relay_route *find_route(const struct gw_relay *relay, struct gw_text event)
{
    for (size_t index = 0; index < relay->route_count; index++)
        if (gw_text_equal(relay->routes[index].event, event))
            return &relay->routes[index];
    return NULL;
}

struct gw_array gw_relay_targets(const struct gw_relay *relay, struct gw_text event)
{
    const struct gw_relay_route *route = find_route(relay, event);

    return route != NULL ? route->targets : (struct gw_array){NULL, 0, sizeof(struct gw_outbox_target)};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns routes into subscriptions: first the publishers of an event in their order, then its notifiers.
 */
#include "config/wiring.h"

#include "service/routing.h"

#include <string.h>

static const struct gw_destination *make_destination(struct gw_arena *arena, const struct gw_bootstrap *bootstrap,
                                                     const struct gw_component *component)
{
    size_t count;
    const char *const *addressees = gw_bootstrap_addressees(bootstrap, component, &count);
    struct gw_text *recipients = gw_arena_alloc_zero(arena, (count + 1) * sizeof *recipients);
    struct gw_destination *destination = gw_arena_alloc(arena, sizeof *destination);

    if (recipients == NULL || destination == NULL)
        return NULL;
    for (size_t index = 0; index < count; index++)
        recipients[index] = gw_text_of(addressees[index]);
    *destination = (struct gw_destination){gw_text_of(component->id), recipients, count};
    return destination;
}

static bool route_to(struct gw_message_bus *bus, struct gw_arena *arena, const struct gw_bootstrap *bootstrap,
                     const struct gw_event_spec *event, const struct gw_component_list *list)
{
    for (size_t index = 0; index < list->count; index++) {
        const struct gw_destination *destination = make_destination(arena, bootstrap, list->items[index]);

        if (destination == NULL || !gw_message_bus_route(bus, event, destination))
            return false;
    }
    return true;
}

struct gw_message_bus *gw_wiring_bus(struct gw_arena *arena, const struct gw_bootstrap *bootstrap)
{
    struct gw_message_bus *bus = gw_message_bus_new();

    if (bus == NULL)
        return NULL;
    for (size_t index = 0; index < bootstrap->route_count; index++) {
        const struct gw_route *route = &bootstrap->routes[index];

        if (!route_to(bus, arena, bootstrap, route->event, &route->publish) ||
            !route_to(bus, arena, bootstrap, route->event, &route->notify)) {
            gw_message_bus_free(bus);
            return NULL;
        }
    }
    return bus;
}

static bool has_dash(const struct gw_component *component)
{
    const struct gw_plugin *plugin = component->plugin;

    for (uint32_t index = 0; index < plugin->option_count; index++) {
        const struct gw_option *option =
            (const struct gw_option *)((const char *)plugin->options + (size_t)index * plugin->option_size);
        const char *value;

        if (option->type != GW_OPTION_PATH || (option->flags & GW_OPTION_DASH) == 0)
            continue;
        memcpy(&value, (const char *)component->config + option->offset, sizeof value);
        if (value != NULL && strcmp(value, "-") == 0)
            return true;
    }
    return false;
}

bool gw_wiring_uses_stdout(const struct gw_bootstrap *bootstrap)
{
    for (size_t index = 0; index < bootstrap->publishers.count; index++)
        if (has_dash(bootstrap->publishers.items[index]))
            return true;
    return false;
}

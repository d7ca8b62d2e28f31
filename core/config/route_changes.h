/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between the routes of two readings of the bootstrap file. Components are compared by id. No state, any
 * thread. */
#ifndef GW_CONFIG_ROUTE_CHANGES_H
#define GW_CONFIG_ROUTE_CHANGES_H

#include "config/bootstrap.h"

/* The component of this id in the list, or NULL. */
const struct gw_component *gw_component_list_find(const struct gw_component_list *list, const char *id);

/* Whether the lists have the same ids. Destinations get their rows in one transaction, so the order has no meaning. */
bool gw_component_list_is_same(const struct gw_component_list *left, const struct gw_component_list *right);

/*
 * Whether what waits for a removed notifier goes to the notifier `id` of the new route: it is in `notify` now, where
 * the removed one was and this one was not. One that was there before has its own notice of the event. What others gave
 * up and a removed fallback has goes nowhere else.
 */
bool gw_route_is_successor(const struct gw_route *before, const struct gw_route *now, const char *removed,
                           const char *id);

#endif

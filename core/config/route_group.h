/* SPDX-License-Identifier: Apache-2.0 */
/* The group of a route (struct gw_group_settings) as others than the reader need it. No state, any thread. */
#ifndef GW_CONFIG_ROUTE_GROUP_H
#define GW_CONFIG_ROUTE_GROUP_H

#include "base/buffer.h"
#include "config/bootstrap.h"

/* Whether several events of the route may be told in one notice. */
bool gw_route_is_grouped(const struct gw_route *route);

bool gw_group_is_same(const struct gw_group_settings *left, const struct gw_group_settings *right);

/* Appends the group as the file may have it, `{by: [sku], wait: 30s, max: 100}`, with `, repeat: 4h` where it is set;
 * `none` where there is none. */
void gw_group_append(const struct gw_group_settings *group, struct gw_buffer *buffer);

#endif

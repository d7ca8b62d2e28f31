/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a gateway that only its own files see, for tests of its status. */
#ifndef GW_TEST_GATEWAY_INSIDE_H
#define GW_TEST_GATEWAY_INSIDE_H

#include "gateway/component_figures.h"
#include "gateway/gateway.h"
#include "gateway/generation.h"

struct gw_relay *first_relay(struct gw_gateway *gateway);

/* As when a component is gone. */
void keep_figures(struct gw_gateway *gateway, struct gw_component_figures *figures);

/* Publishes a further generation of the same configuration. False: no memory. */
bool publish_generation(struct gw_gateway *gateway);

struct gw_generations *generations_of(struct gw_gateway *gateway);

/* Whether the housekeeper has read the backlog. Any thread. */
bool has_backlog(struct gw_gateway *gateway);

#endif

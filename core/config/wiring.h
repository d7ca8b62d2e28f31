/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a message bus from the model of a bootstrap file, with everything that its handlers need. Instances of plugins
 * are created elsewhere, by the files that own them: gateway_graph.c, worker.c, relay.c.
 */
#ifndef GW_CONFIG_WIRING_H
#define GW_CONFIG_WIRING_H

#include "base/arena.h"
#include "config/bootstrap.h"

struct gw_message_bus;

/* The bus for these routes. It borrows from bootstrap and arena for its life; free it with gw_message_bus_free. NULL:
 * no memory. */
struct gw_message_bus *gw_wiring_bus(struct gw_arena *arena, const struct gw_bootstrap *bootstrap);

/* Whether a publisher writes to standard output: one of its paths is `-`. */
bool gw_wiring_uses_stdout(const struct gw_bootstrap *bootstrap);

#endif

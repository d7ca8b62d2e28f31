/* SPDX-License-Identifier: Apache-2.0 */
/* From the model of a bootstrap file to a message bus whose handlers have what they need. No other file calls a
 * constructor of an adapter but the ones that own the instance: gateway.c, worker.c, relay.c. */
#ifndef GW_CONFIG_WIRING_H
#define GW_CONFIG_WIRING_H

#include "base/arena.h"
#include "config/bootstrap.h"

struct gw_message_bus;

/* The bus of these routes. It borrows from bootstrap and arena for its life; free it with gw_message_bus_free. NULL
 * when memory has run out. */
struct gw_message_bus *gw_wiring_bus(struct gw_arena *arena, const struct gw_bootstrap *bootstrap);

/* Whether standard output belongs to a publisher: one of its paths is `-`. */
bool gw_wiring_uses_stdout(const struct gw_bootstrap *bootstrap);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration: a bootstrap file that was read, with the memory it lives in. Constant.
 *
 * Life cycle: new takes the arena; whoever uses anything of the bootstrap holds the configuration and releases it; the
 * last release frees the arena. Plugins stay loaded for the life of the process. Any thread.
 */
#ifndef GW_CONFIG_CONFIGURATION_H
#define GW_CONFIG_CONFIGURATION_H

#include "base/arena.h"
#include "config/bootstrap.h"

struct gw_configuration;

/* Held once, by the caller. bootstrap lives in arena, which is the configuration's from now on. NULL: no memory; then
 * the arena stays the caller's. */
struct gw_configuration *gw_configuration_new(struct gw_arena *arena, const struct gw_bootstrap *bootstrap);

/* NULL is allowed, and returned. */
struct gw_configuration *gw_configuration_hold(struct gw_configuration *configuration);

/* NULL is allowed. */
void gw_configuration_release(struct gw_configuration *configuration);

const struct gw_bootstrap *gw_configuration_bootstrap(const struct gw_configuration *configuration);

#endif

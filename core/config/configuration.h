/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration: the model of a bootstrap file, with its memory. Constant.
 *
 * Life cycle: new takes ownership of the arena. Code that uses a part of the bootstrap holds the configuration, and
 * releases it afterwards; the last release frees the arena. Plugins stay loaded until the process ends. Any thread.
 */
#ifndef GW_CONFIG_CONFIGURATION_H
#define GW_CONFIG_CONFIGURATION_H

#include "base/arena.h"
#include "config/bootstrap.h"

struct gw_configuration;

/* Held once, by the caller. bootstrap is in arena, which the configuration then owns. NULL: no memory; then the caller
 * still owns the arena. */
struct gw_configuration *gw_configuration_new(struct gw_arena *arena, const struct gw_bootstrap *bootstrap);

/* NULL is allowed, and returned. */
struct gw_configuration *gw_configuration_hold(struct gw_configuration *configuration);

/* NULL is allowed. */
void gw_configuration_release(struct gw_configuration *configuration);

const struct gw_bootstrap *gw_configuration_bootstrap(const struct gw_configuration *configuration);

#endif

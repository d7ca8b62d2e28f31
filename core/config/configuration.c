/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: see configuration.h. */
#include "config/configuration.h"

#include <stdatomic.h>
#include <stdlib.h>

struct gw_configuration {
    struct gw_arena *arena;
    const struct gw_bootstrap *bootstrap;
    atomic_uint_fast32_t holders;
};

struct gw_configuration *gw_configuration_new(struct gw_arena *arena, const struct gw_bootstrap *bootstrap)
{
    struct gw_configuration *configuration = malloc(sizeof *configuration);

    if (configuration == NULL)
        return NULL;
    configuration->arena = arena;
    configuration->bootstrap = bootstrap;
    atomic_init(&configuration->holders, 1);
    return configuration;
}

struct gw_configuration *gw_configuration_hold(struct gw_configuration *configuration)
{
    if (configuration != NULL)
        atomic_fetch_add(&configuration->holders, 1);
    return configuration;
}

void gw_configuration_release(struct gw_configuration *configuration)
{
    if (configuration == NULL || atomic_fetch_sub(&configuration->holders, 1) > 1)
        return;
    gw_arena_free(configuration->arena);
    free(configuration);
}

const struct gw_bootstrap *gw_configuration_bootstrap(const struct gw_configuration *configuration)
{
    return configuration->bootstrap;
}

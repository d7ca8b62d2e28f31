/* SPDX-License-Identifier: Apache-2.0 */
/* The options that are in force, with their values as texts to show. No state, any thread. */
#ifndef GW_CONFIG_COMPONENT_VALUES_H
#define GW_CONFIG_COMPONENT_VALUES_H

#include "config/bootstrap.h"

struct gw_option_shown {
    const char *name; /* outside the components with its map: `log.level` */
    const char *text; /* in the form of option_text.h; NULL: hidden */
    bool is_secret;   /* hidden: a secret, or a value of {env:} or {file:} */
};

struct gw_option_values {
    const struct gw_option_shown *items; /* in the order of the tables, those of the core first */
    size_t count;
};

/* The options of a component that the file sets or that have a default; texts are in arena. NOMEM. */
enum gw_status gw_component_values(struct gw_arena *arena, const struct gw_component *component,
                                   struct gw_option_values *ret_values);

/* The same for the settings outside the components. NOMEM. */
enum gw_status gw_settings_values(struct gw_arena *arena, const struct gw_bootstrap *bootstrap,
                                  struct gw_option_values *ret_values);

#endif

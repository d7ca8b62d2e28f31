/* SPDX-License-Identifier: Apache-2.0 */
/* One node of the file, or one default, as one value in a config struct. The inside of options.h. Main thread. */
#ifndef GW_OPTIONS_OPTION_VALUE_H
#define GW_OPTIONS_OPTION_VALUE_H

#include "options/options.h"

/* Writes the value of node to the option's place in config; leaves it as it is when node is wrong or, without secrets,
 * not to be known. */
void gw_option_bind_node(struct gw_binder *binder, const struct gw_option *option, const struct gw_yaml_node *node,
                         void *config);

/* The same for the option's default, which is not NULL. */
void gw_option_bind_fallback(struct gw_binder *binder, const struct gw_option *option, struct gw_place place,
                             void *config);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Converts one node of the file, or one default, into a value in a config struct. Internal to options.h. Main thread.
 */
#ifndef GW_OPTIONS_OPTION_VALUE_H
#define GW_OPTIONS_OPTION_VALUE_H

#include "options/options.h"

/* Writes the value of node to the option's place in config. Leaves the place unchanged if node is invalid, or if its
 * value is a secret that is not resolved. */
void gw_option_bind_node(struct gw_binder *binder, const struct gw_option *option, const struct gw_yaml_node *node,
                         void *config);

/* The same for the option's default, which must not be NULL. */
void gw_option_bind_fallback(struct gw_binder *binder, const struct gw_option *option, struct gw_place place,
                             void *config);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin finds in its options beyond its option table, at its place in the bootstrap file. Main thread. */
#ifndef GW_CONFIG_COMPONENT_LINT_H
#define GW_CONFIG_COMPONENT_LINT_H

#include "config/bootstrap_reader.h"

/* Asks the plugin of a component whose options are bound and well so far; its findings join the others. */
void gw_component_lint(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft);

#endif

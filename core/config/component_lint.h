/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings of a plugin about its options beyond its option table, with their position in the bootstrap file. Main
 * thread.
 */
#ifndef GW_CONFIG_COMPONENT_LINT_H
#define GW_CONFIG_COMPONENT_LINT_H

#include "config/bootstrap_reader.h"

/* Calls the lint of a component's plugin, if its options are bound without errors, and adds the findings to the others.
 */
void gw_component_lint(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft);

#endif

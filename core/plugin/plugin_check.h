/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether this core can use a descriptor in memory. It reads only memory that it has found to be loaded, and
 * calls nothing. Any thread.
 */
#ifndef GW_PLUGIN_PLUGIN_CHECK_H
#define GW_PLUGIN_PLUGIN_CHECK_H

#include "plugin/inspection.h"

#include <gangway/plugin.h>

#include <stdint.h>

/* Checks the descriptor at plugin, a symbol of symbol_size bytes in the file name.so. It continues after a failure
 * where that is safe. Returns whether all checks passed. */
bool gw_plugin_check(struct gw_inspection *inspection, const struct gw_plugin *plugin, uint64_t symbol_size,
                     const char *name);

#endif

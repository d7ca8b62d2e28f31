/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a descriptor that lies in memory is one that this core can use. Reads only what it has seen to be there, and
 * calls nothing. Any thread.
 */
#ifndef GW_PLUGIN_PLUGIN_CHECK_H
#define GW_PLUGIN_PLUGIN_CHECK_H

#include "plugin/inspection.h"

#include <gangway/plugin.h>

#include <stdint.h>

/* Checks the descriptor at plugin, a symbol of symbol_size bytes, out of the file name.so. Continues after a failure
 * where that is safe. Returns whether all is well. */
bool gw_plugin_check(struct gw_inspection *inspection, const struct gw_plugin *plugin, uint64_t symbol_size,
                     const char *name);

#endif

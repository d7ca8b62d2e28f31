/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether an option table can be bound: names, types, and the place of each value in the config struct. The
 * binder checks whether a default can be parsed. Any thread.
 */
#ifndef GW_PLUGIN_OPTION_CHECK_H
#define GW_PLUGIN_OPTION_CHECK_H

#include "plugin/inspection.h"

#include <gangway/plugin.h>

/* Whether a string is lower-case words joined by single underscores, as the names in a plugin's tables are. */
bool gw_table_name_is_plain(const char *name);

/* Checks the option table of a descriptor whose size and version were accepted. It continues with the next option after
 * a failure. Returns whether all options passed. */
bool gw_option_table_check(struct gw_inspection *inspection, const struct gw_plugin *plugin);

#endif

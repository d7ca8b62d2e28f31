/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether a plugin's metric table can be used. Part of the loader's checks (plugin_check.h). */
#ifndef GW_PLUGIN_METRIC_CHECK_H
#define GW_PLUGIN_METRIC_CHECK_H

#include "plugin/inspection.h"

#include <gangway/plugin.h>

/* Checks the table of a descriptor whose size was accepted. False: a row is refused. */
bool gw_metric_table_check(struct gw_inspection *inspection, const struct gw_plugin *plugin);

#endif

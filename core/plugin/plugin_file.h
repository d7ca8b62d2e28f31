/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the file of a plugin before any of its code runs: only root and the user of this process can have written it,
 * and it can be loaded. Loads nothing. Any thread.
 */
#ifndef GW_PLUGIN_PLUGIN_FILE_H
#define GW_PLUGIN_PLUGIN_FILE_H

#include "plugin/inspection.h"

#include <sys/stat.h>

/* The end of a plugin's file name, after the name of the plugin. */
#define GW_PLUGIN_SUFFIX ".so"

/* Opens directory/name.so, and checks it and its directory. It continues after a failure where that is possible.
 * Returns a descriptor with the result of fstat if all checks passed; otherwise -1. */
int gw_plugin_file_open(struct gw_inspection *inspection, const char *directory, const char *name,
                        struct stat *ret_stat);

#endif

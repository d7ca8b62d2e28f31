/* SPDX-License-Identifier: Apache-2.0 */
/* The default plugin directory. Main thread. */
#ifndef GW_PLUGIN_PLUGIN_DIR_H
#define GW_PLUGIN_PLUGIN_DIR_H

/* Returns `plugins/` beside the program, as in a build tree, if that directory exists. Otherwise the directory of an
 * installation: relative to the program, or below the prefix that the program was built for. The text is valid until
 * the process ends. */
const char *gw_plugin_dir_default(void);

#endif

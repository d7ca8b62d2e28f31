/* SPDX-License-Identifier: Apache-2.0 */
/* Where plugins are when nobody says. Main thread. */
#ifndef GW_PLUGIN_PLUGIN_DIR_H
#define GW_PLUGIN_PLUGIN_DIR_H

/* `plugins/` beside the program's file, as in a build tree, when there is such a directory; else where an installation
 * has them, as seen from the program or below the prefix that it was built for. Lives as long as the process. */
const char *gw_plugin_dir_default(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a bootstrap file still says what is in force. Reads the file, and loads no plugin. Any thread. */
#ifndef GW_CONFIG_RESTART_FILE_H
#define GW_CONFIG_RESTART_FILE_H

#include "config/bootstrap.h"

/*
 * Sets *ret_is_in_force: whether the file at path has the same keys and values as the file that the model was read
 * from, and is in the same folder, to which paths are relative. Comments and layout do not count; what {env:} and
 * {file:} name is not compared. False too if it cannot be read. The arena is for its text. OK; NOMEM: it is not known.
 */
enum gw_status gw_restart_file_compare(struct gw_arena *arena, const struct gw_bootstrap *bootstrap, const char *path,
                                       bool *ret_is_in_force);

#endif

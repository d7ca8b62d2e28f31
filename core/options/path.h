/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in a file, relative to the folder of that file. No state, any thread. */
#ifndef GW_OPTIONS_PATH_H
#define GW_OPTIONS_PATH_H

#include "base/arena.h"

/* The absolute path of the folder of file, links resolved, so it is the same however the file was named; "." if there
 * is no such folder; NULL when out of memory. */
const char *gw_path_folder(struct gw_arena *arena, const char *file);

/* path relative to folder; an absolute path is returned unchanged. NULL when out of memory. */
const char *gw_path_join(struct gw_arena *arena, const char *folder, const char *path);

#endif

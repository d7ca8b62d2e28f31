/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that stand in a file, which are relative to the folder of that file. No state, any thread. */
#ifndef GW_OPTIONS_PATH_H
#define GW_OPTIONS_PATH_H

#include "base/arena.h"

/* The absolute path of the folder that file is in, links resolved, so that it is the same from wherever and however
 * the file was named; "." when there is no such folder; NULL when memory ran out. */
const char *gw_path_folder(struct gw_arena *arena, const char *file);

/* path as seen from folder: itself when it is absolute; NULL when memory ran out. */
const char *gw_path_join(struct gw_arena *arena, const char *folder, const char *path);

#endif

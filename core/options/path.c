/* SPDX-License-Identifier: Apache-2.0 */
/* Joins and resolves paths; opens nothing. */
#include "options/path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *gw_path_folder(struct gw_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    char resolved[PATH_MAX];
    const char *folder = ".";

    if (slash != NULL)
        folder = slash == file ? "/" : gw_arena_copy(arena, file, (size_t)(slash - file));
    if (folder == NULL)
        return NULL;
    if (realpath(folder, resolved) == NULL)
        return ".";
    return gw_arena_copy(arena, resolved, strlen(resolved));
}

/* Removes every leading `./`, so two spellings of a path become equal. */
static const char *skip_here(const char *path)
{
    while (path[0] == '.' && path[1] == '/') {
        path += 2;
        while (*path == '/')
            path++;
    }
    return path;
}

const char *gw_path_join(struct gw_arena *arena, const char *folder, const char *path)
{
    const char *rest = skip_here(path);
    size_t size = strlen(folder) + strlen(rest) + 2;
    char *joined;

    if (path[0] == '/')
        return gw_arena_copy(arena, path, strlen(path));
    if (rest[0] == '\0' || strcmp(rest, ".") == 0)
        return gw_arena_copy(arena, folder, strlen(folder));
    joined = gw_arena_alloc(arena, size);
    if (joined != NULL)
        (void)snprintf(joined, size, "%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", rest);
    return joined;
}

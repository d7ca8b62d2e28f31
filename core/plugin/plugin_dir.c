/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/plugin_dir.h"

#include <gangway/scope.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* relative to the folder of the program: in a build tree, and in an installation that was moved as a whole */
static const char *const places[] = {"plugins", "../" GANGWAY_PLUGIN_INSTALL_DIR};

/* The length of the path of the program's folder, slash included; 0: unknown. */
static size_t program_folder(char path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    const char *slash;

    if (len <= 0)
        return 0;
    path[len] = '\0';
    slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static bool is_directory(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

const char *gw_plugin_dir_default(void)
{
    static char path[PATH_MAX];
    size_t folder = program_folder(path);

    for (size_t i = 0; folder > 0 && i < gw_array_length(places); i++) {
        int len = snprintf(path + folder, sizeof path - folder, "%s", places[i]);

        if (len > 0 && (size_t)len < sizeof path - folder && is_directory(path))
            return path;
    }
    return GANGWAY_PLUGIN_PREFIX "/" GANGWAY_PLUGIN_INSTALL_DIR;
}

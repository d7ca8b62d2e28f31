/* SPDX-License-Identifier: Apache-2.0 */
/* Finds rotated files. See rotation.h. */
#include "rotation.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_rotated_name(const char *name, const char *base)
{
    size_t base_len = strlen(base);
    const char *suffix = name + base_len;

    if (strncmp(name, base, base_len) != 0 || (suffix[0] != '.' && suffix[0] != '-'))
        return 0;
    return suffix[1] >= '0' && suffix[1] <= '9' && suffix[1 + strspn(suffix + 1, "0123456789T:._-")] == '\0';
}

static int is_earlier(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

void rotation_done(struct rotation *rotation)
{
    while (rotation->count > 0)
        free(rotation->files[--rotation->count].path);
}

/* Adds a file to the sorted list; if there are too many, the oldest is dropped. Takes ownership of path. */
static void rotation_insert(struct rotation *rotation, char *path, const struct stat *seen)
{
    size_t at;

    if (rotation->count == ROTATED_MAX) {
        if (is_earlier(&seen->st_mtim, &rotation->files[0].seen.st_mtim)) {
            free(path);
            return;
        }
        free(rotation->files[0].path);
        rotation->count--;
        memmove(&rotation->files[0], &rotation->files[1], rotation->count * sizeof rotation->files[0]);
    }
    for (at = rotation->count; at > 0 && is_earlier(&seen->st_mtim, &rotation->files[at - 1].seen.st_mtim); at--)
        rotation->files[at] = rotation->files[at - 1];
    rotation->files[at] = (struct rotated){.path = path, .seen = *seen};
    rotation->count++;
}

static enum gw_status rotation_consider(struct rotation *rotation, int directory, const char *folder, const char *name,
                                        const struct timespec *since)
{
    struct stat seen;
    char *path;

    if (fstatat(directory, name, &seen, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(seen.st_mode))
        return GW_OK;
    if (since != NULL && is_earlier(&seen.st_mtim, since))
        return GW_OK;
    if (asprintf(&path, "%s%s", folder, name) < 0)
        return GW_NOMEM;
    rotation_insert(rotation, path, &seen);
    return GW_OK;
}

enum gw_status rotation_find(const char *path, const struct timespec *since, struct rotation *ret_rotation)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    char *folder = strndup(path, (size_t)(base - path)); /* with its slash; empty: the current folder */
    DIR *directory = folder != NULL ? opendir(folder[0] != '\0' ? folder : ".") : NULL;
    enum gw_status status = folder != NULL ? GW_OK : GW_NOMEM;
    const struct dirent *entry;

    ret_rotation->count = 0;
    while (status == GW_OK && directory != NULL && (entry = readdir(directory)) != NULL) {
        if (is_rotated_name(entry->d_name, base))
            status = rotation_consider(ret_rotation, dirfd(directory), folder, entry->d_name, since);
    }
    if (directory != NULL)
        (void)closedir(directory);
    free(folder);
    if (status != GW_OK)
        rotation_done(ret_rotation);
    return status;
}

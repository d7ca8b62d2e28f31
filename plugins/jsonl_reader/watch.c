/* SPDX-License-Identifier: Apache-2.0 */
/* inotify. See watch.h. */
#include "watch.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

void watch_init(struct watch *watch)
{
    *watch = (struct watch){.fd = -1, .folder = -1, .named = -1, .open_file = -1};
}

void watch_done(struct watch *watch)
{
    if (watch->fd >= 0)
        (void)close(watch->fd);
    watch_init(watch);
}

/* Watches path instead of *watched. A file that was closed is not watched any more, however often it is rotated. */
static int watch_one(const struct watch *watch, int *watched, int other, const char *path, uint32_t events)
{
    int before = *watched;

    *watched = inotify_add_watch(watch->fd, path, events);
    if (*watched == before)
        return 0;
    if (before >= 0 && before != other)
        (void)inotify_rm_watch(watch->fd, before);
    return *watched >= 0;
}

int watch_arm(struct watch *watch, const char *path, int file)
{
    char copy[PATH_MAX];
    char open_path[64];
    int is_new = 0;

    if (watch->fd < 0)
        watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0 || strlen(path) >= sizeof copy)
        return 0;
    strcpy(copy, path);
    if (watch->folder < 0)
        is_new |= watch_one(watch, &watch->folder, -1, dirname(copy), IN_CREATE | IN_MOVED_TO);
    is_new |= watch_one(watch, &watch->named, watch->open_file, path, IN_MODIFY);
    /* the open file, whatever its name is now */
    (void)snprintf(open_path, sizeof open_path, "/proc/self/fd/%d", file);
    if (file >= 0)
        is_new |= watch_one(watch, &watch->open_file, watch->named, open_path, IN_MODIFY);
    return is_new;
}

void watch_drain(struct watch *watch)
{
    char events[4096];

    while (watch->fd >= 0 && read(watch->fd, events, sizeof events) > 0)
        continue;
}

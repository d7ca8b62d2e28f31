/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks who may have written a plugin. Its constructors run inside dlopen with all rights of the gateway, so anyone
 * who can write the file or its directory controls the gateway. The operator is responsible for the directories above.
 * Any thread.
 */
#include "plugin/plugin_file.h"

#include "plugin/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 64 };

/* [a-z][a-z0-9_]*, at most NAME_MAX_BYTES: so it names a file in one directory. */
static bool is_plain_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    /* A first byte above 'z' is none of the span, which then is empty. */
    return name[0] >= 'a' && name[len] == '\0' && len <= NAME_MAX_BYTES;
}

static bool check_access(struct gw_inspection *inspection, const char *subject, const char *what,
                         const struct stat *stat)
{
    bool is_ours = stat->st_uid == 0 || stat->st_uid == geteuid();
    bool is_closed = (stat->st_mode & (S_IWGRP | S_IWOTH)) == 0;

    if (!is_ours)
        gw_inspection_fail(inspection, GW_CONFIG, subject, "%s belongs to uid %u, expected root or uid %u", what,
                           (unsigned)stat->st_uid, (unsigned)geteuid());
    if (!is_closed)
        gw_inspection_fail(inspection, GW_CONFIG, subject,
                           "%s has mode %04o, expected one that lets neither group nor others write", what,
                           (unsigned)(stat->st_mode & 07777));
    if (!is_ours || !is_closed)
        return false;
    return gw_inspection_pass(inspection, subject, "%s belongs to uid %u, mode %04o", what, (unsigned)stat->st_uid,
                              (unsigned)(stat->st_mode & 07777));
}

/* Returns a descriptor, also when a check failed; -1: it cannot be opened. */
static int open_directory(struct gw_inspection *inspection, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat stat;

    if (fd < 0 || fstat(fd, &stat) != 0) {
        gw_inspection_fail_errno(inspection, errno, "directory", "the plugin directory %s cannot be opened", path);
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    (void)check_access(inspection, "directory", "its directory", &stat);
    return fd;
}

static bool check_name(struct gw_inspection *inspection, const char *name)
{
    if (!is_plain_name(name))
        return gw_inspection_fail(inspection, GW_CONFIG, "file name",
                                  "the name is not plain, expected at most %d lower-case letters, digits and "
                                  "underscores, a letter first",
                                  NAME_MAX_BYTES);
    return gw_inspection_pass(inspection, "file name", "%s is a plain name", name);
}

/* Without O_NONBLOCK, a FIFO with that name would block the gateway. */
static int open_file(struct gw_inspection *inspection, int directory, const char *name)
{
    char file_name[NAME_MAX_BYTES + sizeof GW_PLUGIN_SUFFIX];
    int fd;

    (void)snprintf(file_name, sizeof file_name, "%s%s", name, GW_PLUGIN_SUFFIX);
    fd = openat(directory, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ELOOP)
        gw_inspection_fail(inspection, GW_CONFIG, "file", "it is a symbolic link, expected a regular file");
    else if (fd < 0)
        gw_inspection_fail_errno(inspection, errno, "file", "it cannot be opened");
    return fd;
}

static bool check_file(struct gw_inspection *inspection, int fd, struct stat *ret_stat)
{
    bool is_well;

    if (fstat(fd, ret_stat) != 0)
        return gw_inspection_fail_errno(inspection, errno, "file", "it cannot be looked at");
    if (!S_ISREG(ret_stat->st_mode))
        return gw_inspection_fail(inspection, GW_CONFIG, "file", "it is %s, expected a regular file",
                                  S_ISDIR(ret_stat->st_mode) ? "a directory" : "a device, a pipe or a socket");
    is_well = check_access(inspection, "file", "it", ret_stat);
    return gw_elf_file_check(inspection, fd, (uint64_t)ret_stat->st_size) && is_well;
}

int gw_plugin_file_open(struct gw_inspection *inspection, const char *directory, const char *name,
                        struct stat *ret_stat)
{
    bool is_plain = check_name(inspection, name);
    int directory_fd = open_directory(inspection, directory);
    int fd;

    if (directory_fd < 0)
        return -1;
    fd = is_plain ? open_file(inspection, directory_fd, name) : -1;
    (void)close(directory_fd);
    if (fd < 0)
        return -1;
    if (!check_file(inspection, fd, ret_stat) || gw_inspection_has_failed(inspection)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

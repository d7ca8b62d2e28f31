/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin directory under the system's directory for temporary files. One thread. */
#include "plugin_directory.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char plugin_directory[PATH_MAX];

void plugin_directory_make(void)
{
    const char *parent = getenv("TMPDIR");
    char path[PATH_MAX];

    ck_assert_int_lt(snprintf(path, sizeof path, "%s/gangway-loader-XXXXXX", parent != NULL ? parent : "/tmp"),
                     (int)sizeof path);
    ck_assert_ptr_nonnull(mkdtemp(path));
    ck_assert_ptr_nonnull(realpath(path, plugin_directory));
    ck_assert_int_eq(chmod(plugin_directory, 0755), 0);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    (void)stat;
    (void)type;
    (void)place;
    return remove(path);
}

void plugin_directory_remove(void)
{
    (void)nftw(plugin_directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *plugin_directory_path(const char *file_name)
{
    static char path[PATH_MAX + NAME_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", plugin_directory, file_name);
    return path;
}

void plugin_directory_write(const char *file_name, const void *bytes, size_t len)
{
    const char *path = plugin_directory_path(file_name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    /* Not O_TRUNC: some file systems then write to the disk at once, and tests write thousands of times. */
    ck_assert_int_eq(ftruncate(fd, (off_t)len), 0);
    /* The umask may have removed some of them. */
    ck_assert_int_eq(fchmod(fd, 0755), 0);
    ck_assert_int_eq(close(fd), 0);
}

unsigned char *plugin_built(const char *name, size_t *ret_len)
{
    char path[PATH_MAX];
    unsigned char *bytes;
    struct stat stat;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s.so", GW_TEST_BROKEN_DIR, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "%s", path);
    ck_assert_int_eq(fstat(fd, &stat), 0);
    bytes = malloc((size_t)stat.st_size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(read(fd, bytes, (size_t)stat.st_size), stat.st_size);
    ck_assert_int_eq(close(fd), 0);
    *ret_len = (size_t)stat.st_size;
    return bytes;
}

void plugin_directory_install(const char *name)
{
    char file_name[NAME_MAX];
    size_t len;
    unsigned char *bytes = plugin_built(name, &len);

    (void)snprintf(file_name, sizeof file_name, "%s.so", name);
    plugin_directory_write(file_name, bytes, len);
    free(bytes);
}

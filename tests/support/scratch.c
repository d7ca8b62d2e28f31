/* SPDX-License-Identifier: Apache-2.0 */
/* A directory for one test. See scratch.h. */
#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char paths[4][PATH_MAX];
static unsigned path_count;
static char *content;

static void must(int is_fine, const char *what)
{
    if (is_fine)
        return;
    perror(what);
    abort();
}

void scratch_begin(void)
{
    strcpy(folder, "/tmp/gangway-test-XXXXXX");
    must(mkdtemp(folder) != NULL, "mkdtemp");
}

static int delete_one(const char *path, const struct stat *seen, int type, struct FTW *place)
{
    (void)seen;
    (void)type;
    (void)place;
    return remove(path);
}

void scratch_end(void)
{
    must(nftw(folder, delete_one, 8, FTW_DEPTH | FTW_PHYS) == 0, folder);
    free(content);
    content = NULL;
}

const char *scratch_path(const char *name)
{
    char *path = paths[path_count++ % 4];

    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void scratch_put(const char *name, const char *text, size_t len, int flags)
{
    int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

    must(fd >= 0, name);
    must(write(fd, text, len) == (ssize_t)len, name);
    must(close(fd) == 0, name);
}

void scratch_write_bytes(const char *name, const char *bytes, size_t len)
{
    scratch_put(name, bytes, len, O_TRUNC);
}

void scratch_write(const char *name, const char *text)
{
    scratch_put(name, text, strlen(text), O_TRUNC);
}

void scratch_append(const char *name, const char *text)
{
    scratch_put(name, text, strlen(text), O_APPEND);
}

const char *scratch_read(const char *name)
{
    int fd = open(scratch_path(name), O_RDONLY | O_CLOEXEC);
    struct stat seen;

    must(fd >= 0 && fstat(fd, &seen) == 0, name);
    free(content);
    content = calloc(1, (size_t)seen.st_size + 1);
    must(content != NULL, name);
    must(read(fd, content, (size_t)seen.st_size) == seen.st_size, name);
    must(close(fd) == 0, name);
    return content;
}

void scratch_rename(const char *from, const char *to)
{
    must(rename(scratch_path(from), scratch_path(to)) == 0, from);
}

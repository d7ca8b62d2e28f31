/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a YAML file. The file may be replaced while it is read (a rename over it, a changed link): the opened file is
 * read. A file that is changed in place is refused, because the text could mix old and new contents.
 */
#include "yaml/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens path if it is a regular file. Never blocks, as opening a FIFO would. */
static enum gw_status file_open(const char *path, int *ret_fd, struct stat *ret_stat, struct gw_error *reterr)
{
    const char *kind;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 || fstat(fd, ret_stat) != 0) {
        int os_error = errno;

        if (fd >= 0)
            (void)close(fd);
        (void)gw_yaml_error(reterr, path, 1, 1, "the file cannot be opened: %s", strerror(os_error));
        if (reterr != NULL)
            reterr->os_error = os_error;
        return GW_CONFIG;
    }
    if (S_ISREG(ret_stat->st_mode)) {
        *ret_fd = fd;
        return GW_OK;
    }
    kind = S_ISDIR(ret_stat->st_mode) ? "a directory" : "no regular file";
    (void)close(fd);
    return gw_yaml_error(reterr, path, 1, 1, "this is %s; expected a YAML file", kind);
}

/* Reads up to the end or size bytes. Returns the number of bytes, or -1 with errno. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = read(fd, bytes + done, size - done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static bool is_unchanged(const struct stat *before, const struct stat *after, ssize_t bytes_read)
{
    return after->st_size == before->st_size && bytes_read == before->st_size &&
           after->st_mtim.tv_sec == before->st_mtim.tv_sec && after->st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

static enum gw_status file_read(int fd, const struct stat *before, struct gw_arena *arena, const char *path,
                                struct gw_text *ret_text, struct gw_error *reterr)
{
    struct stat after;
    size_t size;
    ssize_t done;
    char *bytes;

    if (before->st_size > GW_YAML_MAX_BYTES)
        return gw_yaml_error(reterr, path, 1, 1, "the file is larger than 1 MiB, which is the limit");
    size = (size_t)before->st_size + 1; /* one more, to detect that the file has grown */
    bytes = gw_arena_alloc(arena, size);
    if (bytes == NULL)
        return gw_error_set(reterr, GW_NOMEM, "%s: out of memory", path);
    done = read_all(fd, bytes, size);
    if (done < 0 || fstat(fd, &after) != 0) {
        int os_error = errno;

        (void)gw_yaml_error(reterr, path, 1, 1, "the file cannot be read: %s", strerror(os_error));
        if (reterr != NULL)
            reterr->os_error = os_error;
        return GW_CONFIG;
    }
    if (!is_unchanged(before, &after, done))
        return gw_yaml_error(reterr, path, 1, 1,
                             "the file changed while it was read; replace it by a rename, then try again");
    *ret_text = gw_text_span(bytes, (uint64_t)done);
    return GW_OK;
}

enum gw_status gw_yaml_read_file(struct gw_arena *arena, const char *path, const struct gw_yaml_node **ret_root,
                                 struct gw_error *reterr)
{
    struct gw_text text = {NULL, 0};
    enum gw_status status;
    struct stat before;
    int fd = -1;

    status = file_open(path, &fd, &before, reterr);
    if (status != GW_OK)
        return status;
    status = file_read(fd, &before, arena, path, &text, reterr);
    (void)close(fd);
    if (status != GW_OK)
        return status;
    return gw_yaml_parse(arena, path, text, ret_root, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a YAML file. The file may be replaced while it is read (a rename over it, a changed link): the opened file is
 * read. A file that is changed in place is refused, because the text could mix old and new contents.
 */
#include "base/file.h"
#include "yaml/yaml.h"

#include <errno.h>
#include <unistd.h>

static enum gw_status io_error(struct gw_error *reterr, const char *path, const char *what, int os_error)
{
    (void)gw_yaml_error(reterr, path, 1, 1, "the file cannot be %s: %s", what, strerror(os_error));
    if (reterr != NULL)
        reterr->os_error = os_error;
    return GW_CONFIG;
}

/* Opens path if it is a regular file. */
static enum gw_status file_open(const char *path, int *ret_fd, struct stat *ret_stat, struct gw_error *reterr)
{
    const char *kind;
    int fd = gw_file_open(path, ret_stat);

    if (fd < 0)
        return io_error(reterr, path, "opened", errno);
    if (S_ISREG(ret_stat->st_mode)) {
        *ret_fd = fd;
        return GW_OK;
    }
    kind = S_ISDIR(ret_stat->st_mode) ? "a directory" : "no regular file";
    (void)close(fd);
    return gw_yaml_error(reterr, path, 1, 1, "this is %s; expected a YAML file", kind);
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
    done = gw_file_read(fd, bytes, size);
    if (done < 0 || fstat(fd, &after) != 0)
        return io_error(reterr, path, "read", errno);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the value of a reference from the environment or from a file. No state. */
#include "options/reference.h"

#include "base/file.h"
#include "options/path.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const struct gw_yaml_entry *reference_entry(const struct gw_yaml_node *node)
{
    return &node->entries[0];
}

static bool is_env(const struct gw_yaml_node *node)
{
    return gw_text_is(reference_entry(node)->key->text, "env");
}

static const char *reference_name(const struct gw_yaml_node *node)
{
    return reference_entry(node)->value->text.ptr;
}

bool gw_reference_is(const struct gw_yaml_node *node)
{
    const struct gw_yaml_entry *entry;

    if (node->kind != GW_YAML_MAP || node->count != 1)
        return false;
    entry = reference_entry(node);
    return (gw_text_is(entry->key->text, "env") || gw_text_is(entry->key->text, "file")) &&
           entry->value->kind == GW_YAML_SCALAR && entry->value->text.len > 0;
}

const char *gw_reference_text(struct gw_arena *arena, const struct gw_yaml_node *node)
{
    size_t size = strlen(reference_name(node)) + sizeof "{file: }";
    char *text = gw_arena_alloc(arena, size);

    if (text != NULL)
        (void)snprintf(text, size, "{%s: %s}", is_env(node) ? "env" : "file", reference_name(node));
    return text;
}

static enum gw_status no_memory(struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOMEM, "out of memory");
}

static enum gw_status find_variable(const struct gw_yaml_node *node, const char **ret_value, struct gw_error *reterr)
{
    *ret_value = getenv(reference_name(node));
    if (*ret_value == NULL)
        return gw_error_set(reterr, GW_NOT_FOUND, "the environment variable '%.200s' is not set", reference_name(node));
    return GW_OK;
}

static enum gw_status file_error(struct gw_error *reterr, const char *path, int os_error)
{
    return gw_error_set_errno(reterr, os_error == ENOENT ? GW_NOT_FOUND : GW_CONFIG, os_error,
                              "the file '%.200s' cannot be read", path);
}

static enum gw_status open_file(const char *path, int *ret_fd, struct gw_error *reterr)
{
    struct stat stat;
    int fd = gw_file_open(path, &stat);

    if (fd < 0)
        return file_error(reterr, path, errno);
    if (S_ISREG(stat.st_mode)) {
        *ret_fd = fd;
        return GW_OK;
    }
    (void)close(fd);
    return gw_error_set(reterr, GW_CONFIG, "'%.200s' is no regular file", path);
}

static enum gw_status read_file(struct gw_arena *arena, const char *path, struct gw_text *ret_value,
                                struct gw_error *reterr)
{
    enum { ROOM = GW_REFERENCE_MAX_BYTES + 1 }; /* one more, to detect a file that is too large */
    enum gw_status status;
    char bytes[ROOM];
    ssize_t len;
    int os_error;
    int fd = -1;

    status = open_file(path, &fd, reterr);
    if (status != GW_OK)
        return status;
    len = gw_file_read(fd, bytes, ROOM);
    os_error = errno;
    (void)close(fd);
    if (len < 0)
        return file_error(reterr, path, os_error);
    if (len > GW_REFERENCE_MAX_BYTES)
        return gw_error_set(reterr, GW_CONFIG, "the file '%.200s' is larger than 64 KiB", path);
    if (len > 0 && bytes[len - 1] == '\n')
        len -= len > 1 && bytes[len - 2] == '\r' ? 2 : 1;
    if (memchr(bytes, '\0', (size_t)len) != NULL)
        return gw_error_set(reterr, GW_CONFIG, "the file '%.200s' holds a NUL byte: it is UTF-16, or no text", path);
    *ret_value = gw_text_span(gw_arena_copy(arena, bytes, (size_t)len), (uint64_t)len);
    return ret_value->ptr != NULL ? GW_OK : no_memory(reterr);
}

const char *gw_reference_flaw(struct gw_text value)
{
    const char *last;

    if (value.len == 0)
        return NULL;
    last = value.ptr + value.len - 1;
    if (*last == '\n')
        return value.len > 1 && last[-1] == '\r' ? "ends with a line end (CR LF)" : "ends with a line end (LF)";
    if (*last == '\r')
        return "ends with a carriage return";
    if (*last == ' ' || *last == '\t')
        return "ends with a blank";
    if (*value.ptr == ' ' || *value.ptr == '\t' || *value.ptr == '\n' || *value.ptr == '\r')
        return "begins with a blank or a line end";
    if (value.len >= 3 && memcmp(value.ptr, "\xef\xbb\xbf", 3) == 0)
        return "begins with a byte-order mark";
    return NULL;
}

enum gw_status gw_reference_look(struct gw_arena *arena, const char *folder, const struct gw_yaml_node *node,
                                 struct gw_error *reterr)
{
    const char *found;
    const char *path;

    if (is_env(node))
        return find_variable(node, &found, reterr);
    path = gw_path_join(arena, folder, reference_name(node));
    if (path == NULL)
        return no_memory(reterr);
    if (access(path, F_OK) != 0)
        return gw_error_set_errno(reterr, GW_NOT_FOUND, errno, "the file '%.200s' cannot be read", path);
    return GW_OK;
}

enum gw_status gw_reference_resolve(struct gw_arena *arena, const char *folder, const struct gw_yaml_node *node,
                                    struct gw_text *ret_value, struct gw_error *reterr)
{
    const char *found = NULL;
    enum gw_status status;
    const char *path;

    if (!is_env(node)) {
        path = gw_path_join(arena, folder, reference_name(node));
        return path != NULL ? read_file(arena, path, ret_value, reterr) : no_memory(reterr);
    }
    status = find_variable(node, &found, reterr);
    if (status != GW_OK)
        return status;
    *ret_value = gw_text_span(gw_arena_copy(arena, found, strlen(found)), strlen(found));
    return ret_value->ptr != NULL ? GW_OK : no_memory(reterr);
}

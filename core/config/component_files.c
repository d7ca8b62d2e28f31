/* SPDX-License-Identifier: Apache-2.0 */
/* A file is read in pieces, because a bundle of authorities has some hundred KiB. */
#include "config/component_files.h"

#include "base/file.h"
#include "options/options.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 16 * 1024 };

static bool digest_stream(int fd, uint8_t digest[GW_FILE_DIGEST_BYTES])
{
    crypto_generichash_state state;
    char piece[PIECE_BYTES];
    ssize_t len;

    (void)crypto_generichash_init(&state, NULL, 0, GW_FILE_DIGEST_BYTES);
    while ((len = gw_file_read(fd, piece, sizeof piece)) > 0)
        (void)crypto_generichash_update(&state, (const unsigned char *)piece, (size_t)len);
    (void)crypto_generichash_final(&state, digest, GW_FILE_DIGEST_BYTES);
    sodium_memzero(piece, sizeof piece);
    return len == 0;
}

static void digest_file(const char *path, uint8_t digest[GW_FILE_DIGEST_BYTES])
{
    struct stat stat;
    int fd = gw_file_open(path, &stat);

    if (fd < 0 || !S_ISREG(stat.st_mode) || !digest_stream(fd, digest))
        memset(digest, 0, GW_FILE_DIGEST_BYTES);
    if (fd >= 0)
        (void)close(fd);
}

static const char *path_of(const struct gw_option *option, const void *config)
{
    const char *path;

    memcpy(&path, (const char *)config + option->offset, sizeof path);
    return path;
}

enum gw_status gw_component_files_read(struct gw_arena *arena, struct gw_component *component)
{
    struct gw_option_table options = gw_option_table_of(component->plugin);
    struct gw_component_file *files = gw_arena_alloc(arena, options.count * sizeof *files + 1);

    if (files == NULL)
        return GW_NOMEM;
    for (uint32_t i = 0; i < options.count; i++) {
        const struct gw_option *option = gw_option_at(&options, i);

        if ((option->flags & GW_OPTION_CONTENTS) == 0 || path_of(option, component->config) == NULL)
            continue;
        files[component->file_count].option = option->name;
        digest_file(path_of(option, component->config), files[component->file_count++].digest);
    }
    component->files = files;
    return GW_OK;
}

const struct gw_component_file *gw_component_file_of(const struct gw_component *component,
                                                     const struct gw_option *option)
{
    for (size_t i = 0; i < component->file_count; i++)
        if (strcmp(component->files[i].option, option->name) == 0)
            return &component->files[i];
    return NULL;
}

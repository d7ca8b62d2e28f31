/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about plugins: `plugins`, `describe` and `schema`. */
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"
#include "cli/verbs/describe.h"
#include "cli/verbs/schema.h"
#include "plugin/loader.h"
#include "plugin/plugin_dir.h"

#include <gangway/scope.h>

#include <stdio.h>

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

static const char *plugin_dir(const struct gw_command_line *line)
{
    const char *said = gw_command_line_value(line, GW_FLAG_PLUGIN_DIR);

    return said != NULL ? said : gw_plugin_dir_default();
}

/* Writes a text about the plugins into the buffer. */
typedef enum gw_status write_fn(struct gw_arena *arena, const struct gw_command_line *line, struct gw_buffer *buffer,
                                struct gw_error *reterr);

static int print(const struct gw_command_line *line, write_fn *write)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_arena_new(TEXT_MAX_BYTES);
    struct gw_error error = {0};
    struct gw_buffer text;
    int exit_status = GW_EXIT_DONE;

    if (arena == NULL)
        return gw_complain_memory(line);
    gw_buffer_init(&text, TEXT_MAX_BYTES);
    if (write(arena, line, &text, &error) != GW_OK)
        exit_status = gw_complain(line, "%s", error.text);
    else
        (void)fwrite(text.ptr, 1, text.len, stdout);
    gw_buffer_done(&text);
    return exit_status;
}

static enum gw_status write_plugins(struct gw_arena *arena, const struct gw_command_line *line,
                                    struct gw_buffer *buffer, struct gw_error *reterr)
{
    return gw_describe_plugins(arena, plugin_dir(line), line->format, buffer, reterr);
}

static enum gw_status write_description(struct gw_arena *arena, const struct gw_command_line *line,
                                        struct gw_buffer *buffer, struct gw_error *reterr)
{
    const struct gw_plugin *plugin;
    enum gw_status status = gw_loader_load(plugin_dir(line), line->operands[0], &plugin, reterr);

    return status == GW_OK ? gw_describe_plugin(arena, plugin, line->format, buffer, reterr) : status;
}

static enum gw_status write_schema(struct gw_arena *arena, const struct gw_command_line *line, struct gw_buffer *buffer,
                                   struct gw_error *reterr)
{
    return gw_schema_write(arena, plugin_dir(line), buffer, reterr);
}

int gw_verb_plugins(const struct gw_command_line *line)
{
    return print(line, write_plugins);
}

int gw_verb_describe(const struct gw_command_line *line)
{
    return print(line, write_description);
}

int gw_verb_schema(const struct gw_command_line *line)
{
    return print(line, write_schema);
}

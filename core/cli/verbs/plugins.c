/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about plugins: `plugins`, `describe`, `schema` and `plugin verify`. */
#include "base/terminal_text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "cli/verbs/describe.h"
#include "cli/verbs/schema.h"
#include "plugin/loader.h"
#include "plugin/plugin_dir.h"
#include "plugin/port_spec.h"

#include <gangway/scope.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

static const char *plugin_dir(const struct gw_command_line *line)
{
    const char *said = gw_command_line_value(line, GW_FLAG_PLUGIN_DIR);

    return said != NULL ? said : gw_plugin_dir_default();
}

/* Writes a text of the arena's plugins; what it is, the function knows. */
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

/* ---- plugin verify -------------------------------------------------------------------------------------------- */

enum { RESULT, CHECK, FINDING };

static const struct gw_column columns[] = {
    [RESULT] = {.name = "result"}, [CHECK] = {.name = "check"}, [FINDING] = {.name = "finding"}};

static void on_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    char check[128];
    char found[1024];
    const char *cells[] = {[RESULT] = status == GW_OK ? "ok" : "failed", [CHECK] = check, [FINDING] = found};

    (void)snprintf(check, sizeof check, "%.*s", (int)subject.len, subject.ptr);
    (void)snprintf(found, sizeof found, "%.*s", (int)finding.len, finding.ptr);
    gw_printout_add(report->context, cells);
}

/* How to find out whether it does what its port says: that is no loader's business. */
static void print_suite(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    char folder[PATH_MAX];
    char name[NAME_MAX + 1];
    const struct gw_plugin *plugin = NULL;

    (void)snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path) + 1 : 2,
                   slash != NULL ? path : "./");
    (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(base) - strlen(".so")), base);
    if (gw_loader_load(folder, name, &plugin, NULL) != GW_OK)
        return;
    (void)fputs("It can be loaded. Whether it does what its port says is for the contract suite to find out:\n",
                stderr);
    gw_terminal_print_line(stderr, "gangway-contract %s %s OPTION=VALUE...", gw_port_spec_find(plugin->port)->word,
                           path);
}

int gw_verb_plugin_verify(const struct gw_command_line *line)
{
    const char *path = line->operands[0];
    struct gw_printout printout;
    struct gw_report report = {.size = sizeof report, .context = &printout, .line = on_line};
    enum gw_status status;

    gw_printout_open(&printout, line->format, columns, gw_array_length(columns));
    status = gw_loader_verify(path, &report);
    if (!gw_printout_close(&printout))
        return gw_complain_memory(line);
    if (status != GW_OK)
        return gw_complain(line, "%s cannot be loaded by this gateway", path);
    print_suite(path);
    return GW_EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Turns option tables and descriptors into rows. Main thread. */
#include "cli/verbs/describe.h"

#include "options/options.h"
#include "options/settings.h"
#include "plugin/loader.h"

#include <gangway/scope.h>

#include <string.h>

static enum gw_status finish(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer,
                             struct gw_error *reterr)
{
    gw_listing_print(table, format, buffer);
    return buffer->has_failed ? gw_error_set(reterr, GW_NOMEM, "out of memory") : GW_OK;
}

/* ---- one plugin's options ------------------------------------------------------------------------------------- */

enum {
    OPTION_NAME,
    OPTION_TYPE,
    OPTION_DEFAULT,
    OPTION_HELP,
    OPTION_EXPECTED,
    OPTION_REQUIRED,
    OPTION_IDENTITY,
    OPTION_EXCLUSIVE,
    OPTION_CONTENTS,
    OPTION_OWNER
};

static const struct gw_column option_columns[] = {
    [OPTION_NAME] = {.name = "option"},
    [OPTION_TYPE] = {.name = "type"},
    [OPTION_DEFAULT] = {.name = "default"},
    [OPTION_HELP] = {.name = "help"},
    [OPTION_EXPECTED] = {.name = "expected", .is_json_only = true},
    [OPTION_REQUIRED] = {.name = "required", .is_raw = true, .is_json_only = true},
    [OPTION_IDENTITY] = {.name = "identity", .is_raw = true, .is_json_only = true},
    [OPTION_EXCLUSIVE] = {.name = "exclusive", .is_raw = true, .is_json_only = true},
    [OPTION_CONTENTS] = {.name = "contents", .is_raw = true, .is_json_only = true},
    [OPTION_OWNER] = {.name = "owner", .is_json_only = true},
};

static bool is_quantity(const struct gw_option *option)
{
    return option->type == GW_OPTION_INT || option->type == GW_OPTION_DURATION || option->type == GW_OPTION_SIZE;
}

/* `list of text`; of a choice the words; on a plugin's page, of a number, a duration or a size its range too. */
static void append_type(const struct gw_option *option, enum gw_format format, struct gw_buffer *buffer)
{
    gw_buffer_append_string(buffer,
                            option->type == GW_OPTION_CHOICE ? option->choices : gw_option_type_word(option->type));
    if (option->item_type != 0)
        gw_buffer_append_format(buffer, " of %s", gw_option_type_word(option->item_type));
    if (format == GW_FORMAT_MARKDOWN && is_quantity(option))
        gw_option_append_range(option, buffer);
}

static const char *default_text(const struct gw_option *option, enum gw_format format)
{
    bool is_required = (option->flags & GW_OPTION_REQUIRED) != 0;

    return is_required && format != GW_FORMAT_JSON ? "(required)" : option->fallback;
}

static const char *flag_text(const struct gw_option *option, uint32_t flag)
{
    return (option->flags & flag) != 0 ? "true" : "false";
}

static void add_option(struct gw_listing *table, const struct gw_option *option, const char *owner,
                       enum gw_format format)
{
    const char *cells[gw_array_length(option_columns)] = {
        [OPTION_NAME] = option->name,
        [OPTION_DEFAULT] = default_text(option, format),
        [OPTION_HELP] = option->help,
        [OPTION_REQUIRED] = flag_text(option, GW_OPTION_REQUIRED),
        [OPTION_IDENTITY] = flag_text(option, GW_OPTION_IDENTITY),
        [OPTION_EXCLUSIVE] = flag_text(option, GW_OPTION_EXCLUSIVE),
        [OPTION_CONTENTS] = flag_text(option, GW_OPTION_CONTENTS),
        [OPTION_OWNER] = owner,
    };
    struct gw_buffer type;
    struct gw_buffer expected;

    gw_buffer_init(&type, 4096);
    gw_buffer_init(&expected, 4096);
    append_type(option, format, &type);
    gw_option_append_expected(option, &expected);
    cells[OPTION_TYPE] = type.ptr;
    cells[OPTION_EXPECTED] = expected.ptr;
    if (type.has_failed || expected.has_failed)
        table->has_failed = true;
    gw_listing_add(table, cells);
    gw_buffer_done(&type);
    gw_buffer_done(&expected);
}

static void add_options(struct gw_listing *table, const struct gw_option_table *options, const char *owner,
                        enum gw_format format)
{
    for (uint32_t i = 0; i < options->count; i++)
        add_option(table, gw_option_at(options, i), owner, format);
}

static void append_title(const struct gw_plugin *plugin, const struct gw_section_spec *section, enum gw_format format,
                         struct gw_buffer *buffer)
{
    const char *key = section != NULL ? section->key : "nothing";

    if (format == GW_FORMAT_PLAIN)
        gw_buffer_append_format(buffer, "%s %s, under `%s`: %s\n\n", plugin->name, plugin->version, key,
                                plugin->summary);
    if (format == GW_FORMAT_MARKDOWN)
        gw_buffer_append_format(buffer, "`%s`, under `%s`: %s\n\n", plugin->name, key, plugin->summary);
}

enum gw_status gw_describe_plugin(struct gw_arena *arena, const struct gw_plugin *plugin, enum gw_format format,
                                  struct gw_buffer *buffer, struct gw_error *reterr)
{
    const struct gw_section_spec *section = gw_section_spec_of_port(plugin->port);
    struct gw_option_table options = gw_option_table_of(plugin);
    struct gw_listing table;

    gw_listing_init(&table, arena, option_columns, gw_array_length(option_columns));
    append_title(plugin, section, format, buffer);
    add_options(&table, &options, plugin->name, format);
    for (size_t i = 0; section != NULL && format != GW_FORMAT_MARKDOWN && i < section->table_count; i++)
        add_options(&table, &section->tables[i], "gangway", format);
    return finish(&table, format, buffer, reterr);
}

/* ---- all plugins ---------------------------------------------------------------------------------------------- */

enum { PLUGIN_NAME, PLUGIN_PORT, PLUGIN_VERSION, PLUGIN_SUMMARY, PLUGIN_ERROR };

static const struct gw_column plugin_columns[] = {
    [PLUGIN_NAME] = {.name = "name"},
    [PLUGIN_PORT] = {.name = "port"},
    [PLUGIN_VERSION] = {.name = "version"},
    [PLUGIN_SUMMARY] = {.name = "summary"},
    [PLUGIN_ERROR] = {.name = "error", .is_json_only = true},
};

struct listing {
    struct gw_listing *table;
    enum gw_format format;
};

static enum gw_status add_refused(const struct listing *listing, const struct gw_loader_entry *entry)
{
    char shown[GW_ERROR_TEXT_MAX + sizeof "refused: "];
    const char *cells[gw_array_length(plugin_columns)] = {
        [PLUGIN_NAME] = entry->name,
        [PLUGIN_ERROR] = entry->error->text,
    };

    (void)snprintf(shown, sizeof shown, "refused: %s", entry->error->text);
    if (listing->format != GW_FORMAT_JSON)
        cells[PLUGIN_SUMMARY] = shown;
    gw_listing_add(listing->table, cells);
    return GW_OK;
}

static enum gw_status add_plugin(void *context, const struct gw_loader_entry *entry)
{
    const struct listing *listing = context;
    const struct gw_section_spec *section;
    const char *cells[gw_array_length(plugin_columns)] = {[PLUGIN_NAME] = entry->name};

    if (entry->plugin == NULL)
        return add_refused(listing, entry);
    section = gw_section_spec_of_port(entry->plugin->port);
    cells[PLUGIN_PORT] = section != NULL ? section->port_word : "unknown";
    cells[PLUGIN_VERSION] = entry->plugin->version;
    cells[PLUGIN_SUMMARY] = entry->plugin->summary;
    gw_listing_add(listing->table, cells);
    return GW_OK;
}

enum gw_status gw_describe_plugins(struct gw_arena *arena, const char *plugin_dir, enum gw_format format,
                                   struct gw_buffer *buffer, struct gw_error *reterr)
{
    struct gw_listing table;
    struct listing listing = {&table, format};
    struct gw_loader_visitor visitor = {&listing, add_plugin};
    enum gw_status status;

    gw_listing_init(&table, arena, plugin_columns, gw_array_length(plugin_columns));
    status = gw_loader_list(plugin_dir, &visitor, reterr);
    return status == GW_OK ? finish(&table, format, buffer, reterr) : status;
}

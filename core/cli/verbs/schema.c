/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema of the file: its sections, a definition per plugin, and the routes. schema_option.c writes the schema of a
 * single option. Main thread.
 */
#include "cli/verbs/schema.h"

#include "cli/verbs/schema_option.h"
#include "options/settings.h"
#include "plugin/loader.h"
#include "service/catalog.h"
#include "json/json_writer.h"

#include <stdio.h>
#include <string.h>

enum { LINE_LEVELS = 6 };

struct schema {
    struct gw_json_writer writer;
    struct gw_arena *arena;
    const struct gw_plugin **plugins;
    size_t plugin_count;
    size_t plugin_capacity;
};

/* ---- small pieces --------------------------------------------------------------------------------------------- */

static void write_pair(struct schema *schema, const char *key, const char *value)
{
    gw_json_write_key(&schema->writer, key);
    gw_json_write_string(&schema->writer, value);
}

static void open_member(struct schema *schema, const char *key, char bracket)
{
    gw_json_write_key(&schema->writer, key);
    gw_json_write_open(&schema->writer, bracket);
}

static void write_reference(struct schema *schema, const char *name)
{
    char pointer[320];

    (void)snprintf(pointer, sizeof pointer, "#/$defs/%s", name);
    gw_json_write_open(&schema->writer, '{');
    write_pair(schema, "$ref", pointer);
    gw_json_write_close(&schema->writer, '}');
}

static void begin_object(struct schema *schema)
{
    gw_json_write_open(&schema->writer, '{');
    write_pair(schema, "type", "object");
}

static void forbid_others(struct schema *schema)
{
    gw_json_write_key(&schema->writer, "additionalProperties");
    gw_json_write_bool(&schema->writer, false);
}

/* ---- tables --------------------------------------------------------------------------------------------------- */

static void write_options(struct schema *schema, const struct gw_option_table *table)
{
    for (uint32_t i = 0; i < table->count; i++) {
        const struct gw_option *option = gw_option_at(table, i);

        if (strcmp(option->name, "plugin") == 0)
            continue;
        gw_json_write_key(&schema->writer, option->name);
        gw_schema_write_option(&schema->writer, schema->arena, option);
    }
}

static void write_required(struct schema *schema, const struct gw_option_table *table)
{
    for (uint32_t i = 0; i < table->count; i++)
        if ((gw_option_at(table, i)->flags & GW_OPTION_REQUIRED) != 0)
            gw_json_write_string(&schema->writer, gw_option_at(table, i)->name);
}

static void write_file_map(struct schema *schema, const struct gw_settings_table *settings)
{
    gw_json_write_key(&schema->writer, settings->key);
    begin_object(schema);
    open_member(schema, "properties", '{');
    write_options(schema, &settings->table);
    gw_json_write_close(&schema->writer, '}');
    forbid_others(schema);
    gw_json_write_close(&schema->writer, '}');
}

/* ---- plugins -------------------------------------------------------------------------------------------------- */

/* The definitions of plugins and of sections share one name space; a plugin's name has no dot. */
static void write_plugin(struct schema *schema, const struct gw_plugin *plugin)
{
    const struct gw_section_spec *section = gw_section_spec_of_port(plugin->port);
    struct gw_option_table options = gw_option_table_of(plugin);
    char name[300];

    (void)snprintf(name, sizeof name, "plugin.%s", plugin->name);
    gw_json_write_key(&schema->writer, name);
    begin_object(schema);
    write_pair(schema, "description", plugin->summary);
    open_member(schema, "required", '[');
    gw_json_write_string(&schema->writer, "plugin");
    write_required(schema, &options);
    gw_json_write_close(&schema->writer, ']');
    open_member(schema, "properties", '{');
    open_member(schema, "plugin", '{');
    write_pair(schema, "const", plugin->name);
    gw_json_write_close(&schema->writer, '}');
    write_options(schema, &options);
    for (size_t i = 0; i < section->table_count; i++)
        write_options(schema, &section->tables[i]);
    gw_json_write_close(&schema->writer, '}');
    forbid_others(schema);
    gw_json_write_close(&schema->writer, '}');
}

/* `if` this plugin, `then` its definition: an editor then reports an error in the options of this plugin only. */
static void write_choice(struct schema *schema, const struct gw_plugin *plugin)
{
    char name[300];

    (void)snprintf(name, sizeof name, "plugin.%s", plugin->name);
    gw_json_write_open(&schema->writer, '{');
    open_member(schema, "if", '{');
    open_member(schema, "properties", '{');
    open_member(schema, "plugin", '{');
    write_pair(schema, "const", plugin->name);
    gw_json_write_close(&schema->writer, '}');
    gw_json_write_close(&schema->writer, '}');
    gw_json_write_close(&schema->writer, '}');
    gw_json_write_key(&schema->writer, "then");
    write_reference(schema, name);
    gw_json_write_close(&schema->writer, '}');
}

static void write_names(struct schema *schema, const struct gw_section_spec *section)
{
    open_member(schema, "enum", '[');
    for (size_t i = 0; i < schema->plugin_count; i++)
        if (schema->plugins[i]->port == section->port)
            gw_json_write_string(&schema->writer, schema->plugins[i]->name);
    gw_json_write_close(&schema->writer, ']');
}

/* The schema of a component: a map whose `plugin` decides what else it may contain. */
static void write_component(struct schema *schema, const struct gw_section_spec *section)
{
    gw_json_write_key(&schema->writer, section->port_word);
    begin_object(schema);
    open_member(schema, "required", '[');
    gw_json_write_string(&schema->writer, "plugin");
    gw_json_write_close(&schema->writer, ']');
    open_member(schema, "properties", '{');
    open_member(schema, "plugin", '{');
    write_names(schema, section);
    gw_json_write_close(&schema->writer, '}');
    gw_json_write_close(&schema->writer, '}');
    open_member(schema, "allOf", '[');
    for (size_t i = 0; i < schema->plugin_count; i++)
        if (schema->plugins[i]->port == section->port)
            write_choice(schema, schema->plugins[i]);
    gw_json_write_close(&schema->writer, ']');
    gw_json_write_close(&schema->writer, '}');
}

/* ---- sections and routes -------------------------------------------------------------------------------------- */

static void write_section(struct schema *schema, const struct gw_section_spec *section)
{
    gw_json_write_key(&schema->writer, section->key);
    if (section->port == GW_PORT_REPOSITORY) {
        write_reference(schema, section->port_word);
        return;
    }
    begin_object(schema);
    gw_json_write_key(&schema->writer, "minProperties");
    gw_json_write_int(&schema->writer, section->port == GW_PORT_ENTRYPOINT ? 1 : 0);
    gw_json_write_key(&schema->writer, "propertyNames");
    write_reference(schema, "id");
    gw_json_write_key(&schema->writer, "additionalProperties");
    write_reference(schema, section->port_word);
    gw_json_write_close(&schema->writer, '}');
}

static void write_route(struct schema *schema, const struct gw_event_spec *event)
{
    gw_json_write_key(&schema->writer, event->name);
    write_reference(schema, "route");
}

static void write_routes(struct schema *schema)
{
    size_t count;
    const struct gw_event_spec *events = gw_event_specs(&count);

    gw_json_write_key(&schema->writer, "routes");
    begin_object(schema);
    open_member(schema, "properties", '{');
    for (size_t i = 0; i < count; i++)
        if (!events[i].is_internal)
            write_route(schema, &events[i]);
    gw_json_write_close(&schema->writer, '}');
    forbid_others(schema);
    gw_json_write_close(&schema->writer, '}');
}

static void write_properties(struct schema *schema)
{
    size_t count;
    const struct gw_settings_table *tables = gw_file_tables(&count);

    open_member(schema, "properties", '{');
    write_options(schema, &tables[0].table);
    for (int section = 0; section < GW_SECTION_COUNT; section++)
        write_section(schema, gw_section_spec((enum gw_section)section));
    write_routes(schema);
    for (size_t i = 1; i < count; i++)
        write_file_map(schema, &tables[i]);
    gw_json_write_close(&schema->writer, '}');
}

/* ---- definitions ---------------------------------------------------------------------------------------------- */

static void write_group(struct schema *schema)
{
    gw_json_write_key(&schema->writer, "group");
    begin_object(schema);
    open_member(schema, "required", '[');
    write_required(schema, gw_group_table());
    gw_json_write_close(&schema->writer, ']');
    open_member(schema, "properties", '{');
    write_options(schema, gw_group_table());
    gw_json_write_close(&schema->writer, '}');
    forbid_others(schema);
    gw_json_write_close(&schema->writer, '}');
}

static void write_route_definition(struct schema *schema)
{
    begin_object(schema);
    open_member(schema, "properties", '{');
    gw_json_write_key(&schema->writer, "publish");
    gw_json_write_raw(&schema->writer, "{\"$ref\": \"#/$defs/ids\"}, \"notify\": {\"$ref\": \"#/$defs/ids\"}, "
                                       "\"fallback\": {\"$ref\": \"#/$defs/ids\"}, "
                                       "\"group\": {\"$ref\": \"#/$defs/group\"}");
    write_options(schema, gw_repeat_table());
    gw_json_write_close(&schema->writer, '}');
    gw_json_write_key(&schema->writer, "dependentRequired");
    gw_json_write_raw(&schema->writer, "{\"fallback\": [\"notify\"], \"group\": [\"notify\"], "
                                       "\"repeat\": [\"group\"]}");
    forbid_others(schema);
    gw_json_write_close(&schema->writer, '}');
}

static void write_definitions(struct schema *schema)
{
    open_member(schema, "$defs", '{');
    gw_json_write_key(&schema->writer, "id");
    gw_json_write_raw(&schema->writer, "{\"type\": \"string\", \"pattern\": \"^[A-Za-z][A-Za-z0-9_-]{0,63}$\"}");
    gw_json_write_key(&schema->writer, "ids");
    gw_json_write_raw(&schema->writer,
                      "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/id\"}, \"uniqueItems\": true}");
    gw_json_write_key(&schema->writer, "route");
    write_route_definition(schema);
    write_group(schema);
    gw_schema_write_definitions(&schema->writer);
    for (int section = 0; section < GW_SECTION_COUNT; section++)
        write_component(schema, gw_section_spec((enum gw_section)section));
    for (size_t i = 0; i < schema->plugin_count; i++)
        write_plugin(schema, schema->plugins[i]);
    gw_json_write_close(&schema->writer, '}');
}

static void write_document(struct schema *schema)
{
    gw_json_write_open(&schema->writer, '{');
    write_pair(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
    write_pair(schema, "title", "The bootstrap file of Gangway");
    write_pair(schema, "type", "object");
    open_member(schema, "required", '[');
    gw_json_write_string(&schema->writer, "repository");
    gw_json_write_string(&schema->writer, "entrypoints");
    gw_json_write_close(&schema->writer, ']');
    write_properties(schema);
    forbid_others(schema);
    write_definitions(schema);
    gw_json_write_close(&schema->writer, '}');
}

/* ---- the plugins of the directory ----------------------------------------------------------------------------- */

static enum gw_status schema_grow(struct schema *schema)
{
    size_t capacity = schema->plugin_capacity > 0 ? 2 * schema->plugin_capacity : 32;
    const struct gw_plugin **plugins = gw_arena_alloc(schema->arena, capacity * sizeof *plugins);

    if (plugins == NULL)
        return GW_NOMEM;
    if (schema->plugin_count > 0)
        memcpy(plugins, schema->plugins, schema->plugin_count * sizeof *plugins);
    schema->plugins = plugins;
    schema->plugin_capacity = capacity;
    return GW_OK;
}

static bool is_usable(const struct gw_plugin *plugin)
{
    const struct gw_section_spec *section = gw_section_spec_of_port(plugin->port);
    struct gw_option_table options = gw_option_table_of(plugin);

    return section != NULL && gw_section_clash(section, &options) == NULL;
}

static enum gw_status collect_plugin(void *context, const struct gw_loader_entry *entry)
{
    struct schema *schema = context;

    if (entry->plugin == NULL || !is_usable(entry->plugin))
        return GW_OK;
    if (schema->plugin_count == schema->plugin_capacity && schema_grow(schema) != GW_OK)
        return GW_NOMEM;
    schema->plugins[schema->plugin_count++] = entry->plugin;
    return GW_OK;
}

enum gw_status gw_schema_write(struct gw_arena *arena, const char *plugin_dir, struct gw_buffer *buffer,
                               struct gw_error *reterr)
{
    struct schema schema = {.arena = arena};
    struct gw_loader_visitor visitor = {&schema, collect_plugin};
    enum gw_status status = gw_loader_list(plugin_dir, &visitor, reterr);

    if (status == GW_NOMEM)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    if (status != GW_OK)
        return status;
    gw_json_writer_init(&schema.writer, buffer, LINE_LEVELS);
    write_document(&schema);
    return buffer->has_failed ? gw_error_set(reterr, GW_NOMEM, "out of memory") : GW_OK;
}

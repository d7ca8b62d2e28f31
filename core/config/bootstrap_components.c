/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Components: their ids, their plugins, and their options, which are bound to the tables of the core and of the plugin.
 * Knows no plugin by name. Main thread.
 */
#include "config/bootstrap_reader.h"

#include "base/text.h"
#include "config/component_files.h"
#include "config/component_lint.h"
#include "options/reference.h"
#include "plugin/loader.h"

#include <gangway/port/entrypoint.h>
#include <gangway/scope.h>

#include <string.h>

/* ---- ids ------------------------------------------------------------------------------------------------------ */

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_id(struct gw_text text)
{
    if (text.len == 0 || text.len > GW_COMPONENT_ID_MAX_BYTES || !is_letter(text.ptr[0]))
        return false;
    for (uint64_t i = 1; i < text.len; i++) {
        char byte = text.ptr[i];

        if (!is_letter(byte) && !(byte >= '0' && byte <= '9') && byte != '_' && byte != '-')
            return false;
    }
    return true;
}

static bool is_before(const struct gw_component *a, const struct gw_component *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Reports the error at the component that comes later in the file, whatever the order of the sections. */
static void report_twice(struct gw_bootstrap_reader *reader, const struct gw_component *a, const struct gw_component *b)
{
    const struct gw_component *first = is_before(a, b) ? a : b;
    const struct gw_component *again = first == a ? b : a;

    gw_diagnostics_add(reader->diagnostics, GW_SEVERITY_ERROR, again->line, again->column,
                       "the id '%s' is here twice, first at %u:%u; expected an id of its own for each component",
                       again->id, first->line, first->column);
}

static void check_unique(struct gw_bootstrap_reader *reader)
{
    for (size_t i = 1; i < reader->draft_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(reader->drafts[i].component.id, reader->drafts[j].component.id) == 0) {
                report_twice(reader, &reader->drafts[j].component, &reader->drafts[i].component);
                break;
            }
}

/* ---- one component -------------------------------------------------------------------------------------------- */

static void report_port(struct gw_bootstrap_reader *reader, const struct gw_section_spec *section,
                        const struct gw_plugin *plugin, const struct gw_yaml_node *place)
{
    const struct gw_section_spec *other = gw_section_spec_of_port(plugin->port);

    gw_reader_error(reader, place,
                    "the plugin '%s' is of the port %s and belongs under '%s'; expected one of the port %s",
                    plugin->name, other != NULL ? other->port_word : "unknown", other != NULL ? other->key : "nothing",
                    section->port_word);
}

/* Loads the plugin that the settings name. NULL: there is none for this section, and a finding says why. */
static const struct gw_plugin *load_plugin(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft)
{
    const struct gw_section_spec *section = gw_section_spec(draft->component.section);
    const struct gw_yaml_node *place = gw_yaml_find(draft->node, "plugin");
    const char *name = draft->component.settings.plugin;
    const struct gw_plugin *plugin = NULL;
    struct gw_option_table options;
    struct gw_error error = {0};
    enum gw_status status;

    if (name == NULL || place == NULL || (gw_reference_is(place) && !reader->binder.resolves_secrets))
        return NULL;
    status = gw_loader_load(reader->bootstrap->plugin_dir, name, &plugin, &error);
    if (status == GW_NOMEM)
        reader->diagnostics->has_failed = true;
    if (status != GW_OK) {
        gw_reader_error(reader, place, "%s", error.text);
        return NULL;
    }
    if (plugin->port != section->port) {
        report_port(reader, section, plugin, place);
        return NULL;
    }
    options = gw_option_table_of(plugin);
    name = gw_section_clash(section, &options);
    if (name != NULL)
        gw_reader_error(reader, place, "the plugin '%s' has an option '%s', which is the core's own key", plugin->name,
                        name);
    return name == NULL ? plugin : NULL;
}

/* If a key is almost `plugin`, the finding is about that key, and not about a missing `plugin`. */
static void report_misspelt_plugin(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft)
{
    static const char *const name = "plugin";

    for (uint32_t i = 0; i < draft->node->count; i++) {
        const struct gw_yaml_node *key = draft->node->entries[i].key;

        if (gw_text_nearest(key->text.ptr, (size_t)key->text.len, &name, 1) != NULL)
            gw_reader_error(reader, key, "unknown key '%.60s'; did you mean '%s'?", key->text.ptr, name);
    }
}

static void check_keys(struct gw_bootstrap_reader *reader, const struct gw_section_spec *section,
                       const struct gw_component_draft *draft)
{
    struct gw_option_table tables[GW_SECTION_TABLES_MAX + 1];

    memcpy(tables, section->tables, sizeof section->tables);
    tables[section->table_count] = gw_option_table_of(draft->component.plugin);
    gw_options_check_keys(&reader->binder, tables, section->table_count + 1, draft->node);
}

static void check_backoff(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft)
{
    const struct gw_delivery_settings *delivery = &draft->component.settings.delivery;
    const struct gw_yaml_node *place = gw_yaml_find(draft->node, "backoff");

    if (place == NULL)
        place = gw_yaml_find(draft->node, "backoff_max");
    if (place != NULL && delivery->backoff_ms > delivery->backoff_max_ms)
        gw_reader_error(reader, place, "'backoff' is longer than 'backoff_max'; expected it to be shorter");
}

static void check_workers(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft)
{
    const struct gw_plugin *plugin = draft->component.plugin;
    const struct gw_yaml_node *place = gw_yaml_find(draft->node, "workers");

    if (draft->component.section == GW_SECTION_ENTRYPOINTS && place != NULL &&
        (plugin->features & GW_ENTRYPOINT_SINGLE) != 0 && draft->component.settings.entrypoint.workers > 1)
        gw_reader_error(reader, place, "'%s' reads an input that cannot be shared; expected one worker", plugin->name);
}

static void bind_settings(struct gw_bootstrap_reader *reader, const struct gw_section_spec *section,
                          struct gw_component_draft *draft)
{
    struct gw_place place = {draft->node->line, draft->node->column};

    for (size_t i = 0; i < section->table_count; i++)
        gw_options_bind(&reader->binder, &section->tables[i], draft->node, place, &draft->component.settings);
    if (draft->component.section == GW_SECTION_NOTIFIERS)
        draft->component.settings.delivery.batch = 1;
    if (draft->component.section == GW_SECTION_NOTIFIERS || draft->component.section == GW_SECTION_PUBLISHERS)
        check_backoff(reader, draft);
}

static void bind_config(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft)
{
    struct gw_option_table table = gw_option_table_of(draft->component.plugin);
    struct gw_place place = {draft->node->line, draft->node->column};
    void *config = gw_reader_alloc(reader, 1, draft->component.plugin->config_size);
    size_t errors = reader->diagnostics->errors;

    if (config == NULL)
        return;
    gw_options_bind(&reader->binder, &table, draft->node, place, config);
    draft->component.config = config;
    draft->has_wrong_options = reader->diagnostics->errors > errors;
}

/* The first is at index begin of the binder's. The binder moves them as their number grows, and keeps the old copy. */
static void note_references(const struct gw_binder *binder, size_t begin, struct gw_component *component)
{
    component->reference_count = binder->reference_count - begin;
    component->references = component->reference_count > 0 ? binder->references + begin : NULL;
}

/* A file that cannot be read is a finding of the plugin's open or check, which name the cause. */
static void read_files(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft)
{
    if (!reader->binder.resolves_secrets || draft->component.config == NULL || draft->has_wrong_options)
        return;
    if (gw_component_files_read(reader->arena, &draft->component) != GW_OK)
        reader->diagnostics->has_failed = true;
}

/* A verb that opens one component needs the secrets of that one only. */
static bool resolves_secrets_of(const struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft)
{
    const char *only = reader->request->only_component;

    return reader->request->resolves_secrets && (only == NULL || strcmp(only, draft->component.id) == 0);
}

static void read_component(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft)
{
    const struct gw_section_spec *section = gw_section_spec(draft->component.section);
    uint32_t unresolved = reader->binder.unresolved;
    size_t references = reader->binder.reference_count;

    if (draft->node->kind != GW_YAML_MAP) {
        gw_reader_error(reader, draft->node, "'%s' is not a map; expected one, such as {plugin: NAME}",
                        draft->component.id);
        return;
    }
    reader->binder.resolves_secrets = resolves_secrets_of(reader, draft);
    bind_settings(reader, section, draft);
    if (gw_yaml_find(draft->node, "plugin") == NULL)
        report_misspelt_plugin(reader, draft);
    draft->component.plugin = load_plugin(reader, draft);
    if (draft->component.plugin != NULL) {
        draft->component.is_plugin_replaced =
            !gw_loader_is_current(reader->bootstrap->plugin_dir, draft->component.plugin->name);
        check_keys(reader, section, draft);
        check_workers(reader, draft);
        bind_config(reader, draft);
    }
    if (draft->component.config != NULL && draft->component.section == GW_SECTION_PUBLISHERS)
        gw_reader_publisher(reader, draft);
    if (draft->component.config != NULL && draft->component.section == GW_SECTION_NOTIFIERS)
        gw_reader_notifier(reader, draft);
    draft->component.is_resolved = reader->binder.unresolved == unresolved;
    note_references(&reader->binder, references, &draft->component);
    read_files(reader, draft);
    if (draft->component.config != NULL && !draft->has_wrong_options)
        gw_component_lint(reader, draft);
}

/* ---- sections ------------------------------------------------------------------------------------------------- */

static struct gw_component_draft *add_draft(struct gw_bootstrap_reader *reader, enum gw_section section,
                                            const struct gw_yaml_entry *entry)
{
    struct gw_component_draft *draft = &reader->drafts[reader->draft_count++];

    draft->component.id = entry->key->text.ptr;
    draft->component.section = section;
    draft->component.line = entry->key->line;
    draft->component.column = entry->key->column;
    draft->node = entry->value;
    return draft;
}

static void read_repository(struct gw_bootstrap_reader *reader)
{
    const char *key = gw_section_spec(GW_SECTION_REPOSITORY)->key;
    const struct gw_yaml_entry *entry = gw_reader_entry(reader->root, key);
    struct gw_component_draft *draft;

    if (entry == NULL) {
        gw_reader_error(reader, reader->root, "the key '%s' is missing; expected a map, such as {plugin: NAME}", key);
        return;
    }
    draft = add_draft(reader, GW_SECTION_REPOSITORY, entry);
    read_component(reader, draft);
    reader->bootstrap->repository = &draft->component;
}

/* The map of a section's components. NULL: there is none, or it was refused. */
static const struct gw_yaml_node *find_section(struct gw_bootstrap_reader *reader, enum gw_section section)
{
    const char *key = gw_section_spec(section)->key;
    const struct gw_yaml_node *map = gw_yaml_find(reader->root, key);

    if (map == NULL || map->kind == GW_YAML_MAP)
        return map;
    gw_reader_error(reader, map, "'%s' is not a map; expected ids, each with a map such as {plugin: NAME}", key);
    return NULL;
}

static void read_section(struct gw_bootstrap_reader *reader, enum gw_section section, struct gw_component_list *list)
{
    const struct gw_yaml_node *map = find_section(reader, section);
    uint32_t count = map != NULL ? map->count : 0;
    const struct gw_component **items = gw_reader_alloc(reader, count, sizeof *items);

    for (uint32_t i = 0; i < count && items != NULL; i++) {
        struct gw_component_draft *draft = add_draft(reader, section, &map->entries[i]);

        if (!is_id(map->entries[i].key->text))
            gw_reader_error(reader, map->entries[i].key,
                            "'%.60s' is no id; expected a letter, then letters, digits, '_' or '-', at most %d",
                            draft->component.id, GW_COMPONENT_ID_MAX_BYTES);
        read_component(reader, draft);
        items[i] = &draft->component;
    }
    *list = (struct gw_component_list){items, items != NULL ? count : 0};
}

static size_t count_drafts(const struct gw_bootstrap_reader *reader)
{
    size_t count = 1;

    for (int section = GW_SECTION_ENTRYPOINTS; section < GW_SECTION_COUNT; section++) {
        const struct gw_yaml_node *map = gw_yaml_find(reader->root, gw_section_spec((enum gw_section)section)->key);

        count += map != NULL ? map->count : 0;
    }
    return count;
}

static void check_entrypoints(struct gw_bootstrap_reader *reader)
{
    const struct gw_yaml_node *map = gw_yaml_find(reader->root, "entrypoints");

    if (map == NULL)
        gw_reader_error(reader, reader->root, "the key 'entrypoints' is missing; expected at least one entrypoint");
    else if (map->kind == GW_YAML_MAP && map->count == 0)
        gw_reader_error(reader, map, "'entrypoints' is empty; expected at least one entrypoint");
}

void gw_reader_components(struct gw_bootstrap_reader *reader)
{
    reader->drafts = gw_reader_alloc(reader, count_drafts(reader), sizeof *reader->drafts);
    if (reader->drafts == NULL)
        return;
    read_repository(reader);
    read_section(reader, GW_SECTION_ENTRYPOINTS, &reader->bootstrap->entrypoints);
    read_section(reader, GW_SECTION_PUBLISHERS, &reader->bootstrap->publishers);
    read_section(reader, GW_SECTION_NOTIFIERS, &reader->bootstrap->notifiers);
    check_entrypoints(reader);
    check_unique(reader);
    gw_reader_exclusive_options(reader);
}

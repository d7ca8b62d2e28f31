/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the bootstrap file: the maps outside the components here, components in bootstrap_components.c, routes in
 * bootstrap_routes.c. Main thread.
 */
#include "config/bootstrap.h"

#include "base/address.h"
#include "config/bootstrap_reader.h"
#include "options/path.h"

#include <gangway/port/repository.h>
#include <gangway/scope.h>

#include <string.h>

/* NULL: node is no map, or has no such key. */
static const struct gw_yaml_entry *find_entry(const struct gw_yaml_node *node, struct gw_text key)
{
    for (uint32_t i = 0; node != NULL && node->kind == GW_YAML_MAP && i < node->count; i++)
        if (gw_text_equal(node->entries[i].key->text, key))
            return &node->entries[i];
    return NULL;
}

const struct gw_yaml_entry *gw_reader_entry(const struct gw_yaml_node *map, const char *key)
{
    return find_entry(map, gw_text_of(key));
}

void *gw_reader_alloc(struct gw_bootstrap_reader *reader, size_t count, size_t size)
{
    void *memory = gw_arena_alloc_zero(reader->arena, count * size + 1);

    if (memory == NULL)
        reader->diagnostics->has_failed = true;
    return memory;
}

/* ---- the top of the file -------------------------------------------------------------------------------------- */

static void check_top_keys(struct gw_bootstrap_reader *reader)
{
    static const char *const names[] = {"service", "repository", "entrypoints", "publishers", "notifiers", "routes",
                                        "plugins", "inbox",      "notify",      "admin",      "log"};

    gw_options_check_names(&reader->binder, names, gw_array_length(names), reader->root);
}

static void read_settings_map(struct gw_bootstrap_reader *reader, const struct gw_settings_table *settings)
{
    const struct gw_yaml_node *map = gw_yaml_find(reader->root, settings->key);
    struct gw_place place = {reader->root->line, reader->root->column};

    if (map != NULL && map->kind != GW_YAML_MAP)
        gw_reader_error(reader, map, "'%s' is not a map; expected one, such as %s: {%s: ...}", settings->key,
                        settings->key, gw_option_at(&settings->table, 0)->name);
    else if (map != NULL)
        gw_options_check_keys(&reader->binder, &settings->table, 1, map);
    gw_options_bind(&reader->binder, &settings->table, map, place, &reader->bootstrap->settings);
}

/* A listener that other machines reach is served without a password. */
static void check_listener(struct gw_bootstrap_reader *reader)
{
    const struct gw_yaml_node *node = gw_yaml_find(gw_yaml_find(reader->root, "admin"), "listen");
    bool is_known = node != NULL && (node->kind == GW_YAML_SCALAR || reader->request->resolves_secrets);
    const char *text = reader->bootstrap->settings.admin_listen;
    struct gw_address address;

    if (!is_known || text == NULL)
        return;
    if (!gw_address_read(text, &address))
        gw_reader_error(reader, node,
                        "'listen' is not an address; expected HOST:PORT with a numeric HOST or localhost, such as "
                        "127.0.0.1:9477 or [::1]:9477");
    else if (!gw_address_is_loopback(&address))
        gw_diagnostics_add(reader->diagnostics, GW_SEVERITY_WARNING, node->line, node->column,
                           "'listen': other machines can read the state of this gateway, without a password; expected "
                           "a loopback address, such as 127.0.0.1:9477, unless a firewall protects the port");
}

static void read_settings(struct gw_bootstrap_reader *reader)
{
    struct gw_place place = {reader->root->line, reader->root->column};
    size_t count;
    const struct gw_settings_table *tables = gw_file_tables(&count);

    check_top_keys(reader);
    gw_options_bind(&reader->binder, &tables[0].table, reader->root, place, &reader->bootstrap->settings);
    for (size_t i = 1; i < count; i++)
        read_settings_map(reader, &tables[i]);
    reader->bootstrap->root = reader->root;
    reader->bootstrap->references = reader->binder.references;
    reader->bootstrap->reference_count = reader->binder.reference_count;
    check_listener(reader);
}

static const char *choose_plugin_dir(const struct gw_bootstrap_reader *reader)
{
    if (reader->request->plugin_dir != NULL)
        return reader->request->plugin_dir;
    if (reader->bootstrap->settings.plugin_dir != NULL)
        return reader->bootstrap->settings.plugin_dir;
    return reader->request->default_plugin_dir;
}

/* ---- the file as a whole -------------------------------------------------------------------------------------- */

static bool read_root(struct gw_bootstrap_reader *reader)
{
    struct gw_error error = {0};
    const struct gw_bootstrap_request *request = reader->request;
    enum gw_status status =
        request->text != NULL
            ? gw_yaml_parse(reader->arena, request->file, gw_text_of(request->text), &reader->root, &error)
            : gw_yaml_read_file(reader->arena, request->file, &reader->root, &error);

    if (status == GW_NOMEM)
        reader->diagnostics->has_failed = true;
    else if (status != GW_OK)
        gw_diagnostics_add_line(reader->diagnostics, error.text);
    if (status != GW_OK)
        return false;
    if (reader->root->kind != GW_YAML_MAP)
        gw_reader_error(reader, reader->root,
                        "the file is not a map; expected one with the keys repository, "
                        "entrypoints and others");
    return reader->root->kind == GW_YAML_MAP;
}

static bool reader_init(struct gw_bootstrap_reader *reader)
{
    const char *file = reader->request->file;

    reader->binder = (struct gw_binder){.arena = reader->arena,
                                        .diagnostics = reader->diagnostics,
                                        .folder = gw_path_folder(reader->arena, file),
                                        .resolves_secrets = reader->request->resolves_secrets};
    reader->bootstrap = gw_reader_alloc(reader, 1, sizeof *reader->bootstrap);
    if (reader->bootstrap != NULL)
        reader->bootstrap->file = gw_arena_copy(reader->arena, file, strlen(file));
    if (reader->bootstrap == NULL || reader->bootstrap->file == NULL || reader->binder.folder == NULL)
        reader->diagnostics->has_failed = true;
    return !reader->diagnostics->has_failed;
}

static void read_all(struct gw_bootstrap_reader *reader)
{
    read_settings(reader);
    reader->bootstrap->plugin_dir = choose_plugin_dir(reader);
    gw_reader_components(reader);
    if (reader->drafts != NULL)
        gw_reader_routes(reader);
}

enum gw_status gw_bootstrap_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                                 struct gw_diagnostics *diagnostics, const struct gw_bootstrap **ret_bootstrap)
{
    struct gw_bootstrap_reader reader = {.arena = arena, .request = request, .diagnostics = diagnostics};

    if (reader_init(&reader) && read_root(&reader))
        read_all(&reader);
    gw_notice_trial_free(reader.trial);
    if (diagnostics->has_failed)
        return GW_NOMEM;
    if (diagnostics->errors > 0)
        return GW_CONFIG;
    *ret_bootstrap = reader.bootstrap;
    return GW_OK;
}

bool gw_bootstrap_place(const struct gw_bootstrap *bootstrap, const char *setting, struct gw_place *ret_place)
{
    const char *dot = strchr(setting, '.');
    size_t len = dot != NULL ? (size_t)(dot - setting) : strlen(setting);
    const struct gw_yaml_entry *entry = find_entry(bootstrap->root, gw_text_span(setting, len));

    if (entry != NULL && dot != NULL)
        entry = find_entry(entry->value, gw_text_of(dot + 1));
    if (entry != NULL)
        *ret_place = (struct gw_place){entry->key->line, entry->key->column};
    return entry != NULL;
}

const struct gw_component *gw_bootstrap_destination(const struct gw_bootstrap *bootstrap, struct gw_text id)
{
    const struct gw_component_list *const lists[] = {&bootstrap->publishers, &bootstrap->notifiers};

    for (size_t list = 0; list < gw_array_length(lists); list++)
        for (size_t i = 0; i < lists[list]->count; i++)
            if (gw_text_is(id, lists[list]->items[i]->id))
                return lists[list]->items[i];
    return NULL;
}

static bool keeps_notices(const struct gw_bootstrap *bootstrap)
{
    const struct gw_plugin *plugin = bootstrap->repository != NULL ? bootstrap->repository->plugin : NULL;

    return plugin != NULL && (plugin->features & GW_REPOSITORY_NOTICES) != 0;
}

const char *const *gw_bootstrap_addressees(const struct gw_bootstrap *bootstrap, const struct gw_component *destination,
                                           size_t *ret_count)
{
    static const char *const nobody[] = {""};
    bool names_recipients = destination->section == GW_SECTION_NOTIFIERS && !keeps_notices(bootstrap);

    *ret_count = names_recipients ? destination->recipient_count : 1;
    return names_recipients ? destination->recipients : nobody;
}

uint32_t gw_bootstrap_worker_count(const struct gw_bootstrap *bootstrap)
{
    uint32_t count = 0;

    for (size_t index = 0; index < bootstrap->entrypoints.count; index++)
        count += (uint32_t)bootstrap->entrypoints.items[index]->settings.entrypoint.workers;
    return count;
}

uint32_t gw_bootstrap_session_count(const struct gw_bootstrap *bootstrap)
{
    return gw_bootstrap_worker_count(bootstrap) + (uint32_t)(bootstrap->publishers.count + bootstrap->notifiers.count) +
           1;
}

const char *gw_notifier_template_text(const struct gw_notifier_template *template_option,
                                      const struct gw_event_spec *event)
{
    if (template_option->text != NULL)
        return template_option->text;
    return strcmp(template_option->name, "text") == 0 ? event->default_text : "";
}

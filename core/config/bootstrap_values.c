/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the model in the order of its tables and lists. No state. */
#include "config/bootstrap_values.h"

#include "config/component_files.h"
#include "options/option_text.h"
#include "options/options.h"

struct walk {
    const struct gw_bootstrap_visitor *visitor;
    struct gw_buffer buffer;
};

static void visit_string(const struct walk *walk, const char *string)
{
    walk->visitor->text(walk->visitor->context, gw_text_of(string));
}

/* How many follow: without it a component could end where another begins. */
static void visit_count(struct walk *walk, size_t count)
{
    gw_buffer_reset(&walk->buffer);
    gw_buffer_append_int(&walk->buffer, (int64_t)count);
    if (!walk->buffer.has_failed)
        walk->visitor->text(walk->visitor->context, gw_buffer_text(&walk->buffer));
}

static enum gw_status visit_option(struct walk *walk, const struct gw_option *option, const void *config)
{
    struct gw_text value = {NULL, 0};

    gw_buffer_reset(&walk->buffer);
    if (gw_option_append_value(option, config, &walk->buffer))
        value = walk->buffer.len > 0 ? gw_buffer_text(&walk->buffer) : gw_text_of("");
    if (walk->buffer.has_failed)
        return GW_NOMEM;
    if (walk->visitor->skips_secrets && gw_option_is_secret(option))
        value.len = 0;
    visit_string(walk, option->name);
    walk->visitor->text(walk->visitor->context, value);
    visit_string(walk, gw_option_written(option, config));
    return GW_OK;
}

static enum gw_status visit_table(struct walk *walk, const struct gw_option_table *table, const void *config)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < table->count && status == GW_OK; i++)
        status = visit_option(walk, gw_option_at(table, i), config);
    return status;
}

static void visit_files(struct walk *walk, const struct gw_component *component)
{
    visit_count(walk, component->file_count);
    for (size_t i = 0; i < component->file_count; i++)
        walk->visitor->text(walk->visitor->context,
                            gw_text_span((const char *)component->files[i].digest, GW_FILE_DIGEST_BYTES));
}

static enum gw_status visit_component(struct walk *walk, const struct gw_component *component)
{
    const struct gw_section_spec *section = gw_section_spec(component->section);
    struct gw_option_table options;
    enum gw_status status = GW_OK;

    visit_string(walk, section->key);
    visit_string(walk, component->id);
    for (size_t i = 0; i < section->table_count && status == GW_OK; i++)
        status = visit_table(walk, &section->tables[i], &component->settings);
    visit_string(walk, component->is_resolved ? "resolved" : NULL);
    if (status != GW_OK || component->plugin == NULL)
        return status;
    options = gw_option_table_of(component->plugin);
    visit_string(walk, component->plugin->version);
    if (!walk->visitor->skips_secrets)
        visit_files(walk, component);
    return visit_table(walk, &options, component->config);
}

static enum gw_status visit_list(struct walk *walk, const struct gw_component_list *list)
{
    enum gw_status status = GW_OK;

    visit_count(walk, list->count);
    for (size_t i = 0; i < list->count && status == GW_OK; i++)
        status = visit_component(walk, list->items[i]);
    return status;
}

static void visit_ids(struct walk *walk, const struct gw_component_list *list)
{
    visit_count(walk, list->count);
    for (size_t i = 0; i < list->count; i++)
        visit_string(walk, list->items[i]->id);
}

static enum gw_status visit_route(struct walk *walk, const struct gw_route *route)
{
    visit_string(walk, route->event->name);
    visit_ids(walk, &route->publish);
    visit_ids(walk, &route->notify);
    visit_ids(walk, &route->fallback);
    return visit_table(walk, gw_group_table(), &route->group);
}

static enum gw_status visit_settings(struct walk *walk, const struct gw_bootstrap *bootstrap)
{
    size_t count;
    const struct gw_settings_table *tables = gw_file_tables(&count);
    enum gw_status status = GW_OK;

    visit_string(walk, bootstrap->plugin_dir);
    for (size_t i = 0; i < count && status == GW_OK; i++)
        status = visit_table(walk, &tables[i].table, &bootstrap->settings);
    return status;
}

static enum gw_status visit_all(struct walk *walk, const struct gw_bootstrap *bootstrap)
{
    const struct gw_component_list *lists[] = {&bootstrap->entrypoints, &bootstrap->publishers, &bootstrap->notifiers};
    enum gw_status status = visit_settings(walk, bootstrap);

    if (status == GW_OK)
        status = visit_component(walk, bootstrap->repository);
    for (size_t i = 0; i < sizeof lists / sizeof *lists && status == GW_OK; i++)
        status = visit_list(walk, lists[i]);
    for (size_t i = 0; i < bootstrap->route_count && status == GW_OK; i++)
        status = visit_route(walk, &bootstrap->routes[i]);
    return status;
}

enum gw_status gw_bootstrap_visit(const struct gw_bootstrap *bootstrap, const struct gw_bootstrap_visitor *visitor)
{
    struct walk walk = {.visitor = visitor};
    enum gw_status status;

    gw_buffer_init(&walk.buffer, SIZE_MAX);
    status = visit_all(&walk, bootstrap);
    if (walk.buffer.has_failed)
        status = GW_NOMEM;
    gw_buffer_done(&walk.buffer);
    return status;
}

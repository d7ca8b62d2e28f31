/* SPDX-License-Identifier: Apache-2.0 */
/* One writer per object of config_json.h. No state. */
#include "gateway/config_json.h"

#include "config/component_values.h"
#include "config/restart_file.h"
#include "gateway/config_hash.h"
#include "json/json_writer.h"

enum { LINE_LEVELS = 2 }; /* an entry of each list has its own line */

static void write_options(struct gw_json_writer *writer, const char *key, const struct gw_option_values *values)
{
    gw_json_write_open_at(writer, key, '[');
    for (size_t i = 0; i < values->count; i++) {
        gw_json_write_open(writer, '{');
        gw_json_write_string_at(writer, "name", values->items[i].name);
        gw_json_write_string_at(writer, "value", values->items[i].text);
        gw_json_write_bool_at(writer, "secret", values->items[i].is_secret);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, ']');
}

static enum gw_status write_settings(struct gw_json_writer *writer, struct gw_arena *arena,
                                     const struct gw_bootstrap *bootstrap)
{
    struct gw_option_values values;
    enum gw_status status = gw_settings_values(arena, bootstrap, &values);

    if (status == GW_OK)
        write_options(writer, "settings", &values);
    return status;
}

static enum gw_status write_component(struct gw_json_writer *writer, struct gw_arena *arena,
                                      const struct gw_component *component)
{
    struct gw_option_values values;
    enum gw_status status = gw_component_values(arena, component, &values);

    if (status != GW_OK)
        return status;
    gw_json_write_open_at(writer, component->id, '{');
    gw_json_write_string_at(writer, "section", gw_section_spec(component->section)->key);
    gw_json_write_string_at(writer, "plugin", component->plugin->name);
    gw_json_write_int_at(writer, "line", component->line);
    write_options(writer, "options", &values);
    gw_json_write_close(writer, '}');
    return GW_OK;
}

static enum gw_status write_components(struct gw_json_writer *writer, struct gw_arena *arena,
                                       const struct gw_bootstrap *bootstrap)
{
    const struct gw_component_list *lists[] = {&bootstrap->entrypoints, &bootstrap->publishers, &bootstrap->notifiers};
    enum gw_status status;

    gw_json_write_open_at(writer, "components", '{');
    status = write_component(writer, arena, bootstrap->repository);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t k = 0; k < lists[i]->count && status == GW_OK; k++)
            status = write_component(writer, arena, lists[i]->items[k]);
    gw_json_write_close(writer, '}');
    return status;
}

static void write_ids(struct gw_json_writer *writer, const char *key, const struct gw_component_list *list)
{
    gw_json_write_open_at(writer, key, '[');
    for (size_t i = 0; i < list->count; i++)
        gw_json_write_string(writer, list->items[i]->id);
    gw_json_write_close(writer, ']');
}

void gw_config_write_group(struct gw_json_writer *writer, const char *key, const struct gw_group_settings *group)
{
    gw_json_write_open_at(writer, key, '{');
    if (group->by.count > 0) {
        gw_json_write_open_at(writer, "by", '[');
        for (uint64_t i = 0; i < group->by.count; i++)
            gw_json_write_string(writer, group->by.items[i]);
        gw_json_write_close(writer, ']');
        gw_json_write_int_at(writer, "wait_ms", group->wait_ms);
        gw_json_write_int_at(writer, "max", group->max);
        gw_json_write_int_at(writer, "repeat_ms", group->repeat_ms);
    }
    gw_json_write_close(writer, '}');
}

static void write_routes(struct gw_json_writer *writer, const struct gw_bootstrap *bootstrap)
{
    gw_json_write_open_at(writer, "routes", '{');
    for (size_t i = 0; i < bootstrap->route_count; i++) {
        const struct gw_route *route = &bootstrap->routes[i];

        gw_json_write_open_at(writer, route->event->name, '{');
        write_ids(writer, "publish", &route->publish);
        write_ids(writer, "notify", &route->notify);
        write_ids(writer, "fallback", &route->fallback);
        gw_config_write_group(writer, "group", &route->group);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, '}');
}

enum gw_status gw_config_append_json(struct gw_arena *arena, const struct gw_bootstrap *bootstrap,
                                     const struct gw_config_origin *origin, struct gw_buffer *buffer)
{
    struct gw_json_writer writer;
    char hash[GW_CONFIG_HASH_TEXT];
    bool is_in_force = false;
    enum gw_status status = gw_config_hash(bootstrap, hash);

    if (status == GW_OK)
        status = gw_restart_file_compare(arena, bootstrap, origin->restart_file, &is_in_force);
    if (status != GW_OK)
        return status;
    gw_json_writer_init(&writer, buffer, LINE_LEVELS);
    gw_json_write_open(&writer, '{');
    gw_json_write_string_at(&writer, "file", bootstrap->file);
    gw_json_write_string_at(&writer, "restart_file", origin->restart_file);
    gw_json_write_bool_at(&writer, "restart_reads_another_file", !is_in_force);
    gw_json_write_int_at(&writer, "generation", (int64_t)origin->generation);
    gw_json_write_string_at(&writer, "config_hash", hash);
    status = write_settings(&writer, arena, bootstrap);
    if (status == GW_OK)
        status = write_components(&writer, arena, bootstrap);
    write_routes(&writer, bootstrap);
    gw_json_write_close(&writer, '}');
    return status;
}

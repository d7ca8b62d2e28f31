/* SPDX-License-Identifier: Apache-2.0 */
/* The group of a route: which events of it are told in one notice. Main thread, but for comparing and writing. */
#include "config/route_group.h"

#include "config/bootstrap_reader.h"
#include "options/hint.h"
#include "options/option_text.h"
#include "options/value.h"

#include <gangway/port/repository.h>

#include <string.h>

/* ---- reading */

/* The key of a group is made of fields that every event of the route has. */
static void check_field(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *map,
                        const struct gw_event_spec *event, const char *field)
{
    const struct gw_yaml_node *by = gw_yaml_find(map, "by");
    char hint[GW_HINT_MAX_BYTES];

    for (size_t i = 0; i < event->field_count; i++)
        if (strcmp(event->fields[i], field) == 0)
            return;
    gw_reader_error(reader, by != NULL ? by : map, "'by': %s has no field '%.60s'; %s", event->name, field,
                    gw_hint(hint, gw_text_of(field), (const char **)(uintptr_t)event->fields, event->field_count));
}

static void check_repository(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *map)
{
    const struct gw_component *repository = reader->bootstrap->repository;

    if (repository != NULL && repository->plugin != NULL && (repository->plugin->features & GW_REPOSITORY_NOTICES) == 0)
        gw_reader_error(reader, map,
                        "the repository's plugin '%s' keeps no notices, so events cannot be grouped; expected no "
                        "'group', or a repository with notices",
                        repository->plugin->name);
}

static void read_group(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *route_map, struct gw_route *route)
{
    const struct gw_yaml_node *map = gw_yaml_find(route_map, "group");
    const struct gw_option_table *table = gw_group_table();
    struct gw_place place;

    if (map == NULL)
        return;
    if (map->kind != GW_YAML_MAP) {
        gw_reader_error(reader, map, "'group' is not a map; expected one, such as {by: [sku], wait: 30s, max: 100}");
        return;
    }
    place = (struct gw_place){map->line, map->column};
    gw_options_check_keys(&reader->binder, table, 1, map);
    gw_options_bind(&reader->binder, table, map, place, &route->group);
    for (uint64_t i = 0; i < route->group.by.count; i++)
        check_field(reader, map, route->event, route->group.by.items[i]);
    if (gw_yaml_find(route_map, "notify") == NULL)
        gw_reader_error(reader, map, "'group' without 'notify' is never used; expected both");
    check_repository(reader, map);
}

/* A gateway knows when a notice was sent for as long as it is kept. */
static void check_repeat(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *node,
                         const struct gw_route *route)
{
    char repeat[GW_VALUE_TEXT_MAX];
    char keep[GW_VALUE_TEXT_MAX];

    if (!gw_route_is_grouped(route))
        gw_reader_error(reader, node,
                        "'repeat' without 'group' has no effect, because no two notices are of one group; "
                        "expected both");
    if (route->group.repeat_ms > reader->bootstrap->settings.notify_keep_ms)
        gw_reader_error(reader, node,
                        "'repeat' is %s, but 'notify.keep' is only %s, so it would be forgotten when the last notice "
                        "was sent; expected notify: {keep: %s} or more",
                        gw_value_duration_text(repeat, route->group.repeat_ms),
                        gw_value_duration_text(keep, reader->bootstrap->settings.notify_keep_ms), repeat);
}

static void read_repeat(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *route_map,
                        struct gw_route *route)
{
    const struct gw_yaml_node *node = gw_yaml_find(route_map, "repeat");

    if (node == NULL)
        return;
    gw_options_bind(&reader->binder, gw_repeat_table(), route_map, (struct gw_place){node->line, node->column},
                    &route->group);
    if (route->group.repeat_ms > 0)
        check_repeat(reader, node, route);
}

void gw_reader_group(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *route_map, struct gw_route *route)
{
    read_group(reader, route_map, route);
    read_repeat(reader, route_map, route);
}

/* ---- comparing and writing */

bool gw_route_is_grouped(const struct gw_route *route)
{
    return route->group.by.count > 0;
}

bool gw_group_is_same(const struct gw_group_settings *left, const struct gw_group_settings *right)
{
    if (left->by.count != right->by.count || left->wait_ms != right->wait_ms || left->max != right->max ||
        left->repeat_ms != right->repeat_ms)
        return false;
    for (uint64_t i = 0; i < left->by.count; i++)
        if (strcmp(left->by.items[i], right->by.items[i]) != 0)
            return false;
    return true;
}

void gw_group_append(const struct gw_group_settings *group, struct gw_buffer *buffer)
{
    const struct gw_option_table *table = gw_group_table();

    if (group->by.count == 0) {
        gw_buffer_append_string(buffer, "none");
        return;
    }
    gw_buffer_append_byte(buffer, '{');
    for (uint32_t i = 0; i < table->count; i++) {
        gw_buffer_append_format(buffer, "%s%s: ", i > 0 ? ", " : "", gw_option_at(table, i)->name);
        (void)gw_option_append_value(gw_option_at(table, i), group, buffer);
    }
    gw_buffer_append_byte(buffer, '}');
    if (group->repeat_ms == 0)
        return;
    gw_buffer_append_string(buffer, ", repeat: ");
    (void)gw_option_append_value(gw_option_at(gw_repeat_table(), 0), group, buffer);
}

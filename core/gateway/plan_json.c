/* SPDX-License-Identifier: Apache-2.0 */
/* One writer per object of plan_json.h. No state. */
#include "gateway/plan_json.h"

#include "gateway/config_json.h"
#include "json/json_writer.h"

enum { LINE_LEVELS = 2 }; /* an entry of each list has its own line */

/* null where it is not known. */
static void write_number(struct gw_json_writer *writer, const char *key, int64_t value, bool is_known)
{
    gw_json_write_key(writer, key);
    if (is_known)
        gw_json_write_int(writer, value);
    else
        gw_json_write_raw(writer, "null");
}

static void write_ids(struct gw_json_writer *writer, const char *key, const struct gw_component_list *list)
{
    gw_json_write_open_at(writer, key, '[');
    for (size_t i = 0; i < list->count; i++)
        gw_json_write_string(writer, list->items[i]->id);
    gw_json_write_close(writer, ']');
}

/* ---- options and refusals ------------------------------------------------------------------------------------- */

static void write_options(struct gw_json_writer *writer, const char *key, const struct gw_option_changes *options)
{
    gw_json_write_open_at(writer, key, '[');
    for (size_t i = 0; i < options->count; i++) {
        const struct gw_option_change *option = &options->items[i];

        gw_json_write_open(writer, '{');
        gw_json_write_string_at(writer, "name", option->name);
        gw_json_write_string_at(writer, "before", option->before);
        gw_json_write_string_at(writer, "after", option->after);
        gw_json_write_bool_at(writer, "secret", option->is_secret);
        gw_json_write_bool_at(writer, "contents", option->is_contents);
        gw_json_write_bool_at(writer, "unknown", option->is_unknown);
        gw_json_write_bool_at(writer, "identity", option->is_identity);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, ']');
}

static void write_refusals(struct gw_json_writer *writer, const struct gw_plan *plan)
{
    static const char *const words[] = {
        [GW_PLAN_NEEDS_RESTART] = "needs_restart", [GW_PLAN_SECTION_CHANGED] = "section_changed"};

    gw_json_write_open_at(writer, "refusals", '[');
    for (size_t i = 0; i < plan->refusal_count; i++) {
        const struct gw_plan_refusal *refusal = &plan->refusals[i];

        gw_json_write_open(writer, '{');
        gw_json_write_string_at(writer, "name", refusal->name);
        gw_json_write_string_at(writer, "obstacle", words[refusal->obstacle]);
        gw_json_write_string_at(writer, "reason", refusal->reason);
        write_number(writer, "line", refusal->line, refusal->line > 0);
        write_number(writer, "column", refusal->column, refusal->line > 0);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, ']');
}

/* ---- components ----------------------------------------------------------------------------------------------- */

static void write_effects(struct gw_json_writer *writer, const struct gw_plan_component *component)
{
    gw_json_write_bool_at(writer, "new_instance", component->needs_instance);
    gw_json_write_bool_at(writer, "plugin_replaced", component->after != NULL && component->after->is_plugin_replaced);
    gw_json_write_bool_at(writer, "changes_identity", component->changes_identity);
    gw_json_write_bool_at(writer, "stops_first", component->stops_first);
    gw_json_write_string_at(writer, "starts_after", component->starts_after);
    gw_json_write_bool_at(writer, "abandons_positions", component->abandons_positions);
    gw_json_write_string_at(writer, "renamed_from", component->renamed_from);
    gw_json_write_bool_at(writer, "drains", component->drains);
}

static void write_reroutes(struct gw_json_writer *writer, const struct gw_plan_component *component)
{
    gw_json_write_open_at(writer, "reroutes", '[');
    for (size_t i = 0; i < component->reroute_count; i++) {
        gw_json_write_open(writer, '{');
        gw_json_write_string_at(writer, "event", component->reroutes[i].event->name);
        write_ids(writer, "to", &component->reroutes[i].to);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, ']');
}

static void write_component(struct gw_json_writer *writer, const struct gw_plan_component *component,
                            const struct gw_plan_figure *figure)
{
    static const char *const words[] = {[GW_PLAN_ADDED] = "added",
                                        [GW_PLAN_REMOVED] = "removed",
                                        [GW_PLAN_REPLACED] = "replaced",
                                        [GW_PLAN_UNCHANGED] = "unchanged"};
    const struct gw_component *shown = component->after != NULL ? component->after : component->before;

    gw_json_write_open(writer, '{');
    gw_json_write_string_at(writer, "id", component->id);
    gw_json_write_string_at(writer, "section", gw_section_spec(component->section)->key);
    gw_json_write_string_at(writer, "change", words[component->verb]);
    gw_json_write_string_at(writer, "plugin", shown->plugin != NULL ? shown->plugin->name : NULL);
    write_options(writer, "options", &component->options);
    write_effects(writer, component);
    write_number(writer, "pending", figure->pending, figure->pending >= 0);
    gw_json_write_string_at(writer, "holder", figure->holder);
    write_reroutes(writer, component);
    gw_json_write_close(writer, '}');
}

static void write_components(struct gw_json_writer *writer, const struct gw_plan *plan,
                             const struct gw_plan_figures *figures)
{
    gw_json_write_open_at(writer, "components", '[');
    for (size_t i = 0; i < plan->component_count; i++) {
        struct gw_plan_figure figure = gw_plan_figure_of(figures, plan->components[i].id);

        write_component(writer, &plan->components[i], &figure);
    }
    gw_json_write_close(writer, ']');
}

/* ---- routes --------------------------------------------------------------------------------------------------- */

static void write_lists(struct gw_json_writer *writer, const char *key, const struct gw_component_list *before,
                        const struct gw_component_list *after)
{
    gw_json_write_key(writer, key);
    gw_json_write_open(writer, '{');
    write_ids(writer, "before", before);
    write_ids(writer, "after", after);
    gw_json_write_close(writer, '}');
}

static void write_routes(struct gw_json_writer *writer, const struct gw_plan *plan)
{
    gw_json_write_open_at(writer, "routes", '[');
    for (size_t i = 0; i < plan->route_count; i++) {
        const struct gw_plan_route *route = &plan->routes[i];

        gw_json_write_open(writer, '{');
        gw_json_write_string_at(writer, "event", route->after->event->name);
        write_lists(writer, "publish", &route->before->publish, &route->after->publish);
        write_lists(writer, "notify", &route->before->notify, &route->after->notify);
        write_lists(writer, "fallback", &route->before->fallback, &route->after->fallback);
        gw_json_write_open_at(writer, "group", '{');
        gw_config_write_group(writer, "before", &route->before->group);
        gw_config_write_group(writer, "after", &route->after->group);
        gw_json_write_close(writer, '}');
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, ']');
}

void gw_plan_append_json(const struct gw_plan *plan, const struct gw_plan_figures *figures, struct gw_buffer *buffer)
{
    struct gw_json_writer writer;

    gw_json_writer_init(&writer, buffer, LINE_LEVELS);
    gw_json_write_open(&writer, '{');
    gw_json_write_string_at(&writer, "file", plan->wanted->file);
    gw_json_write_string_at(&writer, "hash", plan->hash);
    gw_json_write_bool_at(&writer, "empty", plan->is_empty);
    gw_json_write_bool_at(&writer, "needs_hash", plan->needs_hash != NULL);
    write_refusals(&writer, plan);
    write_options(&writer, "settings", &plan->settings);
    write_components(&writer, plan, figures);
    write_routes(&writer, plan);
    gw_json_write_close(&writer, '}');
}

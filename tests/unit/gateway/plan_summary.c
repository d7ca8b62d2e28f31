/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_summary.h"

#include "config/route_group.h"

#include <string.h>

static const char verbs[] = {
    [GW_PLAN_ADDED] = '+', [GW_PLAN_REMOVED] = '-', [GW_PLAN_REPLACED] = '~', [GW_PLAN_UNCHANGED] = '='};

static void begin_part(struct gw_buffer *buffer)
{
    if (buffer->len > 0)
        gw_buffer_append_string(buffer, "; ");
}

static void append_value(struct gw_buffer *buffer, const char *value)
{
    gw_buffer_append_string(buffer, value != NULL ? value : "()");
}

static void append_option(struct gw_buffer *buffer, const struct gw_option_change *option)
{
    gw_buffer_append_format(buffer, " %s%s%s%s%s%s", option->name, option->is_identity ? "*" : "",
                            option->is_secret ? "#" : "", option->is_unknown ? "?" : "", option->is_reread ? "@" : "",
                            option->is_contents ? "%" : "");
    if (option->is_secret && option->before == NULL && option->after == NULL)
        return;
    gw_buffer_append_byte(buffer, ' ');
    append_value(buffer, option->before);
    gw_buffer_append_byte(buffer, '>');
    append_value(buffer, option->after);
}

static void append_ids(struct gw_buffer *buffer, const struct gw_component_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        gw_buffer_append_format(buffer, "%s%s", i > 0 ? "," : "", list->items[i]->id);
}

static void append_effects(struct gw_buffer *buffer, const struct gw_plan_component *component)
{
    gw_buffer_append_string(buffer, component->changes_identity ? " elsewhere" : "");
    gw_buffer_append_string(buffer, component->abandons_positions ? " abandons" : "");
    gw_buffer_append_string(buffer, component->stops_first ? " first" : "");
    gw_buffer_append_string(buffer, component->drains ? " drains" : "");
    if (component->verb == GW_PLAN_REPLACED && !component->needs_instance)
        gw_buffer_append_string(buffer, " settings");
    if (component->starts_after != NULL)
        gw_buffer_append_format(buffer, " after:%s", component->starts_after);
    if (component->renamed_from != NULL)
        gw_buffer_append_format(buffer, " from:%s", component->renamed_from);
    for (size_t i = 0; i < component->reroute_count; i++) {
        gw_buffer_append_format(buffer, " %s>", component->reroutes[i].event->name);
        append_ids(buffer, &component->reroutes[i].to);
    }
}

static void append_component(struct gw_buffer *buffer, const struct gw_plan_component *component)
{
    if (component->verb == GW_PLAN_UNCHANGED && component->options.count == 0)
        return;
    begin_part(buffer);
    gw_buffer_append_format(buffer, "%c%s", verbs[component->verb], component->id);
    for (size_t i = 0; i < component->options.count; i++)
        append_option(buffer, &component->options.items[i]);
    append_effects(buffer, component);
}

static bool is_same_list(const struct gw_component_list *before, const struct gw_component_list *after)
{
    for (size_t i = 0; i < before->count && before->count == after->count; i++)
        if (strcmp(before->items[i]->id, after->items[i]->id) != 0)
            return false;
    return before->count == after->count;
}

static void append_list(struct gw_buffer *buffer, const char *name, const struct gw_component_list *before,
                        const struct gw_component_list *after)
{
    if (is_same_list(before, after))
        return;
    gw_buffer_append_format(buffer, " %s[", name);
    append_ids(buffer, before);
    gw_buffer_append_byte(buffer, '>');
    append_ids(buffer, after);
    gw_buffer_append_byte(buffer, ']');
}

static void append_route(struct gw_buffer *buffer, const struct gw_plan_route *route)
{
    begin_part(buffer);
    gw_buffer_append_string(buffer, route->after->event->name);
    append_list(buffer, "publish", &route->before->publish, &route->after->publish);
    append_list(buffer, "notify", &route->before->notify, &route->after->notify);
    append_list(buffer, "fallback", &route->before->fallback, &route->after->fallback);
    if (gw_group_is_same(&route->before->group, &route->after->group))
        return;
    gw_buffer_append_string(buffer, " group[");
    gw_group_append(&route->before->group, buffer);
    gw_buffer_append_byte(buffer, '>');
    gw_group_append(&route->after->group, buffer);
    gw_buffer_append_byte(buffer, ']');
}

void plan_summary(const struct gw_plan *plan, struct gw_buffer *buffer)
{
    for (size_t i = 0; i < plan->component_count; i++)
        append_component(buffer, &plan->components[i]);
    for (size_t i = 0; i < plan->route_count; i++)
        append_route(buffer, &plan->routes[i]);
    for (size_t i = 0; i < plan->refusal_count; i++) {
        begin_part(buffer);
        gw_buffer_append_format(buffer, "%s%s", plan->refusals[i].obstacle == GW_PLAN_SECTION_CHANGED ? "!!" : "!",
                                plan->refusals[i].name);
    }
    if (plan->needs_hash != NULL) {
        begin_part(buffer);
        gw_buffer_append_string(buffer, "hash");
    }
}

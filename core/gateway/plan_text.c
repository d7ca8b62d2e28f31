/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a plan in aligned columns. The lines below an entry are in plan_text_options.c and
 * plan_text_effects.c. */
#include "gateway/plan_text_internal.h"

#include "base/terminal_text.h"
#include "config/route_changes.h"
#include "config/route_group.h"

#include <string.h>

/* ---- the first line ------------------------------------------------------------------------------------------- */

static size_t count_verb(const struct gw_plan *plan, enum gw_plan_verb verb)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->component_count; i++)
        count += plan->components[i].verb == verb;
    return count;
}

struct headline {
    struct gw_buffer *buffer;
    const char *separator;
};

static void append_count(struct headline *line, size_t count, const char *what)
{
    if (count == 0)
        return;
    gw_buffer_append_format(line->buffer, "%s%zu %s", line->separator, count, what);
    line->separator = ", ";
}

static void append_headline(struct gw_buffer *buffer, const struct gw_plan *plan)
{
    size_t added = count_verb(plan, GW_PLAN_ADDED);
    size_t removed = count_verb(plan, GW_PLAN_REMOVED);
    size_t replaced = count_verb(plan, GW_PLAN_REPLACED);
    size_t count = added + removed + replaced + plan->route_count + plan->settings.count;
    struct headline line = {buffer, ": "};

    if (plan->is_empty) {
        gw_buffer_append_string(buffer, "nothing to do: the gateway runs this file already\n");
        return;
    }
    if (plan->refusal_count > 0)
        gw_buffer_append_string(buffer, "cannot be applied while the gateway runs; ");
    gw_buffer_append_format(buffer, "%zu change%s", count, count == 1 ? "" : "s");
    append_count(&line, added, "added");
    append_count(&line, replaced, "replaced");
    append_count(&line, removed, "removed");
    append_count(&line, plan->route_count, plan->route_count == 1 ? "route" : "routes");
    append_count(&line, plan->settings.count, plan->settings.count == 1 ? "setting" : "settings");
    gw_buffer_append_byte(buffer, '\n');
}

/* ---- columns -------------------------------------------------------------------------------------------------- */

struct columns {
    size_t name;
    size_t kind;
};

static void widen(size_t *width, const char *text)
{
    size_t needed = gw_terminal_width(text, strlen(text));

    if (needed > *width)
        *width = needed;
}

static bool is_listed(const struct gw_plan_component *component)
{
    return component->verb != GW_PLAN_UNCHANGED || component->options.count > 0 || component->after->is_plugin_replaced;
}

static const char *kind_of(const struct gw_plan_component *component)
{
    return gw_section_spec(component->section)->port_word;
}

static struct columns measure(const struct gw_plan *plan)
{
    struct columns columns = {0, 0};

    for (size_t i = 0; i < plan->refusal_count; i++)
        widen(&columns.name, plan->refusals[i].name);
    for (size_t i = 0; i < plan->component_count; i++) {
        if (!is_listed(&plan->components[i]))
            continue;
        widen(&columns.name, plan->components[i].id);
        widen(&columns.kind, kind_of(&plan->components[i]));
    }
    for (size_t i = 0; i < plan->route_count; i++)
        widen(&columns.name, plan->routes[i].after->event->name);
    return columns;
}

/* `~ orders  entrypoint  ` */
static void begin_entry(struct gw_buffer *buffer, const struct columns *columns, char sign, const char *name,
                        const char *kind)
{
    gw_buffer_append_byte(buffer, sign);
    gw_buffer_append_byte(buffer, ' ');
    gw_plan_append_padded(buffer, name, columns->name);
    gw_buffer_append_string(buffer, "  ");
    if (kind != NULL)
        gw_plan_append_padded(buffer, kind, columns->kind + 2);
}

/* ---- entries -------------------------------------------------------------------------------------------------- */

static void append_setting(struct gw_buffer *buffer, const struct gw_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->settings.count; i++)
        if (strcmp(plan->settings.items[i].name, name) == 0)
            gw_plan_append_options(buffer, &(struct gw_option_changes){&plan->settings.items[i], 1});
}

static void append_refusal(struct gw_buffer *buffer, const struct gw_plan *plan, const struct columns *columns,
                           const struct gw_plan_refusal *refusal)
{
    begin_entry(buffer, columns, '!', refusal->name, NULL);
    if (refusal->line > 0) {
        gw_plan_append_padded(buffer, plan->wanted->file, 0);
        gw_buffer_append_format(buffer, ":%u:%u: ", refusal->line, refusal->column);
    }
    if (refusal->obstacle == GW_PLAN_NEEDS_RESTART)
        gw_buffer_append_string(buffer, "needs a restart: ");
    gw_buffer_append_string(buffer, refusal->reason);
    gw_buffer_append_byte(buffer, '\n');
    append_setting(buffer, plan, refusal->name);
}

static void append_component(struct gw_buffer *buffer, const struct columns *columns,
                             const struct gw_plan_component *component, const struct gw_plan_figures *figures)
{
    static const char signs[] = {
        [GW_PLAN_ADDED] = '+', [GW_PLAN_REMOVED] = '-', [GW_PLAN_REPLACED] = '~', [GW_PLAN_UNCHANGED] = '='};
    const struct gw_component *shown = component->after != NULL ? component->after : component->before;
    struct gw_plan_figure figure = gw_plan_figure_of(figures, component->id);

    begin_entry(buffer, columns, signs[component->verb], component->id, kind_of(component));
    gw_plan_append_padded(buffer, shown->plugin != NULL ? shown->plugin->name : "(unknown plugin)", 0);
    gw_buffer_append_byte(buffer, '\n');
    gw_plan_append_options(buffer, &component->options);
    gw_plan_append_effects(buffer, component, &figure);
}

static void append_list(struct gw_buffer *buffer, const char *name, const struct gw_component_list *before,
                        const struct gw_component_list *after)
{
    if (gw_component_list_is_same(before, after))
        return;
    gw_buffer_append_string(buffer, "    ");
    gw_plan_append_padded(buffer, name, strlen("fallback"));
    gw_buffer_append_string(buffer, "  ");
    gw_plan_append_ids(buffer, before);
    gw_buffer_append_string(buffer, " -> ");
    gw_plan_append_ids(buffer, after);
    gw_buffer_append_byte(buffer, '\n');
}

static void append_group(struct gw_buffer *buffer, const struct gw_group_settings *before,
                         const struct gw_group_settings *after)
{
    if (gw_group_is_same(before, after))
        return;
    gw_buffer_append_string(buffer, "    ");
    gw_plan_append_padded(buffer, "group", strlen("fallback"));
    gw_buffer_append_string(buffer, "  ");
    gw_group_append(before, buffer);
    gw_buffer_append_string(buffer, " -> ");
    gw_group_append(after, buffer);
    gw_buffer_append_byte(buffer, '\n');
}

static void append_route(struct gw_buffer *buffer, const struct columns *columns, const struct gw_plan_route *route)
{
    begin_entry(buffer, columns, '~', route->after->event->name, NULL);
    gw_buffer_append_string(buffer, "route\n");
    append_list(buffer, "publish", &route->before->publish, &route->after->publish);
    append_list(buffer, "notify", &route->before->notify, &route->after->notify);
    append_list(buffer, "fallback", &route->before->fallback, &route->after->fallback);
    append_group(buffer, &route->before->group, &route->after->group);
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

static void append_hash(struct gw_buffer *buffer, const struct gw_plan *plan)
{
    if (plan->is_empty || plan->refusal_count > 0)
        return;
    if (plan->needs_hash != NULL)
        gw_buffer_append_format(buffer, "\napply needs --plan %s: sources change or positions are abandoned\n",
                                plan->hash);
    else
        gw_buffer_append_format(buffer, "\nplan %s\n", plan->hash);
}

void gw_plan_append_text(const struct gw_plan *plan, const struct gw_plan_figures *figures, struct gw_buffer *buffer)
{
    struct columns columns = measure(plan);

    append_headline(buffer, plan);
    if (columns.name > 0)
        gw_buffer_append_byte(buffer, '\n');
    for (size_t i = 0; i < plan->refusal_count; i++)
        append_refusal(buffer, plan, &columns, &plan->refusals[i]);
    for (size_t i = 0; i < plan->component_count; i++)
        if (is_listed(&plan->components[i]))
            append_component(buffer, &columns, &plan->components[i], figures);
    for (size_t i = 0; i < plan->route_count; i++)
        append_route(buffer, &columns, &plan->routes[i]);
    append_hash(buffer, plan);
}

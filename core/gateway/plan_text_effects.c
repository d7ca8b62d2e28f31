/* SPDX-License-Identifier: Apache-2.0 */
/* What a change means, one line each: input, positions, events that wait, other components. */
#include "gateway/plan_text_internal.h"

#include <inttypes.h>

__attribute__((format(printf, 2, 3))) static void append_line(struct gw_buffer *buffer, const char *format, ...)
{
    char line[512]; /* ids are short, and the rest is ours */
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    gw_buffer_append_string(buffer, "    ");
    gw_plan_append_padded(buffer, line, 0);
    gw_buffer_append_byte(buffer, '\n');
}

void gw_plan_append_ids(struct gw_buffer *buffer, const struct gw_component_list *list)
{
    if (list->count == 0)
        gw_buffer_append_string(buffer, "none");
    for (size_t i = 0; i < list->count; i++) {
        gw_buffer_append_string(buffer, i > 0 ? ", " : "");
        gw_plan_append_padded(buffer, list->items[i]->id, 0);
    }
}

/* ---- entrypoints ---------------------------------------------------------------------------------------------- */

static void append_entrypoint(struct gw_buffer *buffer, const struct gw_plan_component *component)
{
    if (component->changes_identity)
        append_line(buffer, "reads another source");
    if (component->abandons_positions)
        append_line(buffer, "abandons positions: they stay in the repository, unused");
    if (component->renamed_from != NULL)
        append_line(buffer, "reads the sources of %s as new ones: positions belong to the id", component->renamed_from);
    if (component->stops_first)
        append_line(buffer, "input pauses: the old instance stops before the new one starts");
    else if (component->verb == GW_PLAN_REPLACED)
        append_line(buffer, "input continues: the new instance starts before the old one stops");
}

/* ---- destinations --------------------------------------------------------------------------------------------- */

static void append_waiting(struct gw_buffer *buffer, const struct gw_plan_component *component,
                           const struct gw_plan_figure *figure)
{
    if (component->verb != GW_PLAN_ADDED && figure->pending == 1)
        append_line(buffer, "1 event waits");
    else if (component->verb != GW_PLAN_ADDED && figure->pending >= 0)
        append_line(buffer, "%" PRId64 " events wait", figure->pending);
    if (figure->holder != NULL)
        append_line(buffer, "delivered by another gateway, by its own file: %s", figure->holder);
}

static void append_reroute(struct gw_buffer *buffer, const struct gw_plan_reroute *reroute)
{
    gw_buffer_append_format(buffer, "    %s: ", reroute->event->name);
    if (reroute->to.count == 0) {
        gw_buffer_append_string(buffer, "delivers what waits, then ends");
    } else {
        gw_buffer_append_string(buffer, "what waits goes to ");
        gw_plan_append_ids(buffer, &reroute->to);
    }
    gw_buffer_append_byte(buffer, '\n');
}

static void append_destination(struct gw_buffer *buffer, const struct gw_plan_component *component,
                               const struct gw_plan_figure *figure)
{
    append_waiting(buffer, component, figure);
    if (component->changes_identity)
        append_line(buffer, "writes to another place: what waits goes there too");
    if (component->stops_first)
        append_line(buffer, "the old instance closes before the new one works");
    for (size_t i = 0; i < component->reroute_count; i++)
        append_reroute(buffer, &component->reroutes[i]);
    if (component->drains && component->reroute_count == 0)
        append_line(buffer, "delivers what waits, then ends");
}

/* ---- any ------------------------------------------------------------------------------------------------------ */

void gw_plan_append_effects(struct gw_buffer *buffer, const struct gw_plan_component *component,
                            const struct gw_plan_figure *figure)
{
    if (component->section == GW_SECTION_ENTRYPOINTS)
        append_entrypoint(buffer, component);
    else if (component->section != GW_SECTION_REPOSITORY)
        append_destination(buffer, component, figure);
    else if (component->verb == GW_PLAN_UNCHANGED && component->options.count > 0)
        append_line(buffer, "nothing to apply: it is read again when a login is refused");
    if (component->after != NULL && component->after->is_plugin_replaced)
        append_line(buffer, "the file of its plugin was replaced: a restart loads the new one");
    if (component->starts_after != NULL)
        append_line(buffer, "starts after %s has stopped: both cannot run at the same time", component->starts_after);
}

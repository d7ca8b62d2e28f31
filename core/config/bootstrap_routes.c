/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes: resolves names of events and ids of components, and renders each template with the events that reach it.
 * Knows the tables of the catalog, and no event by name. Main thread.
 */
#include "config/bootstrap_reader.h"

#include "options/hint.h"

#include <gangway/port/repository.h>
#include <gangway/scope.h>

#include <stddef.h>
#include <string.h>

/* The keys of a route: the section of the components that each may name, and the place in the model. */
struct route_key {
    const char *name;
    enum gw_section section;
    size_t offset;
};

static const struct route_key route_keys[] = {
    {"publish", GW_SECTION_PUBLISHERS, offsetof(struct gw_route, publish)},
    {"notify", GW_SECTION_NOTIFIERS, offsetof(struct gw_route, notify)},
    {"fallback", GW_SECTION_NOTIFIERS, offsetof(struct gw_route, fallback)},
};

static struct gw_component_list *route_list(struct gw_route *route, const struct route_key *key)
{
    return (struct gw_component_list *)(void *)((char *)route + key->offset);
}

/* ---- destinations --------------------------------------------------------------------------------------------- */

static struct gw_component_draft *find_draft(struct gw_bootstrap_reader *reader, struct gw_text id)
{
    for (size_t i = 0; i < reader->draft_count; i++)
        if (gw_text_is(id, reader->drafts[i].component.id))
            return &reader->drafts[i];
    return NULL;
}

static void report_unknown(struct gw_bootstrap_reader *reader, const struct route_key *key,
                           const struct gw_yaml_node *item)
{
    const char **names = gw_reader_alloc(reader, reader->draft_count, sizeof *names);
    char hint[GW_HINT_MAX_BYTES];
    size_t count = 0;

    for (size_t i = 0; i < reader->draft_count && names != NULL; i++)
        if (reader->drafts[i].component.section == key->section)
            names[count++] = reader->drafts[i].component.id;
    gw_reader_error(reader, item, "no %s is called '%.60s'; %s", gw_section_spec(key->section)->port_word,
                    item->text.ptr, gw_hint(hint, item->text, names, names != NULL ? count : 0));
}

static void report_section(struct gw_bootstrap_reader *reader, const struct route_key *key,
                           const struct gw_component *component, const struct gw_yaml_node *item)
{
    gw_reader_error(reader, item, "'%s' is defined under '%s'; '%s' expected the id of a %s", component->id,
                    gw_section_spec(component->section)->key, key->name, gw_section_spec(key->section)->port_word);
}

/* The component that item names. NULL: there is none for this key, and a finding says why. */
static struct gw_component_draft *find_destination(struct gw_bootstrap_reader *reader, const struct route_key *key,
                                                   const struct gw_yaml_node *item)
{
    struct gw_component_draft *draft;

    if (item->kind != GW_YAML_SCALAR) {
        gw_reader_error(reader, item, "an item of '%s' is no id; expected the id of a %s", key->name,
                        gw_section_spec(key->section)->port_word);
        return NULL;
    }
    draft = find_draft(reader, item->text);
    if (draft == NULL)
        report_unknown(reader, key, item);
    else if (draft->component.section != key->section)
        report_section(reader, key, &draft->component, item);
    return draft != NULL && draft->component.section == key->section ? draft : NULL;
}

static bool list_has(const struct gw_component_list *list, const struct gw_component *component)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == component)
            return true;
    return false;
}

/* Whether component is in one of the lists of this route already. */
static bool route_has(const struct gw_route *route, const struct gw_component *component)
{
    return list_has(&route->publish, component) || list_has(&route->notify, component) ||
           list_has(&route->fallback, component);
}

static void read_destinations(struct gw_bootstrap_reader *reader, const struct route_key *key,
                              const struct gw_yaml_node *node, struct gw_route *route)
{
    struct gw_component_list *list = route_list(route, key);
    const struct gw_component **items = gw_reader_alloc(reader, node->count, sizeof *items);

    list->items = items;
    for (uint32_t i = 0; i < node->count && items != NULL; i++) {
        struct gw_component_draft *draft = find_destination(reader, key, node->items[i]);

        if (draft == NULL)
            continue;
        if (route_has(route, &draft->component)) {
            gw_reader_error(reader, node->items[i], "'%s' is there twice for %s; expected each once",
                            draft->component.id, route->event->name);
            continue;
        }
        draft->is_routed = true;
        items[list->count++] = &draft->component;
    }
}

/* ---- templates ------------------------------------------------------------------------------------------------ */

/* The first sample with which the template cannot be rendered decides the finding. */
static enum gw_status render_samples(struct gw_notice_trial *trial, const struct gw_notifier_template *template_option,
                                     const struct gw_event_spec *event, size_t *ret_sample, struct gw_error *reterr)
{
    enum gw_status status = trial != NULL ? GW_OK : GW_NOMEM;
    struct gw_text text;

    for (size_t sample = 0; sample < GW_NOTICE_SAMPLES && status == GW_OK; sample++) {
        *ret_sample = sample;
        status = gw_notice_trial_render(trial, template_option, event, sample, &text, reterr);
    }
    return status;
}

static void report_template(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *place,
                            const struct gw_notifier_template *template_option, const struct gw_event_spec *event,
                            size_t sample, const char *why)
{
    enum gw_severity severity = reader->request->only_warns_of_templates ? GW_SEVERITY_WARNING : GW_SEVERITY_ERROR;
    const char *values = sample > 0 ? gw_notice_sample_name(sample) : "";

    gw_diagnostics_add(reader->diagnostics, severity, place->line, place->column, "'%s' does not fit %s%s%s%s: %s",
                       template_option->name, event->name, sample > 0 ? " with the values '" : "", values,
                       sample > 0 ? "'" : "", why);
}

static void check_template(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft,
                           const struct gw_notifier_template *template_option, const struct gw_event_spec *event)
{
    const struct gw_yaml_node *place = gw_yaml_find(draft->node, template_option->name);
    struct gw_error error = {0};
    size_t sample = 0;
    enum gw_status status;

    if (reader->trial == NULL)
        reader->trial = gw_notice_trial_new();
    status = render_samples(reader->trial, template_option, event, &sample, &error);
    if (status == GW_NOMEM)
        reader->diagnostics->has_failed = true;
    else if (status != GW_OK)
        report_template(reader, place != NULL ? place : draft->node, template_option, event, sample, error.text);
}

static void check_templates(struct gw_bootstrap_reader *reader, const struct gw_component_list *list,
                            const struct gw_event_spec *event)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct gw_component_draft *draft =
            gw_container_of(list->items[i], const struct gw_component_draft, component);

        for (size_t j = 0; j < draft->component.template_count; j++)
            check_template(reader, draft, &draft->component.templates[j], event);
    }
}

/* ---- routes --------------------------------------------------------------------------------------------------- */

static void read_route_key(struct gw_bootstrap_reader *reader, const struct route_key *key,
                           const struct gw_yaml_node *map, struct gw_route *route)
{
    const struct gw_yaml_node *node = gw_yaml_find(map, key->name);

    if (node == NULL)
        return;
    if (node->kind == GW_YAML_LIST)
        read_destinations(reader, key, node, route);
    else
        gw_reader_error(reader, node, "'%s' is not a list; expected ids, such as [%s]", key->name,
                        gw_section_spec(key->section)->port_word);
}

static void read_route(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *map, struct gw_route *route)
{
    const char *names[gw_array_length(route_keys) + 2];
    const struct gw_yaml_node *fallback = gw_yaml_find(map, "fallback");

    if (map->kind != GW_YAML_MAP) {
        gw_reader_error(reader, map, "the route of %s is not a map; expected one, such as {publish: [ID]}",
                        route->event->name);
        return;
    }
    for (size_t i = 0; i < gw_array_length(route_keys); i++)
        names[i] = route_keys[i].name;
    names[gw_array_length(route_keys)] = "group";
    names[gw_array_length(route_keys) + 1] = "repeat";
    gw_options_check_names(&reader->binder, names, gw_array_length(names), map);
    for (size_t i = 0; i < gw_array_length(route_keys); i++)
        read_route_key(reader, &route_keys[i], map, route);
    if (fallback != NULL && gw_yaml_find(map, "notify") == NULL)
        gw_reader_error(reader, fallback, "'fallback' without 'notify' is never used; expected both");
    gw_reader_group(reader, map, route);
    check_templates(reader, &route->publish, route->event);
    check_templates(reader, &route->notify, route->event);
    check_templates(reader, &route->fallback, route->event);
}

static struct gw_route *find_route(struct gw_route *routes, size_t count, struct gw_text name)
{
    for (size_t i = 0; i < count; i++)
        if (gw_text_is(name, routes[i].event->name))
            return &routes[i];
    return NULL;
}

static void report_event(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *key,
                         const struct gw_route *known)
{
    const char **names = gw_reader_alloc(reader, reader->bootstrap->route_count, sizeof *names);
    char hint[GW_HINT_MAX_BYTES];
    size_t count = 0;

    for (size_t i = 0; i < reader->bootstrap->route_count && names != NULL; i++)
        if (!reader->bootstrap->routes[i].event->is_internal)
            names[count++] = reader->bootstrap->routes[i].event->name;
    (void)gw_hint(hint, key->text, names, names != NULL ? count : 0);
    if (known == NULL)
        gw_reader_error(reader, key, "no event is called '%.60s'; %s", key->text.ptr, hint);
    else
        gw_reader_error(reader, key, "%s is internal and cannot be routed; %s", known->event->name, hint);
}

static void read_routes(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *map, struct gw_route *routes)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct gw_yaml_entry *entry = &map->entries[i];
        struct gw_route *route = find_route(routes, reader->bootstrap->route_count, entry->key->text);

        if (route == NULL || route->event->is_internal)
            report_event(reader, entry->key, route);
        else
            read_route(reader, entry->value, route);
    }
}

/* ---- the graph as a whole ------------------------------------------------------------------------------------- */

static bool is_anything_routed(const struct gw_bootstrap_reader *reader)
{
    for (size_t i = 0; i < reader->draft_count; i++)
        if (reader->drafts[i].is_routed)
            return true;
    return false;
}

static void check_outbox(struct gw_bootstrap_reader *reader, const struct gw_yaml_entry *routes)
{
    const struct gw_plugin *plugin =
        reader->bootstrap->repository != NULL ? reader->bootstrap->repository->plugin : NULL;

    if (plugin != NULL && (plugin->features & GW_REPOSITORY_OUTBOX) == 0 && is_anything_routed(reader))
        gw_reader_error(
            reader, routes->key,
            "the repository's plugin '%s' keeps no outbox, so nothing can be routed; expected no routes, or "
            "a repository with an outbox",
            plugin->name);
}

/* Only for a file without errors, because the errors may be the cause. */
static void warn_of_useless(struct gw_bootstrap_reader *reader)
{
    for (size_t i = 0; i < reader->draft_count && reader->diagnostics->errors == 0; i++) {
        const struct gw_component *component = &reader->drafts[i].component;
        bool is_destination = component->section == GW_SECTION_PUBLISHERS || component->section == GW_SECTION_NOTIFIERS;

        if (is_destination && !reader->drafts[i].is_routed)
            gw_diagnostics_add(reader->diagnostics, GW_SEVERITY_WARNING, component->line, component->column,
                               "the %s '%s' has no route, so nothing ever goes to it",
                               gw_section_spec(component->section)->port_word, component->id);
    }
}

static struct gw_route *make_routes(struct gw_bootstrap_reader *reader)
{
    size_t count;
    const struct gw_event_spec *events = gw_event_specs(&count);
    struct gw_route *routes = gw_reader_alloc(reader, count, sizeof *routes);

    for (size_t i = 0; i < count && routes != NULL; i++)
        routes[i].event = &events[i];
    reader->bootstrap->routes = routes;
    reader->bootstrap->route_count = routes != NULL ? count : 0;
    return routes;
}

void gw_reader_routes(struct gw_bootstrap_reader *reader)
{
    const struct gw_yaml_entry *entry = gw_reader_entry(reader->root, "routes");
    struct gw_route *routes = make_routes(reader);

    if (routes == NULL)
        return;
    if (entry != NULL && entry->value->kind != GW_YAML_MAP)
        gw_reader_error(reader, entry->value,
                        "'routes' is not a map; expected events, each with a map such as "
                        "{publish: [ID]}");
    else if (entry != NULL)
        read_routes(reader, entry->value, routes);
    if (entry != NULL)
        check_outbox(reader, entry);
    warn_of_useless(reader);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `notify render`: prints the text of every template with every event that reaches its notifier, and with every sample.
 * Lint renders the same texts, so a file that lint accepts has no failed row.
 */
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "config/notice_trial.h"

#include <gangway/scope.h>

#include <string.h>

enum { NOTIFIER, ROUTE, EVENT, TEMPLATE, VALUES, RESULT, TEXT, FINDING };

static const struct gw_column columns[] = {
    [NOTIFIER] = {.name = "notifier"}, [ROUTE] = {.name = "route"},
    [EVENT] = {.name = "event"},       [TEMPLATE] = {.name = "template"},
    [VALUES] = {.name = "values"},     [RESULT] = {.name = "result"},
    [TEXT] = {.name = "text"},         [FINDING] = {.name = "finding", .is_json_only = true},
};

struct rendering {
    enum gw_format format;
    struct gw_printout printout;
    struct gw_notice_trial *trial;
    const char *route; /* the key of the route: notify or fallback */
    size_t rows;
    bool has_failed; /* at least one text */
};

/* In a table for people the finding has the place of the text. */
static void add_row(struct rendering *rendering, const char *cells[])
{
    cells[ROUTE] = rendering->route;
    if (rendering->format != GW_FORMAT_JSON && cells[TEXT] == NULL)
        cells[TEXT] = cells[FINDING];
    gw_printout_add(&rendering->printout, cells);
    rendering->rows++;
}

static void render_sample(struct rendering *rendering, const struct gw_component *notifier,
                          const struct gw_notifier_template *template_option, const struct gw_event_spec *event,
                          size_t sample)
{
    struct gw_error error = {0};
    struct gw_text text;
    enum gw_status status = gw_notice_trial_render(rendering->trial, template_option, event, sample, &text, &error);
    const char *cells[] = {[NOTIFIER] = notifier->id,
                           [EVENT] = event->name,
                           [TEMPLATE] = template_option->name,
                           [VALUES] = gw_notice_sample_name(sample),
                           [RESULT] = status == GW_OK ? "ok" : "failed",
                           [TEXT] = status == GW_OK ? text.ptr : NULL,
                           [FINDING] = status == GW_OK ? NULL : error.text};

    if (status == GW_NOMEM)
        rendering->printout.has_failed = true;
    else if (status != GW_OK)
        rendering->has_failed = true;
    add_row(rendering, cells);
}

/* The {env:} or {file:} that the template is; NULL: its text is in the file, or there is none. */
static const char *reference_of(const struct gw_component *notifier, const struct gw_notifier_template *template_option)
{
    for (size_t index = 0; index < notifier->reference_count; index++)
        if (strcmp(notifier->references[index].option, template_option->name) == 0)
            return notifier->references[index].text;
    return NULL;
}

static void render_template(struct rendering *rendering, const struct gw_component *notifier,
                            const struct gw_notifier_template *template_option, const struct gw_event_spec *event)
{
    const char *reference = reference_of(notifier, template_option);
    const char *cells[] = {[NOTIFIER] = notifier->id, [EVENT] = event->name,   [TEMPLATE] = template_option->name,
                           [VALUES] = NULL,           [RESULT] = "unresolved", [TEXT] = NULL,
                           [FINDING] = reference};

    if (reference != NULL) {
        add_row(rendering, cells);
        return;
    }
    if (gw_notifier_template_text(template_option, event)[0] == '\0')
        return; /* the option is not set, and has no default */
    for (size_t sample = 0; sample < GW_NOTICE_SAMPLES; sample++)
        render_sample(rendering, notifier, template_option, event, sample);
}

static void render_list(struct rendering *rendering, const char *route, const struct gw_component_list *list,
                        const struct gw_event_spec *event)
{
    rendering->route = route;
    for (size_t index = 0; index < list->count; index++)
        for (size_t option = 0; option < list->items[index]->template_count; option++)
            render_template(rendering, list->items[index], &list->items[index]->templates[option], event);
}

static int finish(const struct gw_command_line *line, struct rendering *rendering)
{
    if (!gw_printout_close(&rendering->printout))
        return gw_complain_memory(line);
    if (rendering->rows == 0)
        (void)gw_complain(line, "nothing to render: no routed notifier has a template that is set");
    return rendering->has_failed ? GW_EXIT_FAILED : GW_EXIT_DONE;
}

static int render_all(const struct gw_command_line *line, const struct gw_bootstrap *bootstrap)
{
    struct rendering rendering = {.format = line->format, .trial = gw_notice_trial_new()};
    int exit_status;

    if (rendering.trial == NULL)
        return gw_complain_memory(line);
    gw_printout_open(&rendering.printout, line->format, columns, gw_array_length(columns));
    for (size_t index = 0; index < bootstrap->route_count; index++) {
        const struct gw_route *route = &bootstrap->routes[index];

        render_list(&rendering, "notify", &route->notify, route->event);
        render_list(&rendering, "fallback", &route->fallback, route->event);
    }
    exit_status = finish(line, &rendering);
    gw_notice_trial_free(rendering.trial);
    return exit_status;
}

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

int gw_verb_notify_render(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], false);
    const struct gw_bootstrap *bootstrap = NULL;
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    request.only_warns_of_templates = true;
    exit_status = gw_bootstrap_file_read(arena, &request, &bootstrap);
    return exit_status == GW_EXIT_DONE ? render_all(line, bootstrap) : exit_status;
}

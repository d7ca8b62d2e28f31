/* SPDX-License-Identifier: Apache-2.0 */
/* `check`: runs the check of every component, and prints a row for each finding. */
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "gateway/component_check.h"

#include <gangway/scope.h>

enum { COMPONENT, RESULT, SUBJECT, FINDING };

static const struct gw_column columns[] = {
    [COMPONENT] = {.name = "component"},
    [RESULT] = {.name = "result"},
    [SUBJECT] = {.name = "subject"},
    [FINDING] = {.name = "finding"},
};

struct checking {
    const struct gw_bootstrap *bootstrap;
    struct gw_printout printout;
    struct gw_arena *arena; /* for the texts of one component */
    const char *component;
    bool has_failed; /* at least one component has failed */
};

static void add_line(struct checking *checking, enum gw_status status, const char *subject, const char *finding)
{
    const char *cells[] = {[COMPONENT] = checking->component,
                           [RESULT] = status == GW_OK ? "ok" : "failed",
                           [SUBJECT] = subject,
                           [FINDING] = finding};

    gw_printout_add(&checking->printout, cells);
}

static void on_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    struct checking *checking = report->context;
    const char *subject_copy = gw_arena_copy(checking->arena, subject.ptr, (size_t)subject.len);
    const char *finding_copy = gw_arena_copy(checking->arena, finding.ptr, (size_t)finding.len);

    if (subject_copy == NULL || finding_copy == NULL)
        checking->printout.has_failed = true;
    else
        add_line(checking, (enum gw_status)status, subject_copy, finding_copy);
}

static void check_component(struct checking *checking, const struct gw_log *log, const struct gw_component *component)
{
    struct gw_report report = {.size = sizeof report, .context = checking, .line = on_line};

    checking->component = component->id;
    if (gw_component_check(checking->bootstrap, component, log, &report) != GW_OK)
        checking->has_failed = true;
    gw_printout_flush(&checking->printout); /* the check of the next component may take long */
    gw_arena_reset(checking->arena, SIZE_MAX);
}

static void check_list(struct checking *checking, const struct gw_log *log, const struct gw_component_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        check_component(checking, log, list->items[i]);
}

static int check_all(const struct gw_command_line *line, const struct gw_bootstrap *bootstrap, struct gw_arena *texts)
{
    struct gw_log log = gw_bootstrap_log(bootstrap);
    struct checking checking = {.bootstrap = bootstrap, .arena = texts};

    gw_printout_open(&checking.printout, line->format, columns, gw_array_length(columns));
    check_component(&checking, &log, bootstrap->repository);
    check_list(&checking, &log, &bootstrap->entrypoints);
    check_list(&checking, &log, &bootstrap->publishers);
    check_list(&checking, &log, &bootstrap->notifiers);
    if (!gw_printout_close(&checking.printout))
        return gw_complain_memory(line);
    return checking.has_failed ? GW_EXIT_FAILED : GW_EXIT_DONE;
}

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

int gw_verb_check(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    gw_auto(gw_arena_free) struct gw_arena *texts = gw_bootstrap_arena_new();
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], true);
    const struct gw_bootstrap *bootstrap = NULL;
    int exit_status;

    if (arena == NULL || texts == NULL)
        return gw_complain_memory(line);
    exit_status = gw_bootstrap_file_read(arena, &request, &bootstrap);
    return exit_status == GW_EXIT_DONE ? check_all(line, bootstrap, texts) : exit_status;
}

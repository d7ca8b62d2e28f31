/* SPDX-License-Identifier: Apache-2.0 */
/* `lint`: reports every error of a bootstrap file that can be found without secrets and without a network. */
#include "base/terminal_text.h"
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"
#include "process/thread_host.h"

#include <gangway/scope.h>

#include <stdio.h>

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

/* Reading the file has called the lint of each plugin. Only open can find what prevents a plugin from running on this
 * machine; it changes nothing outside of the process. */
static void lint_component(struct gw_diagnostics *diagnostics, const char *service, const struct gw_log *log,
                           const struct gw_component *component)
{
    struct gw_thread_host host;
    struct gw_error error = {0};
    void *self = NULL;

    if (!component->is_resolved)
        return;
    gw_thread_host_init(&host, service, component->id, log, -1);
    if (component->plugin->open(&host.table, component->config, &self, &error) == GW_OK)
        component->plugin->close(self);
    else
        gw_diagnostics_add(diagnostics, GW_SEVERITY_ERROR, component->line, component->column, "%s: %s", component->id,
                           error.text);
}

static void lint_list(struct gw_diagnostics *diagnostics, const char *service, const struct gw_log *log,
                      const struct gw_component_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        lint_component(diagnostics, service, log, list->items[i]);
}

static void lint_components(struct gw_diagnostics *diagnostics, const struct gw_bootstrap *bootstrap)
{
    struct gw_log log = gw_bootstrap_log(bootstrap);
    const char *service = bootstrap->settings.service;

    lint_component(diagnostics, service, &log, bootstrap->repository);
    lint_list(diagnostics, service, &log, &bootstrap->entrypoints);
    lint_list(diagnostics, service, &log, &bootstrap->publishers);
    lint_list(diagnostics, service, &log, &bootstrap->notifiers);
}

int gw_verb_lint(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], false);
    const struct gw_bootstrap *bootstrap = NULL;
    struct gw_diagnostics diagnostics;
    enum gw_status status;

    if (arena == NULL)
        return gw_complain_memory(line);
    gw_diagnostics_init(&diagnostics, arena, request.file);
    status = gw_bootstrap_read(arena, &request, &diagnostics, &bootstrap);
    if (status == GW_OK)
        lint_components(&diagnostics, bootstrap);
    gw_bootstrap_print_findings(&diagnostics, false);
    if (status == GW_NOMEM || diagnostics.has_failed)
        return GW_EXIT_FAILED;
    if (status != GW_OK || diagnostics.errors > 0)
        return GW_EXIT_CONFIG;
    gw_terminal_print_line(stdout, "%s: ok", request.file);
    return GW_EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `allocate-csv`: `run` with a bootstrap file of its own, whose paths are in the folder, and with a summary in the
 * terms of these files. It checks what it can before it starts. A later failure ends it, whereas `run` would retry.
 */
#include "base/fault_point.h"
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/verbs.h"
#include "cli/verbs/run.h"
#include "gateway/component_check.h"

#include <gangway/scope.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static const char bootstrap_text[] = "service: allocate-csv\n"
                                     "repository: {plugin: csv_repository, path: .}\n"
                                     "entrypoints:\n"
                                     "  orders:\n"
                                     "    plugin: csv_reader\n"
                                     "    path: orders.csv\n"
                                     "    command: Allocate\n"
                                     "    reread: true\n"
                                     "notifiers:\n"
                                     "  console: {plugin: console_notifier}\n"
                                     "routes:\n"
                                     "  OutOfStock: {notify: [console]}\n"
                                     "log: {level: warning, format: plain}\n";

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

/* A repository without batches is valid, but a folder without the file is the wrong folder. */
static int look_for(const struct gw_command_line *line, const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat seen;

    if (snprintf(path, sizeof path, "%s%s%s", folder, name[0] != '\0' ? "/" : "", name) >= (int)sizeof path)
        return gw_complain(line, "%s: the path is too long", folder);
    if (stat(path, &seen) != 0)
        return gw_complain(line, "%s: %s; expected a folder with batches.csv and orders.csv", path, strerror(errno));
    if (S_ISDIR(seen.st_mode) != (name[0] == '\0'))
        return gw_complain(line, "%s: expected a %s", path, name[0] == '\0' ? "folder" : "file");
    return GW_EXIT_DONE;
}

static void on_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    if (status != GW_OK)
        (void)gw_complain(report->context, "%.*s: %.*s", (int)subject.len, subject.ptr, (int)finding.len, finding.ptr);
}

static int check(const struct gw_command_line *line, const struct gw_bootstrap_request *request)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_report report = {.size = sizeof report, .context = (void *)line, .line = on_line};
    const struct gw_bootstrap *bootstrap = NULL;
    struct gw_log log;
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    exit_status = gw_bootstrap_file_read(arena, request, &bootstrap);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    log = gw_bootstrap_log(bootstrap);
    if (gw_component_check(bootstrap, bootstrap->repository, &log, &report) != GW_OK ||
        gw_component_check(bootstrap, bootstrap->entrypoints.items[0], &log, &report) != GW_OK)
        return GW_EXIT_FAILED;
    return GW_EXIT_DONE;
}

/* Every line that was applied was allocated, or its product was out of stock. */
static void summarize(struct gw_buffer *text, const struct gw_gateway_figures *figures, enum gw_gateway_end end,
                      int64_t elapsed_ms)
{
    uint64_t applied = figures->settled[GW_OUTCOME_APPLIED];
    uint64_t out_of_stock = figures->sent < applied ? figures->sent : applied;

    (void)elapsed_ms;
    gw_buffer_append_format(text,
                            "%" PRIu64 " order lines read: %" PRIu64 " allocated, %" PRIu64
                            " allocated before, %" PRIu64 " out of stock, %" PRIu64 " refused\n",
                            figures->received, applied - out_of_stock, figures->settled[GW_OUTCOME_SKIPPED],
                            out_of_stock, figures->settled[GW_OUTCOME_DEAD]);
    if (end != GW_GATEWAY_FINISHED)
        gw_buffer_append_format(text,
                                "stopped before the end; finished allocations are kept, the next run continues\n");
}

int gw_verb_allocate_csv(const struct gw_command_line *line)
{
    const char *folder = line->operands[0];
    struct gw_bootstrap_request request;
    char file[PATH_MAX];
    int exit_status = look_for(line, folder, "");

    if (exit_status == GW_EXIT_DONE)
        exit_status = look_for(line, folder, "batches.csv");
    if (exit_status == GW_EXIT_DONE)
        exit_status = look_for(line, folder, "orders.csv");
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    (void)snprintf(file, sizeof file, "%s/allocate-csv", folder);
    request = gw_bootstrap_request_of(line, file, true);
    request.text = bootstrap_text;
    exit_status = check(line, &request);
    gw_fault_point("check");
    return exit_status == GW_EXIT_DONE ? gw_run(&request, true, summarize) : exit_status;
}

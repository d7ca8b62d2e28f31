/* SPDX-License-Identifier: Apache-2.0 */
/* `plugin verify`: the loader's checks on a file, a line each. */
#include "base/terminal_text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "plugin/loader.h"
#include "plugin/port_spec.h"

#include <gangway/scope.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { RESULT, CHECK, FINDING };

static const struct gw_column columns[] = {
    [RESULT] = {.name = "result"}, [CHECK] = {.name = "check"}, [FINDING] = {.name = "finding"}};

static void on_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    char check[128];
    char found[1024];
    const char *cells[] = {[RESULT] = status == GW_OK ? "ok" : "failed", [CHECK] = check, [FINDING] = found};

    (void)snprintf(check, sizeof check, "%.*s", (int)subject.len, subject.ptr);
    (void)snprintf(found, sizeof found, "%.*s", (int)finding.len, finding.ptr);
    gw_printout_add(report->context, cells);
}

/* Prints how to run the contract suite of the port, because the loader cannot check what a plugin does. */
static void print_suite(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    char folder[PATH_MAX];
    char name[NAME_MAX + 1];
    const struct gw_plugin *plugin = NULL;

    (void)snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path) + 1 : 2,
                   slash != NULL ? path : "./");
    (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(base) - strlen(".so")), base);
    if (gw_loader_load(folder, name, &plugin, NULL) != GW_OK)
        return;
    (void)fputs("It can be loaded. Whether it does what its port says is for the contract suite to find out:\n",
                stderr);
    gw_terminal_print_line(stderr, "gangway-contract %s %s OPTION=VALUE...", gw_port_spec_find(plugin->port)->word,
                           path);
}

int gw_verb_plugin_verify(const struct gw_command_line *line)
{
    const char *path = line->operands[0];
    struct gw_printout printout;
    struct gw_report report = {.size = sizeof report, .context = &printout, .line = on_line};
    enum gw_status status;

    gw_printout_open(&printout, line->format, columns, gw_array_length(columns));
    status = gw_loader_verify(path, &report);
    if (!gw_printout_close(&printout))
        return gw_complain_memory(line);
    if (status != GW_OK)
        return gw_complain(line, "%s cannot be loaded by this gateway", path);
    print_suite(path);
    return GW_EXIT_DONE;
}

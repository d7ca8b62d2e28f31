/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/offline.h"

#include "base/terminal_text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"

#include <stdio.h>
#include <string.h>

int gw_offline_complain(const struct gw_offline *offline, const struct gw_error *error)
{
    (void)gw_complain(offline->line, "%s: %s", offline->bootstrap->repository->id, error->text);
    if (strstr(error->text, "gangway migrate") != NULL)
        gw_terminal_print_line(stderr, "to bring the schema up to date: gangway migrate %s", offline->bootstrap->file);
    return GW_EXIT_FAILED;
}

int gw_offline_open_repository(struct gw_offline *offline, const struct gw_command_line *line, const char *file)
{
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, file, true);
    const struct gw_component *component;
    struct gw_error error = {0};
    enum gw_status status;
    int exit_status;

    *offline = (struct gw_offline){.line = line, .arena = gw_bootstrap_arena_new()};
    if (offline->arena == NULL)
        return gw_complain_memory(line);
    exit_status = gw_bootstrap_file_read(offline->arena, &request, &offline->bootstrap);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    component = offline->bootstrap->repository;
    offline->log = gw_bootstrap_log(offline->bootstrap);
    offline->repository = component->plugin->ops;
    gw_thread_host_init(&offline->host, offline->bootstrap->settings.service, component->id, &offline->log, -1);
    status = component->plugin->open(&offline->host.table, component->config, &offline->self, &error);
    if (status == GW_OK)
        return GW_EXIT_DONE;
    (void)gw_complain(line, "%s: %s", component->id, error.text);
    return status == GW_CONFIG ? GW_EXIT_CONFIG : GW_EXIT_FAILED;
}

int gw_offline_open(struct gw_offline *offline, const struct gw_command_line *line, const char *file)
{
    int exit_status = gw_offline_open_repository(offline, line, file);
    struct gw_error error = {0};

    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (offline->repository->open_session(offline->self, &offline->host.table, &offline->session, &error) == GW_OK)
        return GW_EXIT_DONE;
    return gw_offline_complain(offline, &error);
}

void gw_offline_close(struct gw_offline *offline)
{
    if (offline->session != NULL)
        offline->repository->close_session(offline->session);
    if (offline->self != NULL)
        offline->bootstrap->repository->plugin->close(offline->self);
    gw_arena_free(offline->arena);
    *offline = (struct gw_offline){0};
}

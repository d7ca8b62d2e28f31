/* SPDX-License-Identifier: Apache-2.0 */
/* `status`: what the running gateway answers about its components. */
#include "cli/admin_client.h"
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"

#include <gangway/scope.h>

#include <stdio.h>

enum { OK = 200 };

GW_DEFINE_AUTO(struct gw_admin_client, gw_admin_client_close);
GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

static int print_status(const struct gw_command_line *line, struct gw_admin_client *client)
{
    const char *path = line->format == GW_FORMAT_JSON ? "/api/v1/status?format=json" : "/api/v1/status";
    struct gw_admin_answer answer;
    int exit_status = gw_admin_client_ask(client, "GET", path, (struct gw_text){0}, &answer);

    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (answer.status != OK)
        return gw_complain(line, "the gateway answers with status %ld: %s", answer.status, answer.body.ptr);
    (void)fwrite(answer.body.ptr, 1, (size_t)answer.body.len, stdout);
    return GW_EXIT_DONE;
}

/* A file is read for its admin.socket only, so its secrets may be missing. */
static int read_socket(const struct gw_command_line *line, struct gw_arena *arena, const char **ret_socket)
{
    const char *file = gw_command_line_value(line, GW_FLAG_CONFIG);
    struct gw_bootstrap_request request;
    const struct gw_bootstrap *bootstrap = NULL;
    int exit_status;

    if (file == NULL)
        return GW_EXIT_DONE;
    request = gw_bootstrap_request_of(line, file, false);
    exit_status = gw_bootstrap_file_read(arena, &request, &bootstrap);
    if (exit_status == GW_EXIT_DONE)
        *ret_socket = bootstrap->settings.admin_socket;
    return exit_status;
}

int gw_verb_status(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    gw_auto(gw_admin_client_close) struct gw_admin_client *client = NULL;
    const char *socket = NULL;
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    exit_status = read_socket(line, arena, &socket);
    if (exit_status == GW_EXIT_DONE)
        exit_status = gw_admin_client_open(line, socket, &client);
    return exit_status == GW_EXIT_DONE ? print_status(line, client) : exit_status;
}

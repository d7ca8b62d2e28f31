/* SPDX-License-Identifier: Apache-2.0 */
/* `status`: what the running gateway answers about its components. */
#include "cli/admin_client.h"
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"
#include "cli/verbs/status_table.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <unistd.h>

enum { OK = 200, WATCH_S = 2, MAX_BYTES = 64 * 1024 * 1024 };

#define CLEAR_SCREEN "\033[H\033[2J"

GW_DEFINE_AUTO(struct gw_admin_client, gw_admin_client_close);
GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

static int append_answer(const struct gw_command_line *line, struct gw_text answer, struct gw_buffer *text)
{
    struct gw_error error = {0};

    if (line->format == GW_FORMAT_JSON)
        gw_buffer_append(text, answer.ptr, (size_t)answer.len);
    else if (gw_status_table(text, answer, &error) != GW_OK)
        return gw_complain(line, "the gateway answered what is no status: %s", error.text);
    return text->has_failed ? gw_complain_memory(line) : GW_EXIT_DONE;
}

static int print_answer(const struct gw_command_line *line, struct gw_admin_client *client, struct gw_buffer *text)
{
    struct gw_admin_answer answer;
    int exit_status = gw_admin_client_ask(client, "GET", "/api/v1/status", (struct gw_text){0}, &answer);

    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (answer.status != OK)
        return gw_complain(line, "the gateway answers with status %ld: %s", answer.status, answer.body.ptr);
    gw_buffer_reset(text);
    if (gw_command_line_has(line, GW_FLAG_WATCH) && isatty(STDOUT_FILENO))
        gw_buffer_append_string(text, CLEAR_SCREEN);
    exit_status = append_answer(line, answer.body, text);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    (void)fwrite(text->ptr, 1, text->len, stdout);
    return fflush(stdout) == 0 ? GW_EXIT_DONE : GW_EXIT_FAILED;
}

/* Until it is interrupted, the gateway does not answer any more, or nobody reads. */
static int print_status(const struct gw_command_line *line, struct gw_admin_client *client)
{
    struct gw_buffer text;
    int exit_status;

    gw_buffer_init(&text, MAX_BYTES);
    for (;;) {
        exit_status = print_answer(line, client, &text);
        if (exit_status != GW_EXIT_DONE || !gw_command_line_has(line, GW_FLAG_WATCH))
            break;
        (void)sleep(WATCH_S);
    }
    gw_buffer_done(&text);
    return exit_status;
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

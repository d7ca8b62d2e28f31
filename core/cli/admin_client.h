/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the running gateway over its admin socket. The socket is the one of --socket, else the one that the bootstrap
 * file names, else the only live one in the runtime directory. Main thread.
 */
#ifndef GW_CLI_ADMIN_CLIENT_H
#define GW_CLI_ADMIN_CLIENT_H

#include "cli/command_line.h"

#include <gangway/text.h>

struct gw_admin_client;

struct gw_admin_answer {
    long status;         /* of HTTP */
    struct gw_text body; /* NUL-terminated; until the next question or close */
};

/* Finds the socket. file_socket: of the bootstrap file; NULL: none. Returns GW_EXIT_DONE with *ret_client; otherwise
 * the exit status, and the error was printed: GW_EXIT_USAGE with a list when several gateways run. */
int gw_admin_client_open(const struct gw_command_line *line, const char *file_socket,
                         struct gw_admin_client **ret_client);
void gw_admin_client_close(struct gw_admin_client *client);

/* Sends a request and waits for its answer, up to a minute. path: with its query. body: empty for none.
 * Returns GW_EXIT_DONE, whatever the status of the answer; GW_EXIT_FAILED: there was none, and the error was printed.
 */
int gw_admin_client_ask(struct gw_admin_client *client, const char *method, const char *path, struct gw_text body,
                        struct gw_admin_answer *ret_answer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to the repository of a bootstrap file for a verb that is not a gateway, whether a gateway runs or not. It
 * claims nothing and does not change the schema. Main thread.
 */
#ifndef GW_CLI_OFFLINE_H
#define GW_CLI_OFFLINE_H

#include "cli/bootstrap_file.h"
#include "process/thread_host.h"

#include <gangway/error.h>
#include <gangway/port/repository.h>

struct gw_offline {
    const struct gw_command_line *line;
    struct gw_arena *arena; /* for the model and for the verb */
    const struct gw_bootstrap *bootstrap;
    const struct gw_repository_ops *repository;
    struct gw_log log;
    struct gw_thread_host host;
    void *self;
    struct gw_session *session;
};

/* Reads the file with its secrets and opens the repository without a session. Returns the exit status; an error was
 * printed. Call close in any case. */
int gw_offline_open_repository(struct gw_offline *offline, const struct gw_command_line *line, const char *file);

/* The same, with a session. */
int gw_offline_open(struct gw_offline *offline, const struct gw_command_line *line, const char *file);

void gw_offline_close(struct gw_offline *offline);

/* Prints why the repository failed, and how to migrate if that is the remedy. Returns the exit status. */
int gw_offline_complain(const struct gw_offline *offline, const struct gw_error *error);

#endif

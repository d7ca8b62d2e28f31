/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first step of every verb with a bootstrap file: reads the file, prints its findings on standard error, and sets
 * up the log as the file says. Main thread.
 */
#ifndef GW_CLI_BOOTSTRAP_FILE_H
#define GW_CLI_BOOTSTRAP_FILE_H

#include "base/log.h"
#include "cli/command_line.h"
#include "config/bootstrap.h"

/* An arena for the model of one file. NULL: no memory. */
struct gw_arena *gw_bootstrap_arena_new(void);

/* The request for this file with the options of the command line. */
struct gw_bootstrap_request gw_bootstrap_request_of(const struct gw_command_line *line, const char *file,
                                                    bool resolves_secrets);

/* Reads the file and prints the findings. Returns GW_EXIT_DONE with *ret_bootstrap, or the exit status of the verb. */
int gw_bootstrap_file_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                           const struct gw_bootstrap **ret_bootstrap);

/* The same for `run`: findings that nobody reads are dropped, so that the gateway starts. */
int gw_bootstrap_service_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                              const struct gw_bootstrap **ret_bootstrap);

/* Prints findings on standard error. is_service: findings that nobody reads are dropped, and the call does not block.
 */
void gw_bootstrap_print_findings(const struct gw_diagnostics *diagnostics, bool is_service);

/* A log on standard error: as plain text if that is a terminal, unless the file says otherwise. */
struct gw_log gw_bootstrap_log(const struct gw_bootstrap *bootstrap);

#endif

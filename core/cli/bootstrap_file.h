/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every verb that is given a bootstrap file begins with: reads it, tells the operator on standard error what is
 * wrong with it, and sets up the log as it says. Main thread.
 */
#ifndef GW_CLI_BOOTSTRAP_FILE_H
#define GW_CLI_BOOTSTRAP_FILE_H

#include "base/log.h"
#include "cli/command_line.h"
#include "config/bootstrap.h"

/* An arena for the model of one file; NULL when memory has run out. */
struct gw_arena *gw_bootstrap_arena_new(void);

/* The file as this command line asks for it. */
struct gw_bootstrap_request gw_bootstrap_request_of(const struct gw_command_line *line, const char *file,
                                                    bool resolves_secrets);

/* Reads the file and prints the findings. Returns the exit status: GW_EXIT_DONE and *ret_bootstrap, or what the verb
 * ends with. */
int gw_bootstrap_file_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                           const struct gw_bootstrap **ret_bootstrap);

/* The same for the gateway itself, which starts whether or not anybody reads the findings. */
int gw_bootstrap_service_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                              const struct gw_bootstrap **ret_bootstrap);

/* Prints findings on standard error. is_service: those that nobody reads are dropped, not waited for. */
void gw_bootstrap_print_findings(const struct gw_diagnostics *diagnostics, bool is_service);

/* A log on standard error: plain where that is a terminal, unless the file says otherwise. */
struct gw_log gw_bootstrap_log(const struct gw_bootstrap *bootstrap);

#endif

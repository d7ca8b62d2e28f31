/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `run`, from the file's name to the exit status. Main thread. */
#ifndef GW_RUNTIME_RUN_H
#define GW_RUNTIME_RUN_H

#include "runtime/bootstrap.h"
#include "runtime/exit_status.h"

/* Reads the file with its secrets, runs the gateway until it ends or is stopped by SIGTERM or SIGINT, and prints the
 * summary. Returns the exit status. */
int gw_run(const struct gw_bootstrap_request *request);

#endif

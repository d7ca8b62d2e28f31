/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the name of a bootstrap file to the exit status: for the verb `run` and for a verb that runs a gateway of its
 * own. Main thread.
 */
#ifndef GW_CLI_VERBS_RUN_H
#define GW_CLI_VERBS_RUN_H

#include "base/buffer.h"
#include "cli/exit_status.h"
#include "config/bootstrap.h"
#include "gateway/gateway.h"

/* Writes the summary of a run. */
typedef void gw_summary_fn(struct gw_buffer *text, const struct gw_gateway_figures *figures, enum gw_gateway_end end,
                           int64_t elapsed_ms);

/* Reads the file with its secrets, runs the gateway until it ends or SIGTERM or SIGINT stops it, and prints the summary
 * with `summarize`. ends_at_fault: a failure that only an operator can remove ends the run; otherwise the gateway
 * retries. Returns the exit status. */
int gw_run(const struct gw_bootstrap_request *request, bool ends_at_fault, gw_summary_fn *summarize);

#endif

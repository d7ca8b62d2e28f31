/* SPDX-License-Identifier: Apache-2.0 */
/* `run`: reads the options and starts the gateway. */
#include "cli/bootstrap_file.h"
#include "cli/run.h"
#include "cli/summary.h"
#include "cli/verbs.h"

int gw_verb_run(const struct gw_command_line *line)
{
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], true);

    return gw_run(&request, false, gw_summary_print);
}

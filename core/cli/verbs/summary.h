/* SPDX-License-Identifier: Apache-2.0 */
/* What a run has done, for a person: one line while it runs on a terminal, a few at its end. Main thread. */
#ifndef GW_CLI_VERBS_SUMMARY_H
#define GW_CLI_VERBS_SUMMARY_H

#include "base/buffer.h"
#include "base/output.h"
#include "gateway/gateway.h"

/* Writes how many messages were received, their outcomes, and what was delivered. */
void gw_summary_print(struct gw_buffer *text, const struct gw_gateway_figures *figures, enum gw_gateway_end end,
                      int64_t elapsed_ms);

/* The progress line of an input whose size or lag is known: messages, rate, share, lag. It overwrites itself. */
struct gw_progress {
    struct gw_output *output; /* a terminal; NULL: the line is not shown */
    int64_t started_ms;
    int64_t shown_ms; /* when the line was last written; 0: it is not shown */
};

/* Shows progress if output is a terminal. The log removes the line before it writes to the same terminal. */
void gw_progress_init(struct gw_progress *progress, struct gw_output *output, struct gw_log *log);

/* Writes the line if it is due. A terminal that does not accept output, because it is stopped, is skipped. */
void gw_progress_show(struct gw_progress *progress, const struct gw_gateway_figures *figures);

/* Removes the line. */
void gw_progress_clear(struct gw_progress *progress);

#endif

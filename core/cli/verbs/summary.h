/* SPDX-License-Identifier: Apache-2.0 */
/* What a run has done, for a person: one line while it runs on a terminal, a few at its end. Main thread. */
#ifndef GW_CLI_VERBS_SUMMARY_H
#define GW_CLI_VERBS_SUMMARY_H

#include "base/buffer.h"
#include "base/output.h"
#include "gateway/gateway.h"

/* Says what came in, what became of it and what went out. */
void gw_summary_print(struct gw_buffer *text, const struct gw_gateway_figures *figures, enum gw_gateway_end end,
                      int64_t elapsed_ms);

/* A line about an input whose size or lag is known, while it takes a while: messages, rate, share, lag. Writes over
 * itself. */
struct gw_progress {
    struct gw_output *output; /* a terminal; NULL: nobody watches */
    int64_t started_ms;
    int64_t shown_ms; /* when the line was written last; 0: there is none */
};

/* Watches from now on if output is a terminal; what log writes on one takes the line away before. */
void gw_progress_init(struct gw_progress *progress, struct gw_output *output, struct gw_log *log);

/* Writes the line, if it is time for that and the terminal takes it: a stopped one is not waited for. */
void gw_progress_show(struct gw_progress *progress, const struct gw_gateway_figures *figures);

/* Takes the line away. */
void gw_progress_clear(struct gw_progress *progress);

#endif

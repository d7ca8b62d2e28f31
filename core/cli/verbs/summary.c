/* SPDX-License-Identifier: Apache-2.0 */
/* Words and figures; decides nothing. */
#include "cli/verbs/summary.h"

#include "base/clock.h"

#include <inttypes.h>

enum { PATIENCE_MS = 1000, REFRESH_MS = 200, LINE_MAX_BYTES = 4096 };

static const char clear_line[] = "\r\033[K";

static uint64_t per_second(uint64_t count, int64_t elapsed_ms)
{
    return elapsed_ms > 0 ? count * 1000 / (uint64_t)elapsed_ms : count;
}

static const char *end_text(enum gw_gateway_end end)
{
    switch (end) {
    case GW_GATEWAY_FINISHED:
        return "finished";
    case GW_GATEWAY_STOPPED:
        return "stopped";
    case GW_GATEWAY_CUT_OFF:
        return "cut off what did not end in time, which is read again at the next start, and stopped";
    case GW_GATEWAY_FAILED:
        return "ended because a worker stopped on an error (see the log)";
    }
    return "";
}

void gw_summary_print(struct gw_buffer *text, const struct gw_gateway_figures *figures, enum gw_gateway_end end,
                      int64_t elapsed_ms)
{
    const uint64_t *settled = figures->settled;

    gw_buffer_append_format(text, "gangway %s after %" PRId64 ".%03" PRId64 " s\n", end_text(end), elapsed_ms / 1000,
                            elapsed_ms % 1000);
    gw_buffer_append_format(text,
                            "  messages    %" PRIu64 " received, %" PRIu64 " applied, %" PRIu64 " skipped, %" PRIu64
                            " duplicate, %" PRIu64 " rejected, %" PRIu64 " dead, %" PRIu64 " returned (%" PRIu64
                            " per second)\n",
                            figures->received, settled[GW_OUTCOME_APPLIED], settled[GW_OUTCOME_SKIPPED],
                            settled[GW_OUTCOME_DUPLICATE], settled[GW_OUTCOME_REJECTED], settled[GW_OUTCOME_DEAD],
                            settled[GW_OUTCOME_RETURNED], per_second(figures->received, elapsed_ms));
    gw_buffer_append_format(text,
                            "  deliveries  %" PRIu64 " sent, %" PRIu64 " tried again, %" PRIu64 " refused for good\n",
                            figures->sent, figures->retried, figures->dead_rows);
    if (figures->lag_sources > 0)
        gw_buffer_append_format(text, "  lag         %" PRIu64 " messages not read yet, in %" PRIu32 " source%s\n",
                                figures->lag, figures->lag_sources, figures->lag_sources == 1 ? "" : "s");
    if (figures->stopped_sources > 0)
        gw_buffer_append_format(text, "  stopped     %" PRIu64 " source%s waiting for an operator; see the log\n",
                                figures->stopped_sources, figures->stopped_sources == 1 ? "" : "s");
    if (figures->log_records_dropped > 0)
        gw_buffer_append_format(text, "  log         %" PRIu64 " records dropped because nobody read them\n",
                                figures->log_records_dropped);
    if (settled[GW_OUTCOME_DEAD] + figures->dead_rows > 0)
        gw_buffer_append_format(text, "  dead letters are kept: see `gangway dlq list`\n");
}

void gw_progress_init(struct gw_progress *progress, struct gw_output *output, struct gw_log *log)
{
    *progress =
        (struct gw_progress){.output = output->is_terminal ? output : NULL, .started_ms = gw_clock_monotonic_ms()};
    log->clears_line = progress->output != NULL && log->output != NULL && log->output->is_terminal;
}

static void format_progress(struct gw_buffer *text, const struct gw_gateway_figures *figures, int64_t elapsed)
{
    gw_buffer_append_format(text, "%s%" PRIu64 " messages, %" PRIu64 " per second", clear_line, figures->received,
                            per_second(figures->received, elapsed));
    if (figures->progress_total > 0)
        gw_buffer_append_format(text, ", %" PRIu64 " %% of the input",
                                figures->progress_done * 100 / figures->progress_total);
    if (figures->lag_sources > 0)
        gw_buffer_append_format(text, ", %" PRIu64 " not read yet", figures->lag);
}

void gw_progress_show(struct gw_progress *progress, const struct gw_gateway_figures *figures)
{
    int64_t now = gw_clock_monotonic_ms();
    int64_t elapsed = now - progress->started_ms;
    struct gw_buffer text;

    if (progress->output == NULL || (figures->progress_total == 0 && figures->lag_sources == 0) ||
        elapsed < PATIENCE_MS || now - progress->shown_ms < REFRESH_MS)
        return;
    progress->shown_ms = now;
    gw_buffer_init(&text, LINE_MAX_BYTES);
    format_progress(&text, figures, elapsed);
    (void)gw_output_offer(progress->output, text.ptr, text.len);
    gw_buffer_done(&text);
}

void gw_progress_clear(struct gw_progress *progress)
{
    if (progress->output == NULL || progress->shown_ms == 0)
        return;
    (void)gw_output_offer(progress->output, clear_line, sizeof clear_line - 1);
    progress->shown_ms = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds stalled sources: messages wait and the position does not move, because a record cannot be read or a partition
 * has no leader. The entrypoint reports how many messages wait (GW_METRIC_LAG). If the entrypoint always has more
 * messages than a poll takes, a source may just wait for its turn, so the limit is longer.
 */
#include "base/clock.h"
#include "worker/worker_internal.h"

enum {
    WATCH_MS = 1000,
    STILL_MS = 10000,     /* how long a position may stay the same */
    STILL_BUSY_MS = 60000 /* the same, while other sources keep the worker busy */
};

static void note_lag(void *context, struct gw_text name, int64_t lag)
{
    struct gw_worker_source *source = gw_worker_source_find(context, name);

    if (source != NULL)
        source->lag = lag;
}

static void log_stall(const struct gw_worker *worker, const struct gw_worker_source *source, int64_t now_ms)
{
    int len = (int)source->turn.name.len;
    const char *name = source->turn.name.ptr;
    long long at = (long long)source->turn.position;

    gw_log_event(
        worker->plan.log, GW_CODE_SOURCE_STALLED, worker->plan.id,
        "source %.*s is stalled: it has been at offset %lld for %lld s while %lld messages wait; the message at "
        "that offset cannot be read now; retrying; to skip it: `gangway positions %s --set %.*s %lld`",
        len, name, at, (long long)(now_ms - source->still_ms) / 1000, (long long)source->lag, worker->plan.file, len,
        name, at + 1);
}

static void moves(struct gw_worker *worker, struct gw_worker_source *source)
{
    if (source->is_stalled)
        gw_log_event(worker->plan.log, GW_CODE_SOURCE_UNSTALLED, worker->plan.id,
                     "source %.*s is no longer stalled: it moved from offset %lld to %lld", (int)source->turn.name.len,
                     source->turn.name.ptr, (long long)source->watched_position, (long long)source->turn.position);
    source->is_stalled = false;
    source->still_ms = 0;
    source->watched_position = source->turn.position;
}

/* The source does not move: records since when, and logs it when that is too long. */
static void stands_still(struct gw_worker *worker, struct gw_worker_source *source, bool is_drained, int64_t now_ms)
{
    if (source->still_ms == 0)
        source->still_ms = now_ms;
    if (!source->is_stalled && now_ms - source->still_ms < (is_drained ? STILL_MS : STILL_BUSY_MS))
        return;
    source->is_stalled = true;
    if (gw_log_pace_is_due(&source->stall_pace, now_ms))
        log_stall(worker, source, now_ms);
}

void gw_worker_sources_watch(struct gw_worker *worker, bool is_drained)
{
    struct gw_worker_sources *sources = &worker->sources;
    int64_t now_ms = gw_clock_monotonic_ms();

    sources->was_drained = sources->was_drained || is_drained;
    if (now_ms < sources->next_watch_ms)
        return;
    for (struct gw_worker_source *source = sources->first; source != NULL; source = source->next)
        source->lag = GW_METRIC_UNKNOWN;
    gw_metrics_visit(&worker->metrics, GW_METRIC_LAG, note_lag, worker);
    for (struct gw_worker_source *source = sources->first; source != NULL; source = source->next) {
        if (!source->is_started || source->is_closed)
            source->still_ms = 0;
        else if (source->lag <= 0 || source->turn.position != source->watched_position)
            moves(worker, source);
        else
            stands_still(worker, source, sources->was_drained, now_ms);
    }
    sources->was_drained = false;
    sources->next_watch_ms = gw_clock_monotonic_ms() + WATCH_MS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Opens its session when the repository answers, runs what is due, and logs failures at intervals. */
#include "gateway/housekeeper.h"

#include "base/clock.h"

#include <malloc.h>

enum {
    RETRY_MS = 60 * 1000,
    /* If expired ids are left for this long, more arrive than can be deleted. */
    BEHIND_MS = 10 * 60 * 1000,
    WARNING_MS = 60 * 60 * 1000
};

void gw_housekeeper_init(struct gw_housekeeper *housekeeper, const struct gw_housekeeper_plan *plan)
{
    *housekeeper = (struct gw_housekeeper){.plan = *plan};
    gw_backlog_init(&housekeeper->backlog, plan->repository_plugin);
    gw_expiry_init(&housekeeper->expiry, plan->repository_plugin, plan->keep);
    gw_component_thread_init(&housekeeper->thread,
                             &(struct gw_component_thread_plan){.service = plan->service,
                                                                .id = plan->component,
                                                                .log = plan->log,
                                                                .repository_plugin = plan->repository_plugin,
                                                                .repository_self = plan->repository_self,
                                                                .stop = plan->stop,
                                                                .abort = plan->abort,
                                                                .ended = plan->ended});
}

/* Whether a warning is due: at most one per hour. */
static bool may_warn(struct gw_housekeeper *housekeeper, int64_t now_ms)
{
    if (now_ms < housekeeper->next_warning_ms)
        return false;
    housekeeper->next_warning_ms = now_ms + WARNING_MS;
    return true;
}

/* For status: the repository does not answer the housekeeper. */
static void note_failure(struct gw_housekeeper *housekeeper, const struct gw_error *error)
{
    housekeeper->failures++;
    if (error->status != GW_CANCELLED)
        gw_last_failure_set(&housekeeper->thread.last_failure, housekeeper,
                            gw_backoff_event(&gw_backoff_of_repository, error), error);
}

static void report_failure(struct gw_housekeeper *housekeeper, int64_t now_ms, const struct gw_error *error)
{
    note_failure(housekeeper, error);
    if (error->status != GW_CANCELLED && gw_expiry_is_wanted(&housekeeper->expiry) && may_warn(housekeeper, now_ms))
        gw_log_event(housekeeper->plan.log, GW_CODE_INBOX_NOT_EXPIRED, housekeeper->plan.component,
                     "message ids and sent notices could not be expired: %s; retrying", error->text);
}

static void report_unread(struct gw_housekeeper *housekeeper, int64_t now_ms, const struct gw_error *error)
{
    note_failure(housekeeper, error);
    if (error->status == GW_CANCELLED || now_ms < housekeeper->next_unread_ms)
        return;
    housekeeper->next_unread_ms = now_ms + WARNING_MS;
    gw_log_event(housekeeper->plan.log, GW_CODE_BACKLOG_NOT_READ, housekeeper->plan.component,
                 "the figures of outbox and dead letters could not be read: %s; metrics and status are without them; "
                 "retrying every %d s",
                 error->text, GW_BACKLOG_READ_MS / 1000);
}

static void report_backlog(struct gw_housekeeper *housekeeper, int64_t now_ms)
{
    const struct gw_expiry_rounds *ids = &housekeeper->expiry.ids;

    if (ids->behind_ms != 0 && now_ms - ids->behind_ms >= BEHIND_MS && may_warn(housekeeper, now_ms))
        gw_log_event(
            housekeeper->plan.log, GW_CODE_INBOX_GROWS, housekeeper->plan.component,
            "message ids arrive faster than they expire: the inbox grows (%llu expired so far); shorten inbox.keep, "
            "or use a faster database",
            (unsigned long long)ids->deleted);
}

/* Each of these returns when it is due again. */
static int64_t expire(struct gw_housekeeper *housekeeper, int64_t now_ms)
{
    struct gw_error error = {0};
    int64_t next_ms = now_ms;

    if (!gw_expiry_is_wanted(&housekeeper->expiry))
        return INT64_MAX;
    if (now_ms < housekeeper->expiry_due_ms)
        return housekeeper->expiry_due_ms;
    if (gw_expiry_run(&housekeeper->expiry, housekeeper->thread.session, now_ms, &next_ms, &error) == GW_OK) {
        report_backlog(housekeeper, now_ms);
    } else {
        report_failure(housekeeper, now_ms, &error);
        next_ms = now_ms + RETRY_MS;
    }
    housekeeper->expiry_due_ms = next_ms;
    return next_ms;
}

static int64_t read_backlog(struct gw_housekeeper *housekeeper, int64_t now_ms)
{
    const struct gw_backlog *backlog = &housekeeper->backlog;
    int64_t due_ms = backlog->next_read_ms;
    struct gw_error error = {0};
    int64_t next_ms;

    if (!gw_backlog_is_wanted(backlog))
        return INT64_MAX;
    if (gw_backlog_run(&housekeeper->backlog, housekeeper->thread.session, now_ms, &next_ms, &error) != GW_OK)
        report_unread(housekeeper, now_ms, &error);
    else if (backlog->next_read_ms != due_ms && housekeeper->plan.was_read != NULL)
        housekeeper->plan.was_read(housekeeper->plan.was_read_context, &backlog->figures);
    return next_ms;
}

/* Runs one pass, and returns when the next one is due on the monotonic clock. */
static int64_t run_once(struct gw_housekeeper *housekeeper)
{
    int64_t now_ms = gw_clock_monotonic_ms();
    struct gw_error error = {0};
    uint32_t failures = housekeeper->failures;
    int64_t expire_ms;
    int64_t read_ms;

    if (gw_component_thread_try_session(&housekeeper->thread, &error) != GW_OK) {
        report_failure(housekeeper, now_ms, &error);
        gw_backlog_forget(&housekeeper->backlog);
        return now_ms + (gw_backlog_is_wanted(&housekeeper->backlog) ? GW_BACKLOG_READ_MS : RETRY_MS);
    }
    expire_ms = expire(housekeeper, now_ms);
    read_ms = read_backlog(housekeeper, now_ms);
    if (housekeeper->failures == failures)
        gw_last_failure_clear(&housekeeper->thread.last_failure, housekeeper);
    return expire_ms < read_ms ? expire_ms : read_ms;
}

static void end(struct gw_housekeeper *housekeeper)
{
    struct gw_error error = {0};

    if (housekeeper->thread.session != NULL)
        (void)gw_expiry_end(&housekeeper->expiry, housekeeper->thread.session, gw_clock_monotonic_ms(), &error);
    gw_component_thread_close_session(&housekeeper->thread);
}

/* Takes some milliseconds for a heap of a hundred MiB, for which other threads may wait. */
static void return_memory(struct gw_housekeeper *housekeeper)
{
    if (atomic_exchange(&housekeeper->has_free_memory, false))
        (void)malloc_trim(0);
}

static void run(void *context)
{
    struct gw_housekeeper *housekeeper = context;

    while (!gw_component_thread_is_stopping(&housekeeper->thread)) {
        uint32_t ready;
        int64_t next_ms;

        return_memory(housekeeper);
        next_ms = run_once(housekeeper);

        (void)gw_thread_wait(&housekeeper->thread.idle_host, -1, 0, next_ms, &ready);
    }
    end(housekeeper);
}

enum gw_status gw_housekeeper_start(struct gw_housekeeper *housekeeper, struct gw_error *reterr)
{
    if (!gw_expiry_is_wanted(&housekeeper->expiry) && !gw_backlog_is_wanted(&housekeeper->backlog))
        return GW_OK;
    return gw_component_thread_start(&housekeeper->thread, run, housekeeper, reterr);
}

void gw_housekeeper_return_memory(struct gw_housekeeper *housekeeper)
{
    atomic_store(&housekeeper->has_free_memory, true);
}

void gw_housekeeper_join(struct gw_housekeeper *housekeeper)
{
    gw_component_thread_join(&housekeeper->thread);
}

bool gw_housekeeper_has_ended(const struct gw_housekeeper *housekeeper)
{
    return !housekeeper->thread.is_running || gw_component_thread_has_ended(&housekeeper->thread);
}

void gw_housekeeper_done(struct gw_housekeeper *housekeeper)
{
    gw_component_thread_done(&housekeeper->thread);
    gw_backlog_done(&housekeeper->backlog);
}

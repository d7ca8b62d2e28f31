/* SPDX-License-Identifier: Apache-2.0 */
/* Opens its session when the repository answers, runs what is due, and reports a failure now and then. */
#include "gateway/housekeeper.h"

#include "base/clock.h"
#include "process/wakeup.h"

enum {
    RETRY_MS = 60 * 1000,
    /* So long without an end of ids to forget means that more arrive than can be forgotten. */
    BEHIND_MS = 10 * 60 * 1000,
    WARNING_MS = 60 * 60 * 1000
};

void gw_housekeeper_init(struct gw_housekeeper *housekeeper, const struct gw_housekeeper_plan *plan)
{
    *housekeeper = (struct gw_housekeeper){.plan = *plan};
    atomic_init(&housekeeper->has_ended, false);
    gw_expiry_init(&housekeeper->expiry, plan->repository_plugin->ops, plan->keep_ms);
    gw_thread_host_init(&housekeeper->session_host, plan->service, plan->component, plan->log, plan->abort);
    gw_thread_host_init(&housekeeper->idle_host, plan->service, plan->component, plan->log, plan->stop);
}

/* At most once an hour: whether the time for a warning has come. */
static bool may_warn(struct gw_housekeeper *housekeeper, int64_t now_ms)
{
    if (now_ms < housekeeper->next_warning_ms)
        return false;
    housekeeper->next_warning_ms = now_ms + WARNING_MS;
    return true;
}

static void report_failure(struct gw_housekeeper *housekeeper, int64_t now_ms, const struct gw_error *error)
{
    if (error->status != GW_CANCELLED && may_warn(housekeeper, now_ms))
        gw_log_line(housekeeper->plan.log, GW_LOG_WARNING, housekeeper->plan.component,
                    "message ids cannot be expired: %s; trying again every minute", error->text);
}

static void report_backlog(struct gw_housekeeper *housekeeper, int64_t now_ms)
{
    const struct gw_expiry *expiry = &housekeeper->expiry;

    if (expiry->behind_ms != 0 && now_ms - expiry->behind_ms >= BEHIND_MS && may_warn(housekeeper, now_ms))
        gw_log_line(housekeeper->plan.log, GW_LOG_WARNING, housekeeper->plan.component,
                    "message ids arrive faster than they expire, so the inbox grows (%llu expired so far); a shorter "
                    "inbox.keep or a faster database helps",
                    (unsigned long long)expiry->forgotten);
}

static enum gw_status open_session(struct gw_housekeeper *housekeeper, struct gw_error *reterr)
{
    const struct gw_repository_ops *ops = housekeeper->plan.repository_plugin->ops;

    if (housekeeper->session != NULL)
        return GW_OK;
    return ops->open_session(housekeeper->plan.repository_self, &housekeeper->session_host.table, &housekeeper->session,
                             reterr);
}

/* One pass; when to make the next, on the monotonic clock. */
static int64_t run_once(struct gw_housekeeper *housekeeper)
{
    int64_t now_ms = gw_clock_monotonic_ms();
    int64_t next_ms = now_ms;
    struct gw_error error = {0};
    enum gw_status status = open_session(housekeeper, &error);

    if (status == GW_OK)
        status = gw_expiry_run(&housekeeper->expiry, housekeeper->session, now_ms, &next_ms, &error);
    if (status != GW_OK) {
        report_failure(housekeeper, now_ms, &error);
        return now_ms + RETRY_MS;
    }
    report_backlog(housekeeper, now_ms);
    return next_ms;
}

static void end(struct gw_housekeeper *housekeeper)
{
    const struct gw_repository_ops *ops = housekeeper->plan.repository_plugin->ops;
    struct gw_error error = {0};

    if (housekeeper->session == NULL)
        return;
    (void)gw_expiry_end(&housekeeper->expiry, housekeeper->session, gw_clock_monotonic_ms(), &error);
    ops->close_session(housekeeper->session);
    housekeeper->session = NULL;
}

static void *run(void *argument)
{
    struct gw_housekeeper *housekeeper = argument;

    while (!gw_wakeup_is_raised(housekeeper->plan.stop)) {
        uint32_t ready;
        int64_t next_ms = run_once(housekeeper);

        (void)gw_thread_wait(&housekeeper->idle_host, -1, 0, next_ms, &ready);
    }
    end(housekeeper);
    atomic_store(&housekeeper->has_ended, true);
    gw_wakeup_raise(housekeeper->plan.ended);
    return NULL;
}

enum gw_status gw_housekeeper_start(struct gw_housekeeper *housekeeper, struct gw_error *reterr)
{
    int failed;

    if ((housekeeper->plan.repository_plugin->features & GW_REPOSITORY_INBOX) == 0)
        return GW_OK;
    failed = pthread_create(&housekeeper->thread, NULL, run, housekeeper);
    if (failed != 0)
        return gw_error_set_errno(reterr, GW_NOMEM, failed, "starting the housekeeper");
    housekeeper->is_running = true;
    return GW_OK;
}

void gw_housekeeper_join(struct gw_housekeeper *housekeeper)
{
    if (!housekeeper->is_running)
        return;
    (void)pthread_join(housekeeper->thread, NULL);
    housekeeper->is_running = false;
}

bool gw_housekeeper_has_ended(const struct gw_housekeeper *housekeeper)
{
    return !housekeeper->is_running || atomic_load(&housekeeper->has_ended);
}

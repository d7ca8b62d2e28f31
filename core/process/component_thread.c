/* SPDX-License-Identifier: Apache-2.0 */
/* What the threads of all components have in common. It does not know what a component does in a round. */
#include "process/component_thread.h"

#include "base/clock.h"
#include "process/wakeup.h"

#include <sys/prctl.h>

void gw_component_thread_init(struct gw_component_thread *thread, const struct gw_component_thread_plan *plan)
{
    *thread = (struct gw_component_thread){
        .plan = *plan, .witness = {.component = plan->id}, .repository = plan->repository_plugin->ops};
    atomic_init(&thread->has_ended, false);
    gw_last_failure_init(&thread->last_failure);
    gw_thread_host_init(&thread->session_host, plan->service, plan->id, plan->log, plan->abort);
    gw_thread_host_init(&thread->idle_host, plan->service, plan->id, plan->log, plan->stop);
    thread->session_host.beat = thread->idle_host.beat = &thread->beat;
    gw_metrics_init(&thread->session_metrics, plan->repository_plugin, false);
    thread->session_host.metrics = &thread->session_metrics;
}

void gw_component_thread_done(struct gw_component_thread *thread)
{
    gw_metrics_done(&thread->session_metrics);
}

static void *run(void *argument)
{
    struct gw_component_thread *thread = argument;

    (void)prctl(PR_SET_NAME, thread->plan.id); /* for top and debuggers; the kernel keeps 15 bytes */
    gw_crash_witness_enter(&thread->witness);
    thread->run(thread->context);
    gw_crash_witness_leave(&thread->witness);
    atomic_store(&thread->ended_unix_ms, gw_clock_unix_ms());
    atomic_store(&thread->has_ended, true);
    gw_wakeup_raise(thread->plan.ended);
    return NULL;
}

enum gw_status gw_component_thread_start(struct gw_component_thread *thread, void (*run_component)(void *context),
                                         void *context, struct gw_error *reterr)
{
    int failed;

    thread->run = run_component;
    thread->context = context;
    atomic_store(&thread->started_unix_ms, gw_clock_unix_ms());
    gw_component_thread_beat(thread);
    failed = pthread_create(&thread->thread, NULL, run, thread);
    if (failed != 0)
        return gw_error_set_errno(reterr, GW_NOMEM, failed, "starting the thread of %s", thread->plan.id);
    thread->is_running = true;
    return GW_OK;
}

void gw_component_thread_join(struct gw_component_thread *thread)
{
    if (!thread->is_running)
        return;
    (void)pthread_join(thread->thread, NULL);
    thread->is_running = false;
}

void gw_component_thread_beat(struct gw_component_thread *thread)
{
    gw_beat_note(&thread->beat);
}

int64_t gw_component_thread_silent_ms(const struct gw_component_thread *thread)
{
    if (!thread->is_running || atomic_load(&thread->has_ended))
        return 0;
    return gw_beat_silent_ms(&thread->beat);
}

bool gw_component_thread_is_running(const struct gw_component_thread *thread)
{
    return thread->is_running && !atomic_load(&thread->has_ended);
}

bool gw_component_thread_has_ended(const struct gw_component_thread *thread)
{
    return atomic_load(&thread->has_ended);
}

bool gw_component_thread_is_stopping(const struct gw_component_thread *thread)
{
    return gw_wakeup_is_raised(thread->plan.stop);
}

/* ---- the session ------------------------------------------------------------------------------------------------ */

enum gw_status gw_component_thread_try_session(struct gw_component_thread *thread, struct gw_error *reterr)
{
    if (thread->session != NULL)
        return GW_OK;
    return thread->repository->open_session(thread->plan.repository_self, &thread->session_host.table, &thread->session,
                                            reterr);
}

enum gw_status gw_component_thread_open_session(struct gw_component_thread *thread, struct gw_backoff *backoff,
                                                struct gw_error *reterr)
{
    for (;;) {
        enum gw_status status = gw_component_thread_try_session(thread, reterr);

        if (status == GW_OK)
            gw_component_thread_recovered(thread, backoff);
        if (status == GW_OK || (status == GW_CANCELLED && gw_component_thread_is_stopping(thread)))
            return status;
        status = gw_component_thread_wait_after(thread, &thread->idle_host, backoff, reterr);
        if (status != GW_OK)
            return status;
    }
}

void gw_component_thread_close_session(struct gw_component_thread *thread)
{
    if (thread->session == NULL)
        return;
    thread->repository->close_session(thread->session);
    thread->session = NULL;
    gw_metrics_forget(&thread->session_metrics, GW_METRIC_CONNECTION_UP);
}

/* ---- failures --------------------------------------------------------------------------------------------------- */

int64_t gw_component_thread_failed_ms(struct gw_component_thread *thread, struct gw_backoff *backoff,
                                      const struct gw_error *error)
{
    gw_last_failure_set(&thread->last_failure, backoff, gw_backoff_event(backoff->events, error), error);
    return gw_backoff_failed_ms(backoff, error, thread->plan.log, thread->plan.id);
}

enum gw_status gw_component_thread_wait_after(struct gw_component_thread *thread, struct gw_thread_host *host,
                                              struct gw_backoff *backoff, const struct gw_error *error)
{
    if (thread->plan.ends_at_fault && error->status == GW_CONFIG)
        return GW_CONFIG;
    return gw_thread_pause(host, gw_component_thread_failed_ms(thread, backoff, error));
}

void gw_component_thread_recovered(struct gw_component_thread *thread, struct gw_backoff *backoff)
{
    if (backoff->failures > 0)
        gw_last_failure_clear(&thread->last_failure, backoff);
    gw_backoff_recovered(backoff, thread->plan.log, thread->plan.id);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Trials: see trial.h. */
#include "gateway/trial.h"

#include "base/clock.h"
#include "gateway/stray_calls.h"
#include "process/crash_report.h"
#include "process/wakeup.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

struct gw_trial {
    struct gw_trial_plan plan;
    struct gw_made made;
    struct gw_report report;
    enum gw_status status;   /* when it has ended */
    struct gw_error finding; /* the worst that the check reported */
    int ended;               /* a wake-up that its thread raises at its end */
    atomic_uint phase;       /* enum phase: whoever comes second frees it */
    pthread_t thread;
    bool is_joined;
};

enum phase { PHASE_RUNNING, PHASE_ENDED, PHASE_ABANDONED };

/* ---- on the trial's thread */

static bool is_worse(int32_t status, int32_t than)
{
    return than == GW_OK || (than == GW_TRANSIENT && status != GW_OK && status != GW_TRANSIENT);
}

static void on_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    struct gw_trial *trial = report->context;

    if (status != GW_OK && is_worse(status, trial->finding.status))
        (void)gw_error_set(&trial->finding, (enum gw_status)status, "%.*s: %.*s", (int)subject.len, subject.ptr,
                           (int)finding.len, finding.ptr);
}

static enum gw_status open_component(struct gw_trial *trial)
{
    const struct gw_trial_plan *plan = &trial->plan;
    struct gw_relay_plan relay = gw_gateway_output_plan(plan->site, plan->configuration, plan->component);

    switch (plan->kind) {
    case GW_TRIAL_INPUT:
        return gw_gateway_input_new(plan->site, plan->configuration, plan->component, &trial->made.input,
                                    &trial->finding);
    case GW_TRIAL_OUTPUT:
        return gw_gateway_output_new(plan->site, plan->configuration, plan->component, &trial->made.output,
                                     &trial->finding);
    case GW_TRIAL_CHANNEL:
        break;
    }
    return gw_relay_channel_new(&relay, &trial->made.channel, &trial->finding);
}

/* The instance that is checked is the one that will work. Of several workers the first one is asked. */
static void *instance_of(const struct gw_made *made)
{
    if (made->input != NULL)
        return made->input->worker_count > 0 ? gw_worker_self(made->input->workers[0]) : NULL;
    return made->output != NULL ? gw_relay_self(made->output->relay) : gw_relay_channel_self(made->channel);
}

static void trial_free(struct gw_trial *trial)
{
    gw_configuration_release(trial->plan.configuration);
    gw_wakeup_close(trial->ended);
    free(trial);
}

/* One that was abandoned closes what it made on its own thread, and is counted until that has returned. */
static void end_abandoned(struct gw_trial *trial)
{
    gw_made_close(&trial->made);
    trial_free(trial);
    gw_stray_call_end();
}

/* A crash of the plugin is reported with the component's id. */
static void open_and_check(struct gw_trial *trial)
{
    struct gw_crash_witness witness = {.component = trial->plan.component->id};
    void *self;

    gw_crash_witness_enter(&witness);
    trial->status = open_component(trial);
    self = trial->status == GW_OK ? instance_of(&trial->made) : NULL;
    if (self != NULL)
        trial->status = trial->plan.component->plugin->check(self, &trial->report);
    if (trial->status == GW_OK && trial->finding.status != GW_OK)
        trial->status = (enum gw_status)trial->finding.status;
    gw_crash_witness_leave(&witness);
}

static void *run(void *context)
{
    struct gw_trial *trial = context;

    open_and_check(trial);
    if (trial->status != GW_OK) { /* nobody will take it: it closes where it was opened */
        gw_made_close(&trial->made);
        trial->made = (struct gw_made){NULL, NULL, NULL};
    }
    gw_wakeup_raise(trial->ended);
    if (atomic_exchange(&trial->phase, PHASE_ENDED) == PHASE_ABANDONED)
        end_abandoned(trial);
    return NULL;
}

/* ---- on the thread of the apply */

enum gw_status gw_trial_start(const struct gw_trial_plan *plan, struct gw_trial **ret_trial, struct gw_error *reterr)
{
    struct gw_trial *trial = calloc(1, sizeof *trial);
    int failed;

    if (trial == NULL)
        return gw_error_set(reterr, GW_NOMEM, "%s: no memory to try it", plan->component->id);
    trial->plan = *plan;
    (void)gw_configuration_hold(plan->configuration);
    trial->report =
        (struct gw_report){.size = sizeof trial->report, .sessions = plan->sessions, .context = trial, .line = on_line};
    trial->is_joined = true;
    trial->ended = gw_wakeup_open();
    failed = trial->ended < 0 ? errno : pthread_create(&trial->thread, NULL, run, trial);
    if (failed != 0) {
        gw_trial_free(trial);
        return gw_error_set_errno(reterr, GW_NOMEM, failed, "%s: preparing its check", plan->component->id);
    }
    trial->is_joined = false;
    *ret_trial = trial;
    return GW_OK;
}

static enum gw_status finding_of(const struct gw_trial *trial, struct gw_error *reterr)
{
    const char *id = trial->plan.component->id;

    if (trial->status == GW_OK)
        return GW_OK;
    if (trial->finding.status == GW_OK)
        return gw_error_set(reterr, trial->status, "%s: its check failed: %s", id, gw_status_word((int)trial->status));
    return gw_error_wrap(reterr, &trial->finding, "%s", id);
}

enum gw_status gw_trial_wait(struct gw_trial *trial, int64_t deadline_ms, int cancel, gw_beat *beat,
                             struct gw_error *reterr)
{
    struct pollfd waiting[] = {{.fd = trial->ended, .events = POLLIN}, {.fd = cancel, .events = POLLIN}};
    int64_t left_ms;

    while ((left_ms = deadline_ms - gw_clock_monotonic_ms()) > 0) {
        atomic_store(beat, GW_BEAT_WAITING);
        (void)poll(waiting, 2, (int)left_ms);
        gw_beat_note(beat);
        if (waiting[0].revents != 0) {
            (void)pthread_join(trial->thread, NULL);
            trial->is_joined = true;
            return finding_of(trial, reterr);
        }
        if (waiting[1].revents != 0)
            return gw_error_set(reterr, GW_CANCELLED, "the gateway stops");
    }
    return gw_error_set(reterr, GW_TRANSIENT, "%s: its check did not return in time and was abandoned",
                        trial->plan.component->id);
}

struct gw_made gw_trial_take(struct gw_trial *trial)
{
    struct gw_made made = trial->made;

    trial->made = (struct gw_made){NULL, NULL, NULL};
    return made;
}

void gw_trial_free(struct gw_trial *trial)
{
    if (trial == NULL)
        return;
    if (!trial->is_joined) {
        (void)pthread_detach(trial->thread);
        gw_stray_call_begin();
        if (atomic_exchange(&trial->phase, PHASE_ABANDONED) == PHASE_RUNNING)
            return;
        gw_stray_call_end();
    }
    gw_disposal_start(trial->made);
    trial_free(trial);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trial: a component of a new configuration is opened and checked before anything of the running gateway changes.
 *
 * Plugins are foreign code, and a check may hang in a library. So each trial runs on a thread of its own with a
 * deadline. A trial that does not return in time, or is not needed any more, is abandoned: it frees itself when it does
 * return, and is a stray call (stray_calls.h) until then.
 *
 * Life cycle: start, wait, then take what it made, then free. The thread of an apply.
 */
#ifndef GW_GATEWAY_TRIAL_H
#define GW_GATEWAY_TRIAL_H

#include "gateway/disposal.h"
#include "process/thread_host.h"

enum gw_trial_kind {
    GW_TRIAL_INPUT,  /* makes an input */
    GW_TRIAL_OUTPUT, /* makes an output: the id has none */
    GW_TRIAL_CHANNEL /* makes a channel for the output of the id */
};

struct gw_trial_plan {
    enum gw_trial_kind kind;
    const struct gw_site *site;
    struct gw_configuration *configuration;
    const struct gw_component *component;
    uint32_t sessions; /* gw_report.sessions: of the running gateway and the new one together */
};

struct gw_trial;

/* NOMEM: no memory or thread. plan is copied; what it points to is borrowed until free, also by one that is abandoned:
 * its configuration is held for ever then. */
enum gw_status gw_trial_start(const struct gw_trial_plan *plan, struct gw_trial **ret_trial, struct gw_error *reterr);

/*
 * Waits for its end, at most until deadline_ms (monotonic), or until cancel (a wake-up) is raised. beat is that of the
 * calling thread.
 * OK: the component could work now. TRANSIENT, CONFIG, NOMEM and so on: the worst finding of its check, with its text.
 * TRANSIENT too: it did not return in time. CANCELLED.
 */
enum gw_status gw_trial_wait(struct gw_trial *trial, int64_t deadline_ms, int cancel, gw_beat *beat,
                             struct gw_error *reterr);

/* After OK of wait: what it made, which is the caller's. */
struct gw_made gw_trial_take(struct gw_trial *trial);

/* Disposes of what nobody took; abandons a trial that has not ended. NULL is allowed. */
void gw_trial_free(struct gw_trial *trial);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backoff: how long to wait before the next attempt, and when to log a failure. The wait doubles from the first to the
 * longest, each time with jitter, so that components that failed together do not retry together. One thread at a time.
 */
#ifndef GW_PROCESS_BACKOFF_H
#define GW_PROCESS_BACKOFF_H

#include "base/log.h"

#include <gangway/error.h>
#include <gangway/log_pace.h>

#include <stdatomic.h>
#include <stdint.h>

/* The event codes for the failures of a repository, an input or a destination. */
struct gw_backoff_events {
    const char *failed;  /* the failure may pass without an operator */
    const char *refused; /* CONFIG: an operator must act */
    const char *recovered;
};
extern const struct gw_backoff_events gw_backoff_of_repository, gw_backoff_of_input, gw_backoff_of_delivery;

/* The code of a failure: refused for CONFIG, else failed. */
const char *gw_backoff_event(const struct gw_backoff_events *events, const struct gw_error *error);

struct gw_backoff {
    const struct gw_backoff_events *events; /* NULL: nothing can be logged */
    int64_t first_ms;
    int64_t max_ms;
    uint32_t failures;      /* in a row */
    uint32_t logged_reason; /* the hash of the last reason that was logged */
    struct gw_log_pace log_pace;
    struct gw_log_pace change_pace; /* for reasons that differ from it */
    _Atomic(const char *) code;     /* gw_backoff_code */
};

/* Counts a failure and returns how long to wait: half of the step, plus a random part of the other half. */
int64_t gw_backoff_next_ms(struct gw_backoff *backoff);

/* The same, and logs the failure: the first one, then at growing intervals. A reason that differs from the last logged
 * one is logged too, because the first error of an outage is seldom its cause. */
int64_t gw_backoff_failed_ms(struct gw_backoff *backoff, const struct gw_error *error, const struct gw_log *log,
                             const char *component);

/* As gw_backoff_next_ms, for a number of failures that the caller counted. */
int64_t gw_backoff_after_ms(const struct gw_backoff *backoff, uint32_t failures);

/* Records a success. If it ends a series of failures, it is logged, and the next failure is logged again. */
void gw_backoff_recovered(struct gw_backoff *backoff, const struct gw_log *log, const char *component);

/* The same without a log record. */
void gw_backoff_reset(struct gw_backoff *backoff);

/* The event code of the failures since the last success; NULL: the last attempt has succeeded. Any thread. */
const char *gw_backoff_code(const struct gw_backoff *backoff);

#endif

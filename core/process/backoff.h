/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next try, and when a failure is logged. The wait doubles from the first to the longest,
 * each with jitter, so that many who failed together do not come back together. One thread at a time. */
#ifndef GW_PROCESS_BACKOFF_H
#define GW_PROCESS_BACKOFF_H

#include "base/log.h"

#include <gangway/error.h>
#include <gangway/log_pace.h>

#include <stdint.h>

/* How the failures of one thing are logged: the repository, an input, a destination. */
struct gw_backoff_events {
    const char *failed;  /* the cause may pass */
    const char *refused; /* CONFIG: an operator must act */
    const char *recovered;
};
extern const struct gw_backoff_events gw_backoff_of_repository, gw_backoff_of_input, gw_backoff_of_delivery;

struct gw_backoff {
    const struct gw_backoff_events *events; /* needed to log */
    int64_t first_ms;
    int64_t max_ms;
    uint32_t failures;      /* in a row */
    uint32_t logged_reason; /* the hash of the reason that was logged last */
    struct gw_log_pace log_pace;
    struct gw_log_pace change_pace; /* of reasons other than that one */
};

/* Notes a failure and says how long to wait: half of the step, and up to the whole of it by chance. */
int64_t gw_backoff_next_ms(struct gw_backoff *backoff);

/* The same, and logs the failure: the first one, then less and less often, and one for another reason than the one that
 * was logged last, because what an outage begins with is seldom its cause. */
int64_t gw_backoff_failed_ms(struct gw_backoff *backoff, const struct gw_error *error, const struct gw_log *log,
                             const char *component);

/* The same as gw_backoff_next_ms for a failure that was counted elsewhere. */
int64_t gw_backoff_after_ms(const struct gw_backoff *backoff, uint32_t failures);

/* Notes a success, and logs it when it ends failures: the next failure is logged again. */
void gw_backoff_recovered(struct gw_backoff *backoff, const struct gw_log *log, const char *component);

/* The same, without a word. */
void gw_backoff_reset(struct gw_backoff *backoff);

#endif

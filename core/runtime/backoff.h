/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next try: doubling from the first to the longest, each with jitter, so that many who
 * failed together do not come back together. One thread at a time. */
#ifndef GW_RUNTIME_BACKOFF_H
#define GW_RUNTIME_BACKOFF_H

#include <gangway/log_pace.h>

#include <stdint.h>

struct gw_backoff {
    int64_t first_ms;
    int64_t max_ms;
    uint32_t failures;           /* in a row */
    struct gw_log_pace log_pace; /* of whoever logs them */
};

/* Notes a failure and says how long to wait: half of the step, and up to the whole of it by chance. */
int64_t gw_backoff_next_ms(struct gw_backoff *backoff);

/* The same for a failure that was counted elsewhere. */
int64_t gw_backoff_after_ms(const struct gw_backoff *backoff, uint32_t failures);

/* Notes a success: the next failure is logged again. */
void gw_backoff_reset(struct gw_backoff *backoff);

#endif

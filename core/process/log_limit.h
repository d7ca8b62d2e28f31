/* SPDX-License-Identifier: Apache-2.0 */
/* How many lines of one kind go to the log: a few in each period, and of the rest their number. One thread at a time.
 */
#ifndef GW_PROCESS_LOG_LIMIT_H
#define GW_PROCESS_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct gw_log_limit {
    int64_t period_end_ms; /* monotonic */
    uint32_t written;      /* in this period */
    uint64_t left_out;     /* since they were last reported */
};

/* Whether a line may be written now. *ret_left_out: how many were not, before; report them when it is not 0. */
bool gw_log_limit_allows(struct gw_log_limit *limit, int64_t now_ms, uint64_t *ret_left_out);

#endif

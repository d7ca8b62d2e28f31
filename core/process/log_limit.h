/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits how many records of one kind are logged: a few in each period, and then the number of those that were left
 * out. One thread at a time.
 */
#ifndef GW_PROCESS_LOG_LIMIT_H
#define GW_PROCESS_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct gw_log_limit {
    int64_t period_end_ms; /* monotonic */
    uint32_t written;      /* in this period */
    uint64_t left_out;     /* records, since the number was last reported */
};

/* Whether a record may be written now. *ret_left_out: how many were left out before; report it if it is not 0. */
bool gw_log_limit_allows(struct gw_log_limit *limit, int64_t now_ms, uint64_t *ret_left_out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The limit is twenty records in ten seconds. */
#include "process/log_limit.h"

enum { LINES = 20, PERIOD_MS = 10000 };

bool gw_log_limit_allows(struct gw_log_limit *limit, int64_t now_ms, uint64_t *ret_left_out)
{
    *ret_left_out = 0;
    if (now_ms >= limit->period_end_ms) {
        limit->period_end_ms = now_ms + PERIOD_MS;
        limit->written = 0;
        *ret_left_out = limit->left_out;
        limit->left_out = 0;
    }
    if (limit->written >= LINES) {
        limit->left_out++;
        return false;
    }
    limit->written++;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a condition that lasts is logged: when it begins, then after a minute, and then after twice the time each,
 * up to an hour. One struct for each condition; zero is a fresh one. A condition that was quiet for as long as it was
 * last left out counts as a new one, so that one that comes and goes does not fill the log either.
 *
 *     if (gw_log_pace_is_due(&thing->pace, host->monotonic_ms(host)))
 *         gw_host_log(host, GW_HOST_WARNING, "...");
 */
#ifndef GANGWAY_LOG_PACE_H
#define GANGWAY_LOG_PACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GW_LOG_PACE_FIRST_MS = 60 * 1000, GW_LOG_PACE_LONGEST_MS = 60 * 60 * 1000 };

struct gw_log_pace {
    int64_t due_ms;  /* monotonic: not before */
    int64_t wait_ms; /* how long that was from the last time; 0: never logged */
};

/* Whether to log it now; counts as logged then. One thread at a time. */
static inline bool gw_log_pace_is_due(struct gw_log_pace *pace, int64_t now_ms)
{
    if (pace->wait_ms != 0 && now_ms < pace->due_ms)
        return false;
    if (pace->wait_ms == 0 || now_ms - pace->due_ms >= pace->wait_ms)
        pace->wait_ms = GW_LOG_PACE_FIRST_MS;
    else if (pace->wait_ms < GW_LOG_PACE_LONGEST_MS)
        pace->wait_ms =
            pace->wait_ms * 2 < GW_LOG_PACE_LONGEST_MS ? pace->wait_ms * 2 : (int64_t)GW_LOG_PACE_LONGEST_MS;
    pace->due_ms = now_ms + pace->wait_ms;
    return true;
}

#ifdef __cplusplus
}
#endif

#endif

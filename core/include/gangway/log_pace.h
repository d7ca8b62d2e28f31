/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate limit for the log record of a condition that lasts: the record is due when the condition begins, after a minute,
 * and then after twice the time before, at most an hour. So an outage of a day makes about 30 records, and the first of
 * them appears at once.
 *
 * Life cycle
 *
 *   begin     One struct for each condition (not for each message), initialised with {0}.
 *   ask       Each time the condition is seen. The answer says whether the record is due; then it counts as written.
 *   end       Nothing is to be done. A record that the condition is over has no pace: write it once.
 *
 * A condition that did not occur
 * for as long as its record was last held back counts as a new one; a condition that comes and goes therefore does not
 * fill the log either.
 *
 *     if (gw_log_pace_is_due(&thing->pace, host->monotonic_ms(host)))
 *         gw_host_log(host, "ACME-W001", "...");
 *
 * Threads: a struct belongs to one thread at a time; there is no lock in it.
 *
 * Units: milliseconds of the monotonic clock. Nothing is allocated, and nothing can fail.
 */
#ifndef GANGWAY_LOG_PACE_H
#define GANGWAY_LOG_PACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The first and the longest time between two records of one condition. The time doubles from record to record, so it
 * takes six records to get from a minute to an hour. */
enum { GW_LOG_PACE_FIRST_MS = 60 * 1000, GW_LOG_PACE_LONGEST_MS = 60 * 60 * 1000 };

/* The state of one condition. */
struct gw_log_pace {
    /* The record is not due before this time of the monotonic clock. */
    int64_t due_ms;

    /* The time from the last record to due_ms; 0: the condition was never logged. */
    int64_t wait_ms;
};

/* Returns whether the caller is to log the condition now, and if so counts it as logged. now_ms is
 * host->monotonic_ms(); the wall clock must not be used. */
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks. Deadlines and backoff use the monotonic clock, which nobody can set. The time of day is for people and
 * for comparisons between machines.
 */
#ifndef GW_BASE_CLOCK_H
#define GW_BASE_CLOCK_H

#include "base/calendar.h"

#include <stdint.h>

/* Milliseconds since some point in the past; never goes back. */
int64_t gw_clock_monotonic_ms(void);

/* The same in microseconds, to measure how long something takes. */
int64_t gw_clock_monotonic_us(void);

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t gw_clock_unix_ms(void);

enum { GW_CLOCK_TEXT_MAX = GW_RFC3339_MAX };

/* Writes unix_ms as the plugin library writes a time. */
static inline void gw_clock_format(int64_t unix_ms, char ret_text[GW_CLOCK_TEXT_MAX])
{
    gw_rfc3339_write(unix_ms, ret_text);
}

#endif

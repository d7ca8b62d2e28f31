/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks of the operating system, in milliseconds. No state, any thread. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define UNIX_MS_MIN INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define UNIX_MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now); /* fails only for a clock that does not exist */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t gw_clock_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t gw_clock_unix_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

void gw_clock_format(int64_t unix_ms, char ret_text[GW_CLOCK_TEXT_MAX])
{
    int64_t inside = unix_ms < UNIX_MS_MIN ? UNIX_MS_MIN : unix_ms > UNIX_MS_MAX ? UNIX_MS_MAX : unix_ms;
    int64_t ms = (inside % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((inside - ms) / 1000);
    struct tm utc;
    size_t len;

    (void)gmtime_r(&seconds, &utc); /* fails only for years that an int cannot hold */
    len = (size_t)snprintf(ret_text, GW_CLOCK_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)utc.tm_year + 1900,
                           (unsigned)utc.tm_mon + 1, (unsigned)utc.tm_mday, (unsigned)utc.tm_hour, (unsigned)utc.tm_min,
                           (unsigned)utc.tm_sec);
    (void)snprintf(ret_text + len, GW_CLOCK_TEXT_MAX - len, ".%03uZ", (unsigned)ms);
}

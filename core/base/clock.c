/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks of the operating system, in milliseconds. No state, any thread. All of it is async-signal-safe. */
#include "base/clock.h"

#include <time.h>

#define DAY_MS      INT64_C(86400000)
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

/* The civil date of a day since 1970: Howard Hinnant, chrono-compatible low-level date algorithms, civil_from_days. */
static void civil_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t shifted = days + 719468; /* since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* from March */

    *ret_day = (int)(day_of_year - (153 * month + 2) / 5) + 1;
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400) + (*ret_month <= 2);
}

static char *put_number(char *at, int64_t number, int digits, char behind)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    at[digits] = behind;
    return at + digits + 1;
}

void gw_clock_format(int64_t unix_ms, char ret_text[GW_CLOCK_TEXT_MAX])
{
    int64_t inside = unix_ms < UNIX_MS_MIN ? UNIX_MS_MIN : unix_ms > UNIX_MS_MAX ? UNIX_MS_MAX : unix_ms;
    int64_t ms = (inside % DAY_MS + DAY_MS) % DAY_MS;
    int year;
    int month;
    int day;

    civil_of((inside - ms) / DAY_MS, &year, &month, &day);
    ret_text = put_number(ret_text, year, 4, '-');
    ret_text = put_number(ret_text, month, 2, '-');
    ret_text = put_number(ret_text, day, 2, 'T');
    ret_text = put_number(ret_text, ms / 3600000, 2, ':');
    ret_text = put_number(ret_text, ms / 60000 % 60, 2, ':');
    ret_text = put_number(ret_text, ms / 1000 % 60, 2, '.');
    ret_text = put_number(ret_text, ms % 1000, 3, 'Z');
    *ret_text = '\0';
}

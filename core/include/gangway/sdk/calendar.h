/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: days of the Gregorian calendar, and times as text.
 *
 * A date is the number year * 10000 + month * 100 + day, as the port has an ETA (20261224), or the number of days from
 * 1970-01-01, as most storages and clocks count. A database that counts from another day adds the difference:
 *
 *     days = gw_date_days(eta) - 10957;                     // PostgreSQL: from 2000-01-01
 *
 * A time is milliseconds from 1970-01-01T00:00:00Z, without leap seconds, as host->unix_ms has it. As text it is RFC
 * 3339 in UTC, which people read and which sorts by time.
 *
 * The calendar is Gregorian also before 1582 (proleptic), and independent of locale and time zone.
 *
 * No state, no allocation, any thread, and from a signal handler. No function can fail.
 */
#ifndef GANGWAY_SDK_CALENDAR_H
#define GANGWAY_SDK_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether there is such a day, from 0001-01-01 to 9999-12-31. Any number may be asked about. */
bool gw_date_exists(int32_t date);

/* The days from 1970-01-01 to a date that exists; negative for an earlier one. */
int64_t gw_date_days(int32_t date);

/* The date that is this number of days after 1970-01-01. Days before 0000-01-01 and after 9999-12-31 give the nearest
 * of these two. */
int32_t gw_date_of_days(int64_t days);

/* The length of a time as text, with the NUL byte behind it. */
enum { GW_RFC3339_MAX = 25 };

/* Writes a time as `2026-01-31T23:59:59.999Z` and a NUL byte. Times outside the years 0000 to 9999 give the nearest
 * that four digits can show. */
void gw_rfc3339_write(int64_t unix_ms, char text[GW_RFC3339_MAX]);

#ifdef __cplusplus
}
#endif

#endif

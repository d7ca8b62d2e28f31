/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar: proleptic Gregorian, as in the server. Years are counted from March, so that a leap day is the last day of
 * one.
 */
#include "calendar.h"

enum { DATE_REFUSED = INT32_MAX - 1 }; /* the server's infinity is INT32_MAX, and this date is beyond its calendar */

enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH_DAYS = 730425 }; /* from 0000-03-01 to 2000-01-01 */

#define EPOCH_US INT64_C(946684800000000) /* from 1970 to 2000 */

static int32_t days_of(int32_t year, int32_t month, int32_t day)
{
    int32_t from_march = (month + 9) % 12;
    int32_t counted = month <= 2 ? year - 1 : year;

    return counted * 365 + counted / 4 - counted / 100 + counted / ERA_YEARS + (from_march * 153 + 2) / 5 + day - 1;
}

int32_t calendar_eta(int32_t date)
{
    int64_t days = (int64_t)date + EPOCH_DAYS;
    int32_t era = (int32_t)(days / ERA_DAYS);
    int32_t in_era = (int32_t)(days % ERA_DAYS);
    int32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (ERA_DAYS - 1)) / 365;
    int32_t in_year = in_era - (year * 365 + year / 4 - year / 100);
    int32_t from_march = (in_year * 5 + 2) / 153;
    int32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    int32_t day = in_year - (from_march * 153 + 2) / 5 + 1;

    year += era * ERA_YEARS + (month <= 2);
    return year * 10000 + month * 100 + day;
}

int32_t calendar_date(int32_t eta)
{
    int32_t date;

    if (eta < 10101 || eta > 99991231)
        return DATE_REFUSED;
    date = days_of(eta / 10000, eta / 100 % 100, eta % 100) - EPOCH_DAYS;
    return calendar_eta(date) == eta ? date : DATE_REFUSED;
}

int64_t calendar_unix_ms(int64_t time)
{
    int64_t from_1970;

    if (__builtin_add_overflow(time, EPOCH_US, &from_1970))
        return INT64_MAX / 1000;
    return from_1970 / 1000;
}

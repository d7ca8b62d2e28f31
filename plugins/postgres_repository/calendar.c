/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar: the server counts from the first day of 2000. */
#include "calendar.h"

#include <gangway/sdk/calendar.h>

enum { DATE_REFUSED = INT32_MAX - 1 }; /* the server's infinity is INT32_MAX, and this date is beyond its calendar */

enum { EPOCH_DAYS = 10957 }; /* from 1970 to 2000 */

#define EPOCH_US (EPOCH_DAYS * INT64_C(86400000000))

int32_t calendar_eta(int32_t date)
{
    return gw_date_of_days((int64_t)date + EPOCH_DAYS);
}

int32_t calendar_date(int32_t eta)
{
    return gw_date_exists(eta) ? (int32_t)gw_date_days(eta) - EPOCH_DAYS : DATE_REFUSED;
}

int64_t calendar_unix_ms(int64_t time)
{
    int64_t from_1970;

    if (__builtin_add_overflow(time, EPOCH_US, &from_1970))
        return INT64_MAX / 1000;
    return from_1970 / 1000;
}

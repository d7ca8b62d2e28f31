/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar. Years are counted from March, so that a leap day ends one; 400 years are an era, after which weekdays and
 * leap years repeat (Howard Hinnant, chrono-compatible low-level date algorithms).
 */
#include <gangway/sdk/calendar.h>

enum { YEAR = 10000, MONTH = 100 }; /* what a year and a month count for in a date */
enum { ERA_YEARS = 400, ERA_DAYS = 146097 };
enum { EPOCH_DAYS = 719468 };                    /* from 0000-03-01 to 1970-01-01 */
enum { DAYS_MIN = -719528, DAYS_MAX = 2932896 }; /* of 0000-01-01 and 9999-12-31 */

#define DAY_MS      INT64_C(86400000)
#define UNIX_MS_MIN (DAYS_MIN * DAY_MS)
#define UNIX_MS_MAX (DAYS_MAX * DAY_MS + DAY_MS - 1)

static int64_t clamp(int64_t number, int64_t least, int64_t most)
{
    return number < least ? least : number > most ? most : number;
}

int64_t gw_date_days(int32_t date)
{
    int32_t month = date / MONTH % 100;
    int32_t from_march = (month + 9) % 12;
    int32_t year = date / YEAR - (month <= 2);

    return year * 365 + year / 4 - year / 100 + year / ERA_YEARS + (from_march * 153 + 2) / 5 + date % MONTH - 1 -
           EPOCH_DAYS;
}

int32_t gw_date_of_days(int64_t days)
{
    int32_t shifted = (int32_t)clamp(days, DAYS_MIN, DAYS_MAX) + EPOCH_DAYS;
    int32_t era = (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
    int32_t in_era = shifted - era * ERA_DAYS;
    int32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (ERA_DAYS - 1)) / 365;
    int32_t in_year = in_era - (year * 365 + year / 4 - year / 100);
    int32_t from_march = (in_year * 5 + 2) / 153;
    int32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    int32_t day = in_year - (from_march * 153 + 2) / 5 + 1;

    year += era * ERA_YEARS + (month <= 2);
    return year * YEAR + month * MONTH + day;
}

bool gw_date_exists(int32_t date)
{
    return date >= 10101 && date <= 99991231 && gw_date_of_days(gw_date_days(date)) == date;
}

static char *put_number(char *at, int64_t number, int digits, char behind)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    at[digits] = behind;
    return at + digits + 1;
}

void gw_rfc3339_write(int64_t unix_ms, char text[GW_RFC3339_MAX])
{
    int64_t inside = clamp(unix_ms, UNIX_MS_MIN, UNIX_MS_MAX);
    int64_t ms = (inside % DAY_MS + DAY_MS) % DAY_MS;
    int32_t date = gw_date_of_days((inside - ms) / DAY_MS);

    text = put_number(text, date / YEAR, 4, '-');
    text = put_number(text, date / MONTH % 100, 2, '-');
    text = put_number(text, date % MONTH, 2, 'T');
    text = put_number(text, ms / 3600000, 2, ':');
    text = put_number(text, ms / 60000 % 60, 2, ':');
    text = put_number(text, ms / 1000 % 60, 2, '.');
    text = put_number(text, ms % 1000, 3, 'Z');
    *text = '\0';
}

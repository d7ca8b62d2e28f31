/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that knows the text form of an ETA. No state, any thread, no time zone. */
#include "domain/eta.h"

#include "base/calendar.h"

enum { YEAR = 10000, MONTH = 100 }; /* what a year and a month count for in the number */

/* The rest of the text. */
struct cursor {
    const char *at;
    const char *end;
};

static bool take_byte(struct cursor *cursor, char byte)
{
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

static bool is_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

/* Reads exactly `digits` digits with a value of at most `most`. */
static bool take_number(struct cursor *cursor, int digits, int32_t most, int32_t *ret_number)
{
    *ret_number = 0;
    for (; digits > 0; digits--) {
        if (!is_digit(cursor))
            return false;
        *ret_number = *ret_number * 10 + (*cursor->at++ - '0');
    }
    return *ret_number <= most;
}

/* `hh:mm` */
static bool take_hour_and_minute(struct cursor *cursor)
{
    int32_t ignored;

    return take_number(cursor, 2, 23, &ignored) && take_byte(cursor, ':') && take_number(cursor, 2, 59, &ignored);
}

/* `ss` and a fraction. */
static bool take_seconds(struct cursor *cursor)
{
    int32_t ignored;

    if (!take_number(cursor, 2, 59, &ignored))
        return false;
    if (!take_byte(cursor, '.'))
        return true;
    if (!is_digit(cursor))
        return false;
    while (is_digit(cursor))
        cursor->at++;
    return true;
}

/* `hh:mm`, then optionally `:ss` and a fraction, then optionally a zone. */
static bool take_time(struct cursor *cursor)
{
    if (!take_hour_and_minute(cursor))
        return false;
    if (take_byte(cursor, ':') && !take_seconds(cursor))
        return false;
    if (take_byte(cursor, '+') || take_byte(cursor, '-'))
        return take_hour_and_minute(cursor);
    (void)take_byte(cursor, 'Z');
    return true;
}

bool gw_eta_is_valid(int32_t eta)
{
    return eta == GW_ETA_NONE || gw_date_exists(eta);
}

bool gw_eta_parse(const char *ptr, size_t len, int32_t *ret_eta)
{
    struct cursor cursor = {ptr, ptr + len};
    int32_t year, month, day, eta;

    if (!take_number(&cursor, 4, 9999, &year) || !take_byte(&cursor, '-') || !take_number(&cursor, 2, 12, &month) ||
        !take_byte(&cursor, '-') || !take_number(&cursor, 2, 31, &day))
        return false;
    if (take_byte(&cursor, 'T') && !take_time(&cursor))
        return false;
    eta = year * YEAR + month * MONTH + day;
    if (cursor.at != cursor.end || eta == GW_ETA_NONE || !gw_eta_is_valid(eta))
        return false;
    *ret_eta = eta;
    return true;
}

static void put_digits(char *ret_text, int digits, int32_t number)
{
    while (digits > 0) {
        ret_text[--digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

void gw_eta_format(int32_t eta, char ret_text[GW_ETA_TEXT_MAX])
{
    put_digits(ret_text, 4, eta / YEAR);
    ret_text[4] = '-';
    put_digits(ret_text + 5, 2, eta / MONTH % 100);
    ret_text[7] = '-';
    put_digits(ret_text + 8, 2, eta % MONTH);
    ret_text[10] = '\0';
}

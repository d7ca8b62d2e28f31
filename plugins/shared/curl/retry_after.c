/* SPDX-License-Identifier: Apache-2.0 */
/* Seconds or a date. See retry_after.h. libcurl's CURLINFO_RETRY_AFTER reads a number of eight digits as a date, and
 * compares dates with the clock of the machine. */
#include "retry_after.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { DATE_MAX = 64 };

static struct gw_text trimmed(struct gw_text value)
{
    while (value.len > 0 && strchr(" \t\r\n", value.ptr[0]) != NULL)
        value = gw_text_span(value.ptr + 1, value.len - 1);
    while (value.len > 0 && strchr(" \t\r\n", value.ptr[value.len - 1]) != NULL)
        value.len--;
    return value;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* `12` or `12.5`, rounded up to milliseconds. Returns false for anything else. */
static bool read_seconds(struct gw_text value, int64_t *ret_ms)
{
    int64_t ms = 0;
    int64_t unit = 100;
    uint64_t at = 0;

    for (; at < value.len && is_digit(value.ptr[at]); at++)
        if (ms <= CURL_RETRY_AFTER_MAX_MS)
            ms = ms * 10 + (value.ptr[at] - '0') * 1000;
    if (at == 0 || (at < value.len && value.ptr[at] != '.'))
        return false;
    for (at++; at < value.len && is_digit(value.ptr[at]); at++) {
        ms += unit > 0 ? (value.ptr[at] - '0') * unit : 0;
        unit /= 10;
    }
    *ret_ms = ms;
    return at >= value.len;
}

static bool read_date(struct gw_text value, int64_t unix_ms, int64_t *ret_ms)
{
    char date[DATE_MAX];
    time_t seconds;

    if (value.len >= sizeof date)
        return false;
    memcpy(date, value.ptr, (size_t)value.len);
    date[value.len] = '\0';
    seconds = curl_getdate(date, NULL);
    *ret_ms = (int64_t)seconds * 1000 - unix_ms;
    return seconds >= 0;
}

int64_t curl_retry_after_ms(struct gw_text value, int64_t unix_ms)
{
    struct gw_text text = trimmed(value);
    int64_t ms = 0;
    bool is_read = false;

    if (text.len > 0 && is_digit(text.ptr[0]))
        is_read = read_seconds(text, &ms);
    else if (text.len > 0 && is_letter(text.ptr[0])) /* the name of a day begins a date */
        is_read = read_date(text, unix_ms, &ms);
    if (!is_read || ms < 0)
        return 0;
    return ms < CURL_RETRY_AFTER_MAX_MS ? ms : CURL_RETRY_AFTER_MAX_MS;
}

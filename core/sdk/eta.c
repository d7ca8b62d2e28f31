/* SPDX-License-Identifier: Apache-2.0 */
/* ETA: decimal digits on both sides; the Gregorian calendar decides which days exist. */
#include <gangway/sdk/eta.h>

void gw_eta_write(int32_t eta, char text[GW_ETA_BYTES])
{
    for (int at = GW_ETA_BYTES - 1; at >= 0; at--) {
        if (at == 4 || at == 7) {
            text[at] = '-';
            continue;
        }
        text[at] = (char)('0' + eta % 10);
        eta /= 10;
    }
}

static int days_of(int32_t year, int32_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap);
}

static int is_day(int32_t eta)
{
    int32_t month = eta / 100 % 100;
    int32_t day = eta % 100;

    return eta >= 10101 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(eta / 10000, month);
}

int gw_eta_read(struct gw_text text, int32_t *ret_eta)
{
    int32_t eta = 0;

    *ret_eta = 0;
    if (text.len != GW_ETA_BYTES)
        return text.len == 0;
    for (int at = 0; at < GW_ETA_BYTES; at++) {
        if (at == 4 || at == 7) {
            if (text.ptr[at] != '-')
                return 0;
            continue;
        }
        if (text.ptr[at] < '0' || text.ptr[at] > '9')
            return 0;
        eta = eta * 10 + (text.ptr[at] - '0');
    }
    if (!is_day(eta))
        return 0;
    *ret_eta = eta;
    return 1;
}

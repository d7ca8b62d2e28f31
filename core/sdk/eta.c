/* SPDX-License-Identifier: Apache-2.0 */
/* ETA: decimal digits on both sides; calendar.h decides which days exist. */
#include <gangway/sdk/calendar.h>
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
    if (!gw_date_exists(eta))
        return 0;
    *ret_eta = eta;
    return 1;
}

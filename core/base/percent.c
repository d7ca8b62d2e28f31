/* SPDX-License-Identifier: Apache-2.0 */
/* See percent.h. Independent of the locale. */
#include "base/percent.h"

#include <stdbool.h>

static bool is_unreserved(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

size_t gw_percent_encode(char byte, char ret_encoded[GW_PERCENT_MAX])
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char value = (unsigned char)byte;

    ret_encoded[0] = byte;
    if (is_unreserved(byte))
        return 1;
    ret_encoded[0] = '%';
    ret_encoded[1] = digits[value >> 4];
    ret_encoded[2] = digits[value & 15];
    return GW_PERCENT_MAX;
}

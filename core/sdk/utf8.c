/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: the range of the second byte excludes overlong forms, surrogates and what is above U+10FFFF. */
#include <gangway/sdk/utf8.h>

uint64_t gw_utf8_sequence(const char *bytes, uint64_t left)
{
    const unsigned char *at = (const unsigned char *)bytes;
    unsigned char lowest = 0x80;
    unsigned char highest = 0xbf;
    uint64_t len = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (len == 1)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4 || len > left)
        return 0;
    if (at[0] == 0xe0)
        lowest = 0xa0;
    if (at[0] == 0xed)
        highest = 0x9f;
    if (at[0] == 0xf0)
        lowest = 0x90;
    if (at[0] == 0xf4)
        highest = 0x8f;
    if (at[1] < lowest || at[1] > highest)
        return 0;
    for (uint64_t i = 2; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

uint64_t gw_utf8_valid_len(struct gw_text text)
{
    uint64_t at = 0;

    while (at < text.len) {
        uint64_t len = gw_utf8_sequence(text.ptr + at, text.len - at);

        if (len == 0)
            break;
        at += len;
    }
    return at;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON escaping (RFC 8259, section 7). DEL and C1, which JSON would allow, are escaped as well: what is written here
 * is also read at terminals, where they are commands.
 */
#include "base/json_escape.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Whether one of the eight bytes is zero: not zero then. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - EVERY(0x01)) & ~word & EVERY(0x80);
}

/* Whether all of eight bytes stand as they are. */
static bool is_plain(const char *ptr)
{
    uint64_t word;

    memcpy(&word, ptr, sizeof word);
    return ((word | (word - EVERY(0x20))) & EVERY(0x80)) == 0 && zero_bytes(word ^ EVERY(0x7f)) == 0 &&
           zero_bytes(word ^ EVERY('"')) == 0 && zero_bytes(word ^ EVERY('\\')) == 0;
}

size_t gw_json_plain_run(const char *ptr, size_t len)
{
    size_t run = 0;

    while (len - run >= sizeof(uint64_t) && is_plain(ptr + run))
        run += sizeof(uint64_t);
    while (run < len && (unsigned char)ptr[run] >= 0x20 && (unsigned char)ptr[run] < 0x7f && ptr[run] != '"' &&
           ptr[run] != '\\')
        run++;
    return run;
}

/* The letter behind the backslash for characters that have one, else 0. */
static char short_escape(char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

static size_t escape_number(unsigned code_point, char *ret_escaped)
{
    static const char digits[] = "0123456789abcdef";

    memcpy(ret_escaped, "\\u00", 4);
    ret_escaped[4] = digits[code_point >> 4 & 0xf];
    ret_escaped[5] = digits[code_point & 0xf];
    return 6;
}

size_t gw_json_escape(const char *ptr, size_t len, char ret_escaped[GW_JSON_ESCAPE_MAX], size_t *ret_taken)
{
    size_t taken = gw_utf8_sequence(ptr, len);

    *ret_taken = taken > 0 ? taken : 1;
    if (taken == 0) {
        memcpy(ret_escaped, "\xef\xbf\xbd", 3);
        return 3;
    }
    if (taken == 1 && short_escape(ptr[0]) != '\0') {
        ret_escaped[0] = '\\';
        ret_escaped[1] = short_escape(ptr[0]);
        return 2;
    }
    if (gw_utf8_has_control(ptr, taken)) /* C1 is C2 80 to C2 9F: its second byte is its number */
        return escape_number((unsigned char)ptr[taken - 1], ret_escaped);
    memcpy(ret_escaped, ptr, taken);
    return taken;
}

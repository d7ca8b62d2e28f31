/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON escaping (RFC 8259, section 7). DEL, C1 and invisible characters are valid in JSON and escaped here as well:
 * people read this output on terminals, where these characters act as commands or hide text.
 */
#include "base/json_escape.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not zero if one of the eight bytes is zero. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - EVERY(0x01)) & ~word & EVERY(0x80);
}

/* Whether none of eight bytes needs an escape. */
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

/* The letter after the backslash for characters with a short escape, else 0. */
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

static size_t escape_unit(uint32_t unit, char *ret_escaped)
{
    static const char digits[] = "0123456789abcdef";

    memcpy(ret_escaped, "\\u", 2);
    for (size_t at = 0; at < 4; at++)
        ret_escaped[2 + at] = digits[unit >> (12 - 4 * at) & 0xf];
    return 6;
}

/* Code points above U+FFFF become a surrogate pair. */
static size_t escape_number(uint32_t code_point, char *ret_escaped)
{
    if (code_point <= 0xffff)
        return escape_unit(code_point, ret_escaped);
    code_point -= 0x10000;
    return escape_unit(0xd800 + (code_point >> 10), ret_escaped) +
           escape_unit(0xdc00 + (code_point & 0x3ff), ret_escaped + 6);
}

size_t gw_json_escape(const char *ptr, size_t len, char ret_escaped[GW_JSON_ESCAPE_MAX], size_t *ret_taken)
{
    size_t taken = gw_utf8_sequence(ptr, len);
    uint32_t code_point;

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
    code_point = gw_utf8_code_point(ptr, taken);
    if (gw_utf8_has_control(ptr, taken) || gw_code_point_is_invisible(code_point))
        return escape_number(code_point, ret_escaped);
    memcpy(ret_escaped, ptr, taken);
    return taken;
}

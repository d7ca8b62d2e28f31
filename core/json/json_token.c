/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and escapes by RFC 8259: no leading zero, no bare point, no lone surrogate. Numbers are not converted. No
 * state, any thread.
 */
#include "json/json_token.h"

#include <stdint.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* Skips the digits at *at; false if there are none. */
static bool take_digits(const char **at, const char *end)
{
    const char *begin = *at;

    *at = skip_digits(begin, end);
    return *at > begin;
}

static bool take_one_of(const char **at, const char *end, const char *bytes)
{
    if (*at == end || **at == '\0' || strchr(bytes, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

bool gw_json_is_number(struct gw_text token, bool *ret_is_whole)
{
    const char *at = token.ptr;
    const char *end = token.ptr + token.len;

    (void)take_one_of(&at, end, "-");
    if (!take_one_of(&at, end, "0") && !take_digits(&at, end))
        return false;
    *ret_is_whole = at == end;
    if (take_one_of(&at, end, ".") && !take_digits(&at, end))
        return false;
    if (take_one_of(&at, end, "eE")) {
        (void)take_one_of(&at, end, "+-");
        if (!take_digits(&at, end))
            return false;
    }
    return at == end;
}

/* The value of the four hexadecimal digits at at; -1 if there are fewer. */
static int32_t hex_unit(const char *at, const char *end)
{
    int32_t unit = 0;

    if (end - at < 4)
        return -1;
    for (const char *digit = at; digit < at + 4; digit++) {
        if (is_digit(*digit))
            unit = unit * 16 + (*digit - '0');
        else if (*digit >= 'a' && *digit <= 'f')
            unit = unit * 16 + (*digit - 'a' + 10);
        else if (*digit >= 'A' && *digit <= 'F')
            unit = unit * 16 + (*digit - 'A' + 10);
        else
            return -1;
    }
    return unit;
}

static size_t utf8_encode(uint32_t code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xC0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xE0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3F));
        to[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3F));
    to[2] = (char)(0x80 | (code >> 6 & 0x3F));
    to[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The low surrogate after the high surrogate whose escape is at at; -1 if there is none. */
static int32_t low_surrogate(const char *at, const char *end)
{
    int32_t low = end - at >= 12 && at[6] == '\\' && at[7] == 'u' ? hex_unit(at + 8, end) : -1;

    return low >= 0xDC00 && low <= 0xDFFF ? low : -1;
}

/* Reads the character of the \u escape whose backslash is at at. Returns its length in bytes, 0 if it is invalid. */
static size_t unescape_unicode(const char *at, const char *end, uint32_t *ret_code, const char **ret_flaw)
{
    int32_t unit = hex_unit(at + 2, end);
    bool is_high = unit >= 0xD800 && unit <= 0xDBFF;
    bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;
    int32_t low = is_high ? low_surrogate(at, end) : -1;

    if (unit < 0) {
        *ret_flaw = "expected four hexadecimal digits behind \\u";
        return 0;
    }
    if (is_low || (is_high && low < 0)) {
        *ret_flaw = "half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF";
        return 0;
    }
    *ret_code = is_high ? 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00) : (uint32_t)unit;
    return is_high ? 12 : 6;
}

/* The same for any escape. */
static size_t unescape_one(const char *at, const char *end, uint32_t *ret_code, const char **ret_flaw)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter = end - at < 2 ? NULL : memchr(letters, at[1], sizeof letters - 1);

    if (letter != NULL) {
        *ret_code = (unsigned char)meanings[letter - letters];
        return 2;
    }
    if (end - at >= 2 && at[1] == 'u')
        return unescape_unicode(at, end, ret_code, ret_flaw);
    *ret_flaw = "an escape that JSON does not know; a backslash is written \\\\";
    return 0;
}

const char *gw_json_unescape(struct gw_text written, char *to, size_t *ret_len, const char **ret_flaw)
{
    const char *end = written.ptr + written.len;
    size_t len = 0;

    for (const char *at = written.ptr; at < end;) {
        char bytes[4] = {*at};
        size_t byte_count = 1;
        size_t used = 1;

        if (*at == '\\') {
            uint32_t code = 0;

            used = unescape_one(at, end, &code, ret_flaw);
            if (used == 0)
                return at;
            byte_count = utf8_encode(code, bytes); /* never longer than the escape */
        }
        if (to != NULL)
            memcpy(to + len, bytes, byte_count);
        len += byte_count;
        at += used;
    }
    *ret_len = len;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* JSON escaping (RFC 8259, section 7). */
#include <gangway/sdk/json_escape.h>
#include <gangway/sdk/utf8.h>

#define EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Whether none of the eight bytes of a word needs an escape. Each term sets the highest bit of the bytes that it looks
 * for: no ASCII, DEL, control characters, quote, backslash. Only such a byte carries or borrows into the next one. */
static bool is_plain_word(uint64_t word)
{
    uint64_t odd = word | (word + EVERY(1)) | (word - EVERY(0x20)) | ((word ^ EVERY('"')) - EVERY(1)) |
                   ((word ^ EVERY('\\')) - EVERY(1));

    return (odd & EVERY(0x80)) == 0;
}

static uint64_t load_word(const char *ptr)
{
    uint64_t word;

    memcpy(&word, ptr, sizeof word);
    return word;
}

/* Whether fewer than eight bytes at the end need no escape, where the `run` bytes before them need none. Read together
 * with some of those, or twice, they fill a word; fewer than four bytes do not. */
static bool is_plain_rest(const char *ptr, size_t run, size_t len)
{
    uint32_t first, last;

    if (run > 0)
        return is_plain_word(load_word(ptr + len - sizeof(uint64_t)));
    if (len < sizeof first)
        return false;
    memcpy(&first, ptr, sizeof first);
    memcpy(&last, ptr + len - sizeof last, sizeof last);
    return is_plain_word((uint64_t)first << 32 | last);
}

static bool is_plain_byte(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

size_t gw_json_plain_run(const char *ptr, size_t len)
{
    size_t run = 0;

    while (len - run >= sizeof(uint64_t) && is_plain_word(load_word(ptr + run)))
        run += sizeof(uint64_t);
    if (run == len || (len - run < sizeof(uint64_t) && is_plain_rest(ptr, run, len)))
        return len;
    while (run < len && is_plain_byte((unsigned char)ptr[run]))
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

void gw_json_escape_append(struct gw_buffer *buffer, const char *bytes, size_t len)
{
    while (len > 0 && !buffer->has_failed) {
        size_t taken = gw_json_plain_run(bytes, len);
        char escaped[GW_JSON_ESCAPE_MAX];

        if (taken > 0)
            gw_buffer_append(buffer, bytes, taken);
        else
            gw_buffer_append(buffer, escaped, gw_json_escape(bytes, len, escaped, &taken));
        bytes += taken;
        len -= taken;
    }
}

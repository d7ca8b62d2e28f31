/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal_text.h"

#include "base/text.h"

#include <string.h>

enum { LINE_MAX_BYTES = 8 * 1024 };

size_t gw_terminal_plain_run(const char *ptr, size_t len)
{
    size_t run = 0;

    while (run < len && ptr[run] >= ' ' && ptr[run] <= '~')
        run++;
    return run;
}

static size_t escape_bytes(const char *ptr, size_t len, char *ret_escaped)
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;

    for (size_t at = 0; at < len; at++) {
        unsigned char byte = (unsigned char)ptr[at];

        ret_escaped[used++] = '\\';
        ret_escaped[used++] = 'x';
        ret_escaped[used++] = digits[byte >> 4];
        ret_escaped[used++] = digits[byte & 15];
    }
    return used;
}

size_t gw_terminal_escape(const char *ptr, size_t len, char ret_escaped[GW_TERMINAL_ESCAPE_MAX], size_t *ret_taken)
{
    size_t taken = gw_utf8_sequence(ptr, len);
    uint32_t code_point;

    *ret_taken = taken > 0 ? taken : 1;
    if (taken == 1 && (*ptr == '\n' || *ptr == '\t')) {
        memcpy(ret_escaped, *ptr == '\n' ? "\\n" : "\\t", 2);
        return 2;
    }
    if (taken == 0 || gw_utf8_has_control(ptr, taken))
        return escape_bytes(ptr, *ret_taken, ret_escaped);
    code_point = gw_utf8_code_point(ptr, taken);
    if (gw_code_point_is_invisible(code_point))
        return (size_t)snprintf(ret_escaped, GW_TERMINAL_ESCAPE_MAX, code_point > 0xffff ? "\\U%08x" : "\\u%04x",
                                (unsigned)code_point);
    memcpy(ret_escaped, ptr, taken);
    return taken;
}

/* The width of the first character, which is not plain: 1 if it is shown as it is, else that of its escape, which has
 * more bytes than the character. */
static size_t escaped_width(const char *ptr, size_t len, size_t *ret_taken)
{
    char escaped[GW_TERMINAL_ESCAPE_MAX];
    size_t written = gw_terminal_escape(ptr, len, escaped, ret_taken);

    return written == *ret_taken ? 1 : written;
}

size_t gw_terminal_width(const char *ptr, size_t len)
{
    size_t width = 0;

    while (len > 0) {
        size_t taken = gw_terminal_plain_run(ptr, len);

        width += taken > 0 ? taken : escaped_width(ptr, len, &taken);
        ptr += taken;
        len -= taken;
    }
    return width;
}

void gw_terminal_print_line_of(FILE *stream, const char *format, va_list arguments)
{
    char text[LINE_MAX_BYTES];
    int len = vsnprintf(text, sizeof text, format, arguments);
    size_t left = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;

    for (const char *at = text; left > 0;) {
        char escaped[GW_TERMINAL_ESCAPE_MAX];
        size_t taken = gw_terminal_plain_run(at, left);

        if (taken > 0)
            (void)fwrite(at, 1, taken, stream);
        else
            (void)fwrite(escaped, 1, gw_terminal_escape(at, left, escaped, &taken), stream);
        at += taken;
        left -= taken;
    }
    (void)fputc('\n', stream);
}

void gw_terminal_print_line(FILE *stream, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    gw_terminal_print_line_of(stream, format, arguments);
    va_end(arguments);
}

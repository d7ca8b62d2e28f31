/* SPDX-License-Identifier: Apache-2.0 */
/* Widths of escaped text, and lines of it. */
#include "base/terminal_text.h"

enum { LINE_MAX_BYTES = 8 * 1024 };

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

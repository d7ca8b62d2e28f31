/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes for terminals. */
#include <gangway/sdk/terminal_text.h>
#include <gangway/sdk/utf8.h>

#include <stdio.h>
#include <string.h>

size_t gw_terminal_plain_run(const char *bytes, size_t len)
{
    size_t run = 0;

    while (run < len && bytes[run] >= ' ' && bytes[run] <= '~')
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

size_t gw_terminal_escape(const char *bytes, size_t len, char ret_escaped[GW_TERMINAL_ESCAPE_MAX], size_t *ret_taken)
{
    size_t taken = gw_utf8_sequence(bytes, len);
    uint32_t code_point;

    *ret_taken = taken > 0 ? taken : 1;
    if (taken == 1 && (*bytes == '\n' || *bytes == '\t')) {
        memcpy(ret_escaped, *bytes == '\n' ? "\\n" : "\\t", 2);
        return 2;
    }
    if (taken == 0 || gw_utf8_has_control(bytes, taken))
        return escape_bytes(bytes, *ret_taken, ret_escaped);
    code_point = gw_utf8_code_point(bytes, taken);
    if (gw_code_point_is_invisible(code_point))
        return (size_t)snprintf(ret_escaped, GW_TERMINAL_ESCAPE_MAX, code_point > 0xffff ? "\\U%08x" : "\\u%04x",
                                (unsigned)code_point);
    memcpy(ret_escaped, bytes, taken);
    return taken;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The spelling of headers in a fuzz target's input. No state. */
#include "header_lines.h"

#include <string.h>

uint32_t header_lines_read(struct gw_text text, struct gw_header *ret_headers)
{
    uint32_t count = 0;

    while (text.len > 0 && count < HEADER_LINES_MAX) {
        const char *newline = memchr(text.ptr, '\n', (size_t)text.len);
        size_t len = newline != NULL ? (size_t)(newline - text.ptr) : (size_t)text.len;
        const char *equals = memchr(text.ptr, '=', len);
        size_t name = equals != NULL ? (size_t)(equals - text.ptr) : len;

        ret_headers[count++] = (struct gw_header){
            gw_text_span(text.ptr, name), equals != NULL ? gw_text_span(equals + 1, len - name - 1) : gw_text_of(NULL)};
        len += newline != NULL ? 1 : 0;
        text = gw_text_span(text.ptr + len, text.len - len);
    }
    return count;
}

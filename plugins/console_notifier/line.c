/* SPDX-License-Identifier: Apache-2.0 */
/* A line of escaped text that is cut between two characters. See line.h. */
#include "line.h"

#include <gangway/sdk/terminal_text.h>

#include <string.h>

/* Bytes that are reserved for "...\n". */
enum { LINE_TAIL = 4 };

void line_begin(struct line *line, int after_torn)
{
    line->len = 0;
    line->is_cut = 0;
    if (after_torn)
        line->bytes[line->len++] = '\n';
}

static void line_put(struct line *line, const char *bytes, size_t len)
{
    if (line->is_cut)
        return;
    if (len > sizeof line->bytes - LINE_TAIL - line->len) {
        line->is_cut = 1;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

void line_add(struct line *line, struct gw_text text)
{
    const char *at = text.ptr;
    size_t left = (size_t)text.len;

    while (left > 0 && !line->is_cut) {
        char escaped[GW_TERMINAL_ESCAPE_MAX];
        size_t taken;
        size_t len = gw_terminal_escape(at, left, escaped, &taken);

        line_put(line, escaped, len);
        at += taken;
        left -= taken;
    }
}

void line_end(struct line *line)
{
    if (line->is_cut) {
        memcpy(line->bytes + line->len, "...", 3);
        line->len += 3;
    }
    line->bytes[line->len++] = '\n';
}

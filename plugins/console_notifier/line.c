/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes text for a terminal. See line.h. */
#include "line.h"

#include <gangway/sdk/utf8.h>

#include <stdio.h>
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

static int is_control(const unsigned char *at, size_t len)
{
    return (len == 1 && (at[0] < 0x20 || at[0] == 0x7F)) || (len == 2 && at[0] == 0xC2 && at[1] < 0xA0);
}

static void line_put_escaped(struct line *line, const unsigned char *at, size_t len)
{
    size_t index;

    for (index = 0; index < len; index++) {
        char escaped[5];

        if (at[index] == '\n' || at[index] == '\t' || at[index] == '\r') {
            line_put(line, at[index] == '\n' ? "\\n" : at[index] == '\t' ? "\\t" : "\\r", 2);
        } else {
            (void)snprintf(escaped, sizeof escaped, "\\x%02x", at[index]);
            line_put(line, escaped, 4);
        }
    }
}

void line_add(struct line *line, struct gw_text text)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    size_t left = (size_t)text.len;

    while (left > 0 && !line->is_cut) {
        size_t len = (size_t)gw_utf8_sequence((const char *)at, left);

        if (len == 0)
            line_put_escaped(line, at, len = 1);
        else if (is_control(at, len))
            line_put_escaped(line, at, len);
        else
            line_put(line, (const char *)at, len);
        at += len;
        left -= len;
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

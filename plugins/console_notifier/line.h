/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds one line for a terminal from text of outside. It escapes everything that could control the terminal. A line
 * that is too long is cut and ends in "...". Knows nothing of files; no state except the struct.
 */
#ifndef CONSOLE_NOTIFIER_LINE_H
#define CONSOLE_NOTIFIER_LINE_H

#include <gangway/text.h>

#include <stddef.h>

enum { LINE_MAX_BYTES = 4096 }; /* the size of an atomic write to a pipe, so that lines of several writers do not mix */

struct line {
    size_t len;
    int is_cut;
    char bytes[LINE_MAX_BYTES];
};

/* Empties the line. After an incomplete line it begins with a newline. */
void line_begin(struct line *line, int after_torn);

/* Appends text, escaped by gw_terminal_escape. */
void line_add(struct line *line, struct gw_text text);

/* Ends the line with a newline. */
void line_end(struct line *line);

#endif

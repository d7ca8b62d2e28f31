/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line for a terminal, made of text from outside: whatever could steer the terminal is escaped. A line that is too
 * long is cut, and ends in "...". Knows nothing of files; no state but the struct.
 */
#ifndef CONSOLE_NOTIFIER_LINE_H
#define CONSOLE_NOTIFIER_LINE_H

#include <gangway/text.h>

#include <stddef.h>

enum { LINE_MAX_BYTES = 4096 }; /* what a pipe takes in one piece, so that lines of several writers do not mix */

struct line {
    size_t len;
    int is_cut;
    char bytes[LINE_MAX_BYTES];
};

/* Empties the line; after a torn one it begins with a newline. */
void line_begin(struct line *line, int after_torn);

/* Appends text: \n, \t and \r by their names, other control characters (C0, DEL, C1) and bytes that are no UTF-8 as
 * \xNN, a backslash as it is. */
void line_add(struct line *line, struct gw_text text);

/* Ends the line with its newline. */
void line_end(struct line *line);

#endif

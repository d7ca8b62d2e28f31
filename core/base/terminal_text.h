/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside on terminals: escapes as in the plugin library, widths, and lines. No state, any thread. */
#ifndef GW_BASE_TERMINAL_TEXT_H
#define GW_BASE_TERMINAL_TEXT_H

#include <gangway/sdk/terminal_text.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* The number of characters that gw_terminal_escape writes for all bytes. */
size_t gw_terminal_width(const char *ptr, size_t len);

/* Prints one line, escaped, with a newline. A line above 8 KiB is cut. */
__attribute__((format(printf, 2, 3))) void gw_terminal_print_line(FILE *stream, const char *format, ...);
__attribute__((format(printf, 2, 0))) void gw_terminal_print_line_of(FILE *stream, const char *format,
                                                                     va_list arguments);

#endif

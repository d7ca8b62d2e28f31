/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escapes text from outside for terminals: characters that control the terminal, reorder a line or are invisible. The
 * only place that decides how; text.h decides which characters are invisible. No state, any thread.
 */
#ifndef GW_BASE_TERMINAL_TEXT_H
#define GW_BASE_TERMINAL_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum { GW_TERMINAL_ESCAPE_MAX = 16 };

/* The number of leading bytes that are printable ASCII and need no escape. */
size_t gw_terminal_plain_run(const char *ptr, size_t len);

/* Writes the first character of len > 0 bytes. A newline or tab becomes \n or \t; other control characters (C0, DEL,
 * C1) and invalid bytes become \xNN for each byte; invisible characters become \uNNNN or \UNNNNNNNN. A backslash is not
 * escaped. Writes no NUL byte. Returns the number of bytes written, and in *ret_taken the number of bytes read. */
size_t gw_terminal_escape(const char *ptr, size_t len, char ret_escaped[GW_TERMINAL_ESCAPE_MAX], size_t *ret_taken);

/* The number of characters that gw_terminal_escape writes for all bytes. */
size_t gw_terminal_width(const char *ptr, size_t len);

/* Prints one line, escaped, with a newline. A line above 8 KiB is cut. */
__attribute__((format(printf, 2, 3))) void gw_terminal_print_line(FILE *stream, const char *format, ...);
__attribute__((format(printf, 2, 0))) void gw_terminal_print_line_of(FILE *stream, const char *format,
                                                                     va_list arguments);

#endif

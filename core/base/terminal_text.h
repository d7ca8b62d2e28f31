/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside on its way to a terminal: whatever could steer it, reorder its line or hide is shown escaped. The
 * one place that decides how; which characters hide is in text.h. No state, any thread.
 */
#ifndef GW_BASE_TERMINAL_TEXT_H
#define GW_BASE_TERMINAL_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum { GW_TERMINAL_ESCAPE_MAX = 16 };

/* The number of leading bytes that stay as they are because they are printable ASCII. */
size_t gw_terminal_plain_run(const char *ptr, size_t len);

/* Writes the first character of len > 0 bytes: as it is; a newline or tab as \n or \t; another control character (C0,
 * DEL, C1), or a byte that is not part of any UTF-8, as \xNN for each byte; an invisible one as \uNNNN or \UNNNNNNNN. A
 * backslash stays. No NUL byte. Returns the bytes written, and in *ret_taken the bytes read. */
size_t gw_terminal_escape(const char *ptr, size_t len, char ret_escaped[GW_TERMINAL_ESCAPE_MAX], size_t *ret_taken);

/* How many characters gw_terminal_escape makes of all bytes. */
size_t gw_terminal_width(const char *ptr, size_t len);

/* Prints one line, escaped as a whole, with its newline. What is longer than 8 KiB is cut. */
__attribute__((format(printf, 2, 3))) void gw_terminal_print_line(FILE *stream, const char *format, ...);
__attribute__((format(printf, 2, 0))) void gw_terminal_print_line_of(FILE *stream, const char *format,
                                                                     va_list arguments);

#endif

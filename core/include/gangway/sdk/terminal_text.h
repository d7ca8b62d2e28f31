/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: text from outside on a terminal. Characters that control the terminal, reorder a line or are
 * invisible are shown as escapes, so that no sender can move the cursor, hide a part of a line or forge another one.
 *
 *     while (left > 0) {
 *         char shown[GW_TERMINAL_ESCAPE_MAX];
 *         size_t taken;
 *         size_t len = gw_terminal_escape(at, left, shown, &taken);
 *
 *         put(shown, len);
 *         at += taken;
 *         left -= taken;
 *     }
 *
 * This is for people: a backslash stays as it is, so the text cannot be read back. Escaping twice does no harm. The
 * core escapes the values of a template of GW_ESCAPE_TERMINAL in the same way.
 *
 * No state, no allocation, any thread. What a function gets is borrowed for the call.
 */
#ifndef GANGWAY_SDK_TERMINAL_TEXT_H
#define GANGWAY_SDK_TERMINAL_TEXT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for whatever one character becomes. */
enum { GW_TERMINAL_ESCAPE_MAX = 16 };

/* The number of leading bytes that are printable ASCII and need no escape. */
size_t gw_terminal_plain_run(const char *bytes, size_t len);

/*
 * Writes the first character of len > 0 bytes:
 * - a newline or tab as \n or \t,
 * - other control characters (C0, DEL, C1) and bytes that are no UTF-8 as \xNN for each byte,
 * - invisible characters (gw_code_point_is_invisible) as \uNNNN or \UNNNNNNNN,
 * - all others as they are.
 *
 * Writes no NUL byte. Returns the number of bytes written, and in *ret_taken the number of bytes read.
 */
size_t gw_terminal_escape(const char *bytes, size_t len, char ret_escaped[GW_TERMINAL_ESCAPE_MAX], size_t *ret_taken);

#ifdef __cplusplus
}
#endif

#endif

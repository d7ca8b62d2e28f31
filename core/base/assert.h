/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fail-stop: a broken invariant ends the process with a clear message, in every build type; it never guesses. For
 * programming errors only: input, I/O and memory are never asserted.
 */
#ifndef GW_BASE_ASSERT_H
#define GW_BASE_ASSERT_H

/* Ends the process, naming file, line and expression on standard error, when expression is false. */
#define gw_assert(expression)                                  \
    do {                                                       \
        if (__builtin_expect(!(expression), 0))                \
            gw_assert_failed(__FILE__, __LINE__, #expression); \
    } while (0)

/* What gw_assert does when it fails. Any thread. */
__attribute__((noreturn, cold)) void gw_assert_failed(const char *file, int line, const char *expression);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fail-stop: a broken invariant ends the process with a message, in every build type. For programming errors only:
 * input, I/O and memory are never asserted.
 */
#ifndef GW_BASE_ASSERT_H
#define GW_BASE_ASSERT_H

/* If expression is false, writes file, line and expression to standard error and aborts the process. */
#define gw_assert(expression)                                  \
    do {                                                       \
        if (__builtin_expect(!(expression), 0))                \
            gw_assert_failed(__FILE__, __LINE__, #expression); \
    } while (0)

/* The failure path of gw_assert. Any thread. */
__attribute__((noreturn, cold)) void gw_assert_failed(const char *file, int line, const char *expression);

#endif

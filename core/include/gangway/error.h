/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an operation failed: a status for the caller and a text for people.
 *
 *     struct gw_error error = {0};
 *     if (thing_open(path, &thing, &error) != GW_OK)
 *         return gw_error_wrap(reterr, &error, "opening %s", path);
 *
 * Rules for every function that takes `struct gw_error *reterr`:
 * - reterr may be NULL. The function then returns its status only.
 * - The function writes *reterr only when it fails, and returns the status that it wrote.
 * - It does not log. The caller that decides what to do about the failure logs it once.
 *
 * Memory: a struct gw_error lives on the caller's stack and contains no pointer. Setting one allocates nothing, so it
 * works when memory has run out, and it crosses from a plugin to the core by value.
 * Threads: one error belongs to one thread at a time. The functions here have no state of their own.
 * Text: one line that names what failed and with what (path, host, offset); lower case, no period, no newline. It must
 * never contain a secret, because it goes to logs and to dead letters.
 */
#ifndef GANGWAY_ERROR_H
#define GANGWAY_ERROR_H

#include <gangway/status.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lets gcc and clang check a format and its arguments: their positions, counted from 1. */
#if defined(__GNUC__)
#define GW_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define GW_PRINTF(text, first)
#endif

/* Bytes of an error's text, with the NUL that terminates it. */
enum { GW_ERROR_TEXT_MAX = 504 };

/* Initialise it with {0}: no failure. The layout is frozen. */
struct gw_error {
    int32_t status;               /* enum gw_status; GW_OK when nothing was written */
    int32_t os_error;             /* an errno value where one was the cause, else 0 */
    char text[GW_ERROR_TEXT_MAX]; /* NUL-terminated, cut when too long; no newline */
};

/* For the functions below: writes ": " and text behind the first len bytes of the error's text. What does not fit is
 * cut. A len below 0 counts as 0. */
static inline void gw_error_append(struct gw_error *error, int len, const char *text)
{
    size_t at = len < 0 ? 0 : (size_t)len;
    const char *parts[2];
    int part;

    parts[0] = ": ";
    parts[1] = text;
    for (part = 0; part < 2; part++)
        while (*parts[part] != '\0' && at + 1 < sizeof error->text)
            error->text[at++] = *parts[part]++;
    error->text[at < sizeof error->text ? at : sizeof error->text - 1] = '\0';
}

/* Records a failure: status and formatted text, os_error 0. A text that is too long is cut. Returns status, so that a
 * function fails in one line: `return gw_error_set(reterr, GW_INVALID, "...")`. */
GW_PRINTF(3, 4)
static inline enum gw_status gw_error_set(struct gw_error *reterr, enum gw_status status, const char *format, ...)
{
    va_list arguments;

    if (reterr == NULL)
        return status;
    reterr->status = (int32_t)status;
    reterr->os_error = 0;
    va_start(arguments, format);
    (void)vsnprintf(reterr->text, sizeof reterr->text, format, arguments);
    va_end(arguments);
    return status;
}

/* Records the failure of a system call: as gw_error_set, and keeps os_error (the value of errno; pass it as an
 * argument, because formatting may change errno) and appends ": " and its meaning to the text. Returns status. */
GW_PRINTF(4, 5)
static inline enum gw_status gw_error_set_errno(struct gw_error *reterr, enum gw_status status, int os_error,
                                                const char *format, ...)
{
    va_list arguments;
    int written;

    if (reterr == NULL)
        return status;
    reterr->status = (int32_t)status;
    reterr->os_error = (int32_t)os_error;
    va_start(arguments, format);
    written = vsnprintf(reterr->text, sizeof reterr->text, format, arguments);
    va_end(arguments);
    gw_error_append(reterr, written, strerror(os_error));
    return status;
}

/* Adds context to a failure: the text becomes "context: text of cause". The status and os_error of cause are kept.
 * cause may be *reterr itself. Returns the status of cause. */
GW_PRINTF(3, 4)
static inline enum gw_status gw_error_wrap(struct gw_error *reterr, const struct gw_error *cause, const char *format,
                                           ...)
{
    struct gw_error copy = *cause;
    va_list arguments;
    int written;

    if (reterr == NULL)
        return (enum gw_status)copy.status;
    reterr->status = copy.status;
    reterr->os_error = copy.os_error;
    va_start(arguments, format);
    written = vsnprintf(reterr->text, sizeof reterr->text, format, arguments);
    va_end(arguments);
    gw_error_append(reterr, written, copy.text);
    return (enum gw_status)copy.status;
}

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something failed. A struct gw_error lives on the caller's stack: setting one allocates nothing, so it survives
 * running out of memory, and it crosses from a plugin to the core by value. Its layout is frozen.
 *
 *     struct gw_error error = {0};
 *     if (thing_open(path, &thing, &error) != GW_OK)
 *         return gw_error_wrap(reterr, &error, "opening %s", path);
 *
 * Every function that takes `struct gw_error *reterr` accepts NULL, writes it only when it fails, and returns the
 * status that it wrote. Library code never logs: it returns, and whoever decides what to do logs once.
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

#if defined(__GNUC__)
#define GW_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define GW_PRINTF(text, first)
#endif

enum { GW_ERROR_TEXT_MAX = 504 };

struct gw_error {
    int32_t status;               /* enum gw_status; GW_OK when nothing was written */
    int32_t os_error;             /* an errno value where one was the cause, else 0 */
    char text[GW_ERROR_TEXT_MAX]; /* NUL-terminated, cut when too long; no newline */
};

/* Appends ": " and text behind the first len bytes, cut where the room ends. */
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

/* Writes status and text. Returns status. */
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

/* The same, for a failed system call: keeps os_error and appends ": " and what it means. Returns status. */
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

/* Puts a context before the cause: "context: cause". Keeps status and errno of cause, which may be *reterr itself.
 * Returns the status of cause. */
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

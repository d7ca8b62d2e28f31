/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an operation failed: a status for the caller and a text for people.
 *
 * Life cycle
 *
 *   declare   The caller declares `struct gw_error error = {0};` and passes its address as the last argument.
 *   set       The function that detects the failure sets status and text, and returns the status.
 *   wrap      Each function on the way up may put context in front of the text.
 *   decide    One caller decides what to do by the status: it repeats, stops, or refuses the message. It logs the text,
 *             or stores it with a dead letter. Nobody frees anything.
 *
 *     static enum gw_status read_sheet(const char *path, struct gw_error *reterr)
 *     {
 *         struct gw_error error = {0};
 *
 *         if (file_open(path, &error) != GW_OK)
 *             return gw_error_wrap(reterr, &error, "reading the sheet %s", path);
 *         ...
 *     }
 *
 *     The text is then: reading the sheet batches.csv: opening batches.csv: Permission denied
 *
 * Rules for every function that takes `struct gw_error *reterr`:
 * - reterr may be NULL. The function then returns its status only.
 * - The function writes *reterr only when it fails, and returns the status that it wrote.
 * - The function does not log. The caller that decides what to do about the failure logs it once.
 *
 * Ownership: a struct gw_error lives on the caller's stack and contains no pointer. Setting one allocates nothing, so
 * it works when memory has run out. It crosses from a plugin to the core by value.
 *
 * Threads: one error belongs to one thread at a time. The functions here have no state of their own.
 *
 * Text: one line that names what failed and with what (path, host, offset), in lower case, without a period and without
 * a newline. It must never contain a secret, because it goes to logs and to dead letters. It never decides anything:
 * code compares the status. Bound a text that a sender chose with gw_shown (gangway/sdk/show.h).
 *
 *     good:  topic orders, partition 3: offset 4711 was deleted, the partition begins at 5000
 *     bad:   Error: invalid offset!        (which topic, which offset, which one would be valid?)
 *
 * Statuses: status.h lists them, and says for each when to return it and what the caller does.
 *
 * Plugin boundary: core and plugin may have two copies of libc or different compilers. This header is inline code over
 * one frozen struct, so both sides agree on it without a common library. A plugin never keeps the address of an error.
 *
 * Cost: one vsnprintf for each failure, and none where reterr is NULL. Pass NULL where a failure is expected and its
 * text is not used, for example when a lookup returns NOT_FOUND.
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

/* Lets gcc and clang check a format against its arguments. text and first are the positions of both, counted from 1. */
#if defined(__GNUC__)
#define GW_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define GW_PRINTF(text, first)
#endif

/* Bytes of an error's text, including the NUL that terminates it. A struct gw_error then has 512 bytes. */
enum { GW_ERROR_TEXT_MAX = 504 };

/* A failure, or none. Initialise it with {0}, which means none. The layout is frozen: it is the same in every version
 * of the ABI. */
struct gw_error {
    /* enum gw_status; GW_OK while nothing was written. */
    int32_t status;

    /* The errno value that was the cause; 0 where there was none. */
    int32_t os_error;

    /* NUL-terminated, without a newline. A longer text is cut at the end. */
    char text[GW_ERROR_TEXT_MAX];
};

/* Used by the functions below. Writes ": " and text behind the first len bytes of the error's text, and cuts what does
 * not fit. A len below 0, which vsnprintf returns for a bad format, counts as 0. */
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

/*
 * Records a failure: status, the formatted text, and os_error 0.
 *
 *     return gw_error_set(reterr, GW_INVALID, "qty is %lld and must be at least 1", qty);
 *
 * status is not GW_OK. Returns status, so that a function fails in one line. A NULL reterr records nothing. An argument
 * may not point into reterr->text, because vsnprintf writes there; wrap an error with gw_error_wrap instead.
 */
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

/*
 * Records the failure of a system call: as gw_error_set, with os_error and, at the end of the text, its meaning.
 *
 *     return gw_error_set_errno(reterr, GW_CONFIG, errno, "opening %s", path);
 *
 * Pass errno as an argument, before any other call can change it. The caller chooses the status, because one errno can
 * ask for different actions: ENOENT is CONFIG for a file that an option names, and TRANSIENT for one that is awaited.
 * Returns status. A NULL reterr records nothing.
 */
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

/*
 * Adds context to a failure: the text becomes "context: text of cause". Status and os_error of cause are kept.
 *
 *     return gw_error_wrap(reterr, &error, "topic %s", topic);
 *
 * cause may be *reterr itself. If the whole is too long, the end of the cause is cut. Returns the status of cause.
 * To change the status, use gw_error_set with the text of cause as an argument; cause must then be another struct.
 * A NULL reterr records nothing, and the status of cause is returned all the same.
 */
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log records: one line each, written with one write(2) of at most PIPE_BUF bytes (4,096), so that lines of several
 * threads and processes never mix. The format is JSON, or plain text for people. Both escape control characters. Any
 * thread; allocates nothing. A longer record is cut and marked as cut.
 *
 * If nobody reads the output, a write waits as output.h says; then the record is dropped and counted. The next record
 * that can be written comes after one with the number of dropped records.
 */
#ifndef GW_BASE_LOG_H
#define GW_BASE_LOG_H

#include "base/output.h"

#include <gangway/event_code.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gw_log_level { GW_LOG_ERROR, GW_LOG_WARNING, GW_LOG_INFO, GW_LOG_DEBUG };
enum gw_log_format { GW_LOG_JSON, GW_LOG_PLAIN };

struct gw_log {
    struct gw_output *output; /* NULL: nothing is written */
    enum gw_log_format format;
    enum gw_log_level level; /* records above it are dropped */
    bool clears_line; /* plain text on a terminal: removes the progress line first, which its owner then writes again */
};

/* The level of an event code such as GW-W005 (gangway/event_code.h), from its letter. NULL is GW_LOG_DEBUG. A text that
 * is no code counts as a warning, so that a wrong code of a plugin hides no record. Async-signal-safe. */
enum gw_log_level gw_log_level_of(const char *code);

/* A further member of a record: name and value. Fields with a NULL name are left out. */
struct gw_log_field {
    const char *name;
    const char *ptr;
    size_t len;
};

/* A field with a NUL-terminated value; NULL leaves the field out. */
struct gw_log_field gw_log_field_of(const char *name, const char *value);

/* A field with a number, written into the caller's digits. Async-signal-safe. */
enum { GW_LOG_DIGITS = 24 };
struct gw_log_field gw_log_number(const char *name, int64_t number, char digits[GW_LOG_DIGITS]);

/* Writes one record: time (UTC, milliseconds), level, event code (NULL: a record for debugging), the id of the
 * component (NULL: none), the message, and the fields. */
void gw_log_write(const struct gw_log *log, const char *code, const char *component, const struct gw_log_field *fields,
                  size_t field_count, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The same with a finished text. Async-signal-safe once the output is unlocked. */
void gw_log_text(const struct gw_log *log, const char *code, const char *component, const struct gw_log_field *fields,
                 size_t field_count, const char *message);

/* Reports dropped records that were not reported yet, if the output accepts it now. */
void gw_log_report_dropped(const struct gw_log *log);

/* The same without fields. */
#define gw_log_event(log, code, component, ...) gw_log_write((log), (code), (component), NULL, 0, __VA_ARGS__)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log records: one line each on an output, written with one write(2) of at most PIPE_BUF bytes (4,096), so that lines
 * of several threads and processes never mix. JSON, or plain text for a person at a terminal. Control characters from
 * outside are escaped in both. Safe from any thread; allocates nothing; a record that is longer is cut, and says so.
 *
 * A record that nobody reads is waited for as output.h says, then dropped and counted. The first record that can be
 * written again comes behind one that says how many were dropped.
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
    bool clears_line;        /* plain: the terminal's last line is somebody else's, who will write it again */
};

/* The level of an event code such as GW-W005 (gangway/event_code.h): its letter says it. NULL is GW_LOG_DEBUG. What is
 * no code counts as a warning, so that no plugin hides a record by a wrong one. Async-signal-safe. */
enum gw_log_level gw_log_level_of(const char *code);

/* A further fact of a record: name and value. Fields with a NULL name are left out. */
struct gw_log_field {
    const char *name;
    const char *ptr;
    size_t len;
};

/* A field of a NUL-terminated value; NULL leaves the field out. */
struct gw_log_field gw_log_field_of(const char *name, const char *value);

/* A field of a number, in the caller's digits. Async-signal-safe. */
enum { GW_LOG_DIGITS = 24 };
struct gw_log_field gw_log_number(const char *name, int64_t number, char digits[GW_LOG_DIGITS]);

/* Writes one record: time (UTC, milliseconds), level, event code (NULL: none, for debugging), the component's id (NULL:
 * none), the message, the fields. */
void gw_log_write(const struct gw_log *log, const char *code, const char *component, const struct gw_log_field *fields,
                  size_t field_count, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The same with a text as it is. Async-signal-safe once the output is unlocked. */
void gw_log_text(const struct gw_log *log, const char *code, const char *component, const struct gw_log_field *fields,
                 size_t field_count, const char *message);

/* Reports what was dropped and not reported yet, if that can be written now. */
void gw_log_report_dropped(const struct gw_log *log);

/* The same without fields. */
#define gw_log_event(log, code, component, ...) gw_log_write((log), (code), (component), NULL, 0, __VA_ARGS__)

#endif

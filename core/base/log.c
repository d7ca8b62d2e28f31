/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log records. A record is built on the stack in a line of fixed size, whose last bytes are reserved for its end. So a
 * record that is cut is still one complete line, and valid JSON. Any thread. Building a record is async-signal-safe.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/json_escape.h"
#include "base/terminal_text.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_MAX_BYTES = PIPE_BUF, /* one write of at most this size is atomic on a pipe */
    LINE_END_BYTES = 32        /* for the closing quotes, the mark of a cut record, brace and newline */
};

struct line {
    size_t len;
    bool is_cut; /* something did not fit, so only the end is added from now on */
    char bytes[LINE_MAX_BYTES];
};

/* The members before the message, in the order of both formats. */
enum { HEAD_TIME, HEAD_LEVEL, HEAD_CODE, HEAD_COMPONENT, HEAD_COUNT };

static const char clear_line[] = "\r\033[K";
static const char *const level_words[] = {"error", "warning", "info", "debug"};

enum gw_log_level gw_log_level_of(const char *code)
{
    const char *dash = code != NULL ? strrchr(code, '-') : NULL;

    if (code == NULL)
        return GW_LOG_DEBUG;
    if (dash != NULL && dash[1] == 'E')
        return GW_LOG_ERROR;
    return dash != NULL && dash[1] == 'I' ? GW_LOG_INFO : GW_LOG_WARNING;
}

struct gw_log_field gw_log_field_of(const char *name, const char *value)
{
    struct gw_log_field field = {value != NULL ? name : NULL, value, value != NULL ? strlen(value) : 0};

    return field;
}

struct gw_log_field gw_log_number(const char *name, int64_t number, char digits[GW_LOG_DIGITS])
{
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t at = GW_LOG_DIGITS;

    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        digits[--at] = '-';
    return (struct gw_log_field){name, digits + at, GW_LOG_DIGITS - at};
}

static void line_add(struct line *line, const char *bytes, size_t len)
{
    if (line->is_cut || len > LINE_MAX_BYTES - LINE_END_BYTES - line->len) {
        line->is_cut = true;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

/* Writes the end of an element into the reserved bytes, also if the line is cut. */
static void line_end(struct line *line, const char *string)
{
    size_t len = strlen(string);

    memcpy(line->bytes + line->len, string, len);
    line->len += len;
}

/* Adds character by character, so that a line is never cut within a character. */
static void line_add_json(struct line *line, const char *bytes, size_t len)
{
    while (len > 0 && !line->is_cut) {
        char escaped[GW_JSON_ESCAPE_MAX];
        size_t taken;

        line_add(line, escaped, gw_json_escape(bytes, len, escaped, &taken));
        bytes += taken;
        len -= taken;
    }
}

/* The same for people: quotes and backslashes of a message are not escaped. */
static void line_add_visible(struct line *line, const char *bytes, size_t len, bool is_quoted)
{
    while (len > 0 && !line->is_cut) {
        char escaped[GW_TERMINAL_ESCAPE_MAX];
        size_t taken;

        if (is_quoted && (bytes[0] == '"' || bytes[0] == '\\'))
            line_add(line, "\\", 1);
        line_add(line, escaped, gw_terminal_escape(bytes, len, escaped, &taken));
        bytes += taken;
        len -= taken;
    }
}

/* Adds everything before a value, or nothing, so that a record never contains a part of a name. */
static bool line_begin(struct line *line, const char *before, const char *name, const char *behind)
{
    const char *const parts[] = {before, name, behind};
    size_t start = line->len;

    for (size_t i = 0; i < 3; i++)
        line_add(line, parts[i], strlen(parts[i]));
    if (line->is_cut)
        line->len = start;
    return !line->is_cut;
}

static void line_add_member(struct line *line, const char *name, const char *ptr, size_t len)
{
    if (!line_begin(line, line->len == 0 ? "{\"" : ",\"", name, "\":\""))
        return;
    line_add_json(line, ptr, len);
    line_end(line, "\"");
}

static void format_json(struct line *line, const char *const head[HEAD_COUNT], const char *message,
                        const struct gw_log_field *fields, size_t field_count)
{
    static const char *const names[HEAD_COUNT] = {"time", "level", "code", "component"};
    size_t i;

    for (i = 0; i < HEAD_COUNT; i++)
        if (head[i] != NULL)
            line_add_member(line, names[i], head[i], strlen(head[i]));
    line_add_member(line, "message", message, strlen(message));
    for (i = 0; i < field_count; i++)
        if (fields[i].name != NULL)
            line_add_member(line, fields[i].name, fields[i].ptr, fields[i].len);
    line_end(line, line->is_cut ? ",\"cut\":true}\n" : "}\n");
}

/* Whether a value is unambiguous without quotes. */
static bool is_word(const char *ptr, size_t len)
{
    return len > 0 && gw_json_plain_run(ptr, len) == len && memchr(ptr, ' ', len) == NULL &&
           memchr(ptr, '=', len) == NULL;
}

static void line_add_pair(struct line *line, const struct gw_log_field *field)
{
    bool is_quoted = !is_word(field->ptr, field->len);

    if (!line_begin(line, " ", field->name, is_quoted ? "=\"" : "="))
        return;
    line_add_visible(line, field->ptr, field->len, is_quoted);
    if (is_quoted)
        line_end(line, "\"");
}

static void format_plain(struct line *line, bool clears_line, const char *const head[HEAD_COUNT], const char *message,
                         const struct gw_log_field *fields, size_t field_count)
{
    size_t i;

    if (clears_line)
        line_add(line, clear_line, sizeof clear_line - 1);
    line_begin(line, head[HEAD_TIME], " ", head[HEAD_LEVEL]);
    for (i = HEAD_CODE; i < HEAD_COUNT; i++) {
        if (head[i] == NULL)
            continue;
        line_add(line, " ", 1);
        line_add_visible(line, head[i], strlen(head[i]), false);
    }
    line_add(line, ": ", 2);
    line_add_visible(line, message, strlen(message), false);
    for (i = 0; i < field_count; i++)
        if (fields[i].name != NULL)
            line_add_pair(line, &fields[i]);
    line_end(line, line->is_cut ? " [cut]\n" : "\n");
}

static void format_record(struct line *line, const struct gw_log *log, const char *code, const char *component,
                          const struct gw_log_field *fields, size_t field_count, const char *message)
{
    char time[GW_CLOCK_TEXT_MAX];
    const char *const head[HEAD_COUNT] = {time, level_words[gw_log_level_of(code)], code, component};

    line->len = 0;
    line->is_cut = false;
    gw_clock_format(gw_clock_unix_ms(), time);
    if (log->format == GW_LOG_JSON)
        format_json(line, head, message, fields, field_count);
    else
        format_plain(line, log->clears_line, head, message, fields, field_count);
}

void gw_log_report_dropped(const struct gw_log *log)
{
    uint64_t count = log->output != NULL ? atomic_exchange(&log->output->unreported, 0) : 0;
    struct line line;
    char digits[GW_LOG_DIGITS];
    struct gw_log_field field = gw_log_number("dropped", (int64_t)count, digits);

    if (count == 0)
        return;
    format_record(&line, log, GW_CODE_LOG_RECORDS_DROPPED, NULL, &field, 1,
                  "log records were dropped because nobody read the log; check its reader: a log shipper, a pager, a "
                  "stopped terminal");
    if (gw_output_offer(log->output, line.bytes, line.len) != 0)
        atomic_fetch_add(&log->output->unreported, count);
}

void gw_log_text(const struct gw_log *log, const char *code, const char *component, const struct gw_log_field *fields,
                 size_t field_count, const char *message)
{
    struct line line;
    int saved_errno = errno; /* kept, so that a caller may log before it reads errno */

    if (gw_log_level_of(code) > log->level || log->output == NULL)
        return;
    gw_log_report_dropped(log);
    format_record(&line, log, code, component, fields, field_count, message);
    (void)gw_output_write(log->output, line.bytes, line.len);
    errno = saved_errno;
}

void gw_log_write(const struct gw_log *log, const char *code, const char *component, const struct gw_log_field *fields,
                  size_t field_count, const char *format, ...)
{
    char message[LINE_MAX_BYTES];
    int saved_errno = errno;
    va_list arguments;
    int len;

    if (gw_log_level_of(code) > log->level || log->output == NULL)
        return;
    va_start(arguments, format);
    len = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (len < 0)
        (void)snprintf(message, sizeof message, "%s", format);
    gw_log_text(log, code, component, fields, field_count, message);
    errno = saved_errno;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the findings of a plugin's checks. Formats and forwards them, and decides nothing. One thread at a time. */
#include "plugin/inspection.h"

/* The highest number of bytes of a path that is shown, counted from its end, so that the reason behind it is never cut.
 */
enum { FILE_SHOWN_MAX = 200 };

void gw_inspection_init(struct gw_inspection *inspection, const char *file, const struct gw_report *report)
{
    *inspection = (struct gw_inspection){.file = file, .report = report};
}

/* Names and texts of a plugin may contain any bytes, but a finding is one line. */
GW_PRINTF(2, 0) static void format_line(char out[GW_ERROR_TEXT_MAX], const char *format, va_list arguments)
{
    if (vsnprintf(out, GW_ERROR_TEXT_MAX, format, arguments) < 0)
        out[0] = '\0';
    for (char *at = out; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    }
}

static void inspection_tell(const struct gw_inspection *inspection, enum gw_status status, const char *subject,
                            const char *text)
{
    if (inspection->report != NULL)
        inspection->report->line(inspection->report, (int32_t)status, gw_text_of(subject), gw_text_of(text));
}

GW_PRINTF(3, 4)
static void inspection_set_first(struct gw_inspection *inspection, enum gw_status status, const char *format, ...)
{
    va_list arguments;

    inspection->first.status = (int32_t)status;
    va_start(arguments, format);
    format_line(inspection->first.text, format, arguments);
    va_end(arguments);
}

static bool inspection_record(struct gw_inspection *inspection, enum gw_status status, int os_error,
                              const char *subject, const char *text)
{
    size_t len = strlen(inspection->file);
    bool is_long = len > FILE_SHOWN_MAX;
    const char *shown = is_long ? inspection->file + len - FILE_SHOWN_MAX : inspection->file;

    inspection_tell(inspection, status, subject, text);
    if (!gw_inspection_has_failed(inspection)) {
        inspection_set_first(inspection, status, "%s%s: %s", is_long ? "..." : "", shown, text);
        inspection->first.os_error = os_error;
    }
    return false;
}

bool gw_inspection_pass(struct gw_inspection *inspection, const char *subject, const char *format, ...)
{
    char text[GW_ERROR_TEXT_MAX];
    va_list arguments;

    if (inspection->report == NULL)
        return true;
    va_start(arguments, format);
    format_line(text, format, arguments);
    va_end(arguments);
    inspection_tell(inspection, GW_OK, subject, text);
    return true;
}

bool gw_inspection_fail(struct gw_inspection *inspection, enum gw_status status, const char *subject,
                        const char *format, ...)
{
    char text[GW_ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    format_line(text, format, arguments);
    va_end(arguments);
    return inspection_record(inspection, status, 0, subject, text);
}

bool gw_inspection_fail_errno(struct gw_inspection *inspection, int os_error, const char *subject, const char *format,
                              ...)
{
    char text[GW_ERROR_TEXT_MAX];
    size_t len;
    va_list arguments;

    va_start(arguments, format);
    format_line(text, format, arguments);
    va_end(arguments);
    len = strlen(text);
    (void)snprintf(text + len, sizeof text - len, ": %s", strerror(os_error));
    return inspection_record(inspection, GW_CONFIG, os_error, subject, text);
}

bool gw_inspection_has_failed(const struct gw_inspection *inspection)
{
    return inspection->first.status != GW_OK;
}

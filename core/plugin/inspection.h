/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings while a plugin is checked: the first failure, which is the reason for refusing it, and a line for each
 * check if the caller wants them. So the same checks serve loading and `gangway plugin verify`. Knows nothing about
 * plugins. One thread at a time.
 */
#ifndef GW_PLUGIN_INSPECTION_H
#define GW_PLUGIN_INSPECTION_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <stdbool.h>

struct gw_inspection {
    const char *file;               /* names the plugin in the text of the first failure */
    const struct gw_report *report; /* NULL: no lines are reported */
    struct gw_error first;          /* status OK: no check has failed */
};

/* Borrows file and report. */
void gw_inspection_init(struct gw_inspection *inspection, const char *file, const struct gw_report *report);

/* Records that a check of subject passed; the text says what was found. Returns true. */
GW_PRINTF(3, 4) bool gw_inspection_pass(struct gw_inspection *inspection, const char *subject, const char *format, ...);

/* Records that a check failed; the text says what was found and what was expected. Returns false. */
GW_PRINTF(4, 5)
bool gw_inspection_fail(struct gw_inspection *inspection, enum gw_status status, const char *subject,
                        const char *format, ...);

/* The same for a failed system call, with the status CONFIG; the meaning of os_error is appended. */
GW_PRINTF(4, 5)
bool gw_inspection_fail_errno(struct gw_inspection *inspection, int os_error, const char *subject, const char *format,
                              ...);

bool gw_inspection_has_failed(const struct gw_inspection *inspection);

#endif

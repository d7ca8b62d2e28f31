/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of all findings about a file, each with its place. A check adds a finding and continues, so an operator sees
 * every mistake at once. Texts show keys and names, never a value, which may be a secret. One thread at a time.
 */
#ifndef GW_YAML_DIAGNOSTICS_H
#define GW_YAML_DIAGNOSTICS_H

#include "base/arena.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gw_severity { GW_SEVERITY_ERROR, GW_SEVERITY_WARNING };

struct gw_diagnostic {
    const struct gw_diagnostic *next; /* the one added before it */
    enum gw_severity severity;
    uint32_t line; /* from 1; 0: text is a complete line that includes the place */
    uint32_t column;
    const char *text; /* one line */
};

struct gw_diagnostics {
    struct gw_arena *arena;
    const char *file; /* as the operator named it */
    const struct gw_diagnostic *newest;
    size_t errors;
    size_t warnings;
    bool has_failed; /* out of memory: a finding is missing, and the checked file must not be used */
};

/* An empty list with its texts in arena. Borrows file. */
void gw_diagnostics_init(struct gw_diagnostics *diagnostics, struct gw_arena *arena, const char *file);

/* Adds a finding about a place. It is shown with escapes for control characters. */
__attribute__((format(printf, 5, 6))) void gw_diagnostics_add(struct gw_diagnostics *diagnostics,
                                                              enum gw_severity severity, uint32_t line, uint32_t column,
                                                              const char *format, ...);

/* Adds an error that is a complete line, as the YAML reader writes it. */
void gw_diagnostics_add_line(struct gw_diagnostics *diagnostics, const char *text);

/* Appends a line `FILE:LINE:COLUMN: error: text` or `... warning: text` for each finding, in the order of places. */
void gw_diagnostics_print(const struct gw_diagnostics *diagnostics, struct gw_buffer *buffer);

#endif

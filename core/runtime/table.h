/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table for an operator: aligned for the eye, as JSON for a program, or as Markdown for a page. Rows are kept until
 * it is printed, since the widest cell sets the width. Main thread.
 */
#ifndef GW_RUNTIME_TABLE_H
#define GW_RUNTIME_TABLE_H

#include "base/arena.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum gw_format { GW_FORMAT_PLAIN, GW_FORMAT_JSON, GW_FORMAT_MARKDOWN };

struct gw_column {
    const char *name;  /* lower case, words joined by `_`: the key in JSON, the heading elsewhere */
    bool is_raw;       /* cells are JSON already: numbers, true, false; aligned to the right */
    bool is_json_only; /* for programs */
};

enum { GW_TABLE_MAX_COLUMNS = 16 };

struct gw_table_row;

struct gw_table {
    struct gw_arena *arena;
    const struct gw_column *columns;
    size_t column_count;
    struct gw_table_row *first;
    struct gw_table_row *last;
    bool has_failed; /* memory ran out: a row is missing */
};

/* An empty table of at most GW_TABLE_MAX_COLUMNS. Borrows columns; rows are in arena. */
void gw_table_init(struct gw_table *table, struct gw_arena *arena, const struct gw_column *columns,
                   size_t column_count);

/* Adds a row: a cell per column, copied; NULL is nothing, and null in JSON. */
void gw_table_add(struct gw_table *table, const char *const *cells);

/* Appends the whole table; a table that has failed marks the buffer as failed. In PLAIN and MARKDOWN control characters
 * become '?'. JSON: one array of objects. */
void gw_table_print(const struct gw_table *table, enum gw_format format, struct gw_buffer *buffer);

#endif

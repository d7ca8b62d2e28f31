/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table printer: aligned text for people, JSON for programs, Markdown for documents. It keeps rows until they are
 * printed, because the widest cell sets the width. A long table is printed in parts. Main thread.
 */
#ifndef GW_CLI_LISTING_H
#define GW_CLI_LISTING_H

#include "base/arena.h"
#include "base/buffer.h"
#include "json/json_writer.h"

#include <stdbool.h>
#include <stddef.h>

enum gw_format { GW_FORMAT_PLAIN, GW_FORMAT_JSON, GW_FORMAT_MARKDOWN };

struct gw_column {
    const char *name;    /* lower case, words joined by `_`: the key in JSON, otherwise the heading */
    const char *heading; /* the heading, if it is not the name; else NULL */
    bool is_raw;         /* cells are JSON already (numbers, true, false) and are aligned to the right */
    bool is_json_only;   /* only for programs */
};

enum { GW_LISTING_MAX_COLUMNS = 16 };

struct gw_listing_row;

struct gw_listing {
    struct gw_arena *arena;
    const struct gw_column *columns;
    size_t column_count;
    struct gw_listing_row *first;
    struct gw_listing_row *last;
    size_t widths[GW_LISTING_MAX_COLUMNS]; /* PLAIN: the widths in the parts printed so far */
    struct gw_json_writer json;
    bool has_begun;  /* the first part was printed */
    bool has_failed; /* memory ran out, so a row is missing */
};

/* Creates an empty table with at most GW_LISTING_MAX_COLUMNS columns. Borrows columns; rows are in arena. */
void gw_listing_init(struct gw_listing *table, struct gw_arena *arena, const struct gw_column *columns,
                     size_t column_count);

/* Adds a row with one cell per column. The cells are copied. NULL is an empty cell, and null in JSON. */
void gw_listing_add(struct gw_listing *table, const char *const *cells);

/* Appends the whole table. If a row is missing, it marks the buffer as failed. PLAIN and MARKDOWN replace control
 * characters by '?'. JSON is one array of objects. */
void gw_listing_print(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer);

/* The same in parts: print_part appends the rows that were added since the last part and drops them, so that the arena
 * may be reset; print_end ends the table. Use the same format each time. The buffer may be emptied between the parts.
 */
void gw_listing_print_part(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer);
void gw_listing_print_end(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table for an operator: aligned for the eye, as JSON for a program, or as Markdown for a page. Rows are kept until
 * they are printed, since the widest cell sets the width; a long table is printed in parts. Main thread.
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
    const char *name;    /* lower case, words joined by `_`: the key in JSON, the heading elsewhere */
    const char *heading; /* the heading, where it is not the name; else NULL */
    bool is_raw;         /* cells are JSON already: numbers, true, false; aligned to the right */
    bool is_json_only;   /* for programs */
};

enum { GW_LISTING_MAX_COLUMNS = 16 };

struct gw_listing_row;

struct gw_listing {
    struct gw_arena *arena;
    const struct gw_column *columns;
    size_t column_count;
    struct gw_listing_row *first;
    struct gw_listing_row *last;
    size_t widths[GW_LISTING_MAX_COLUMNS]; /* PLAIN: of the parts printed so far */
    struct gw_json_writer json;
    bool has_begun;  /* a part was printed */
    bool has_failed; /* memory ran out: a row is missing */
};

/* An empty table of at most GW_LISTING_MAX_COLUMNS. Borrows columns; rows are in arena. */
void gw_listing_init(struct gw_listing *table, struct gw_arena *arena, const struct gw_column *columns,
                     size_t column_count);

/* Adds a row: a cell per column, copied; NULL is nothing, and null in JSON. */
void gw_listing_add(struct gw_listing *table, const char *const *cells);

/* Appends the whole table; one that has failed marks the buffer as failed. In PLAIN and MARKDOWN control characters
 * become '?'. JSON: one array of objects. */
void gw_listing_print(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer);

/* The same in parts: appends the rows that were added since the last part, and forgets them, so that the arena may be
 * reset; then the end. Always the same format; the buffer may be emptied between the parts. */
void gw_listing_print_part(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer);
void gw_listing_print_end(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer);

#endif

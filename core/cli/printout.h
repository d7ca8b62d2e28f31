/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table on its way to standard output, printed in parts: however many rows there are, only some are in memory. Main
 * thread.
 */
#ifndef GW_CLI_PRINTOUT_H
#define GW_CLI_PRINTOUT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "cli/listing.h"

#include <stdbool.h>
#include <stddef.h>

struct gw_printout {
    struct gw_arena *arena; /* of the rows that were not printed yet */
    struct gw_listing table;
    size_t waiting; /* rows */
    enum gw_format format;
    struct gw_buffer text;
    bool has_failed; /* memory ran out: rows are missing */
};

/* Borrows columns. */
void gw_printout_open(struct gw_printout *printout, enum gw_format format, const struct gw_column *columns,
                      size_t column_count);

/* Adds a row: a cell per column, copied; NULL is nothing. */
void gw_printout_add(struct gw_printout *printout, const char *const *cells);

/* Prints what was added so far. */
void gw_printout_flush(struct gw_printout *printout);

/* Prints the rest and ends the table. False when memory ran out on the way. */
bool gw_printout_close(struct gw_printout *printout);

/* Ends it without the rest: something has failed. Of a table of which nothing was printed yet, nothing ever is. */
void gw_printout_drop(struct gw_printout *printout);

#endif

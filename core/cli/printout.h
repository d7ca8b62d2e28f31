/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a table to standard output in parts, so that only some of its rows are in memory. Main thread. */
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
    size_t waiting; /* number of rows that were not printed yet */
    enum gw_format format;
    struct gw_buffer text;
    bool has_failed; /* memory ran out, so rows are missing */
};

/* Borrows columns. */
void gw_printout_open(struct gw_printout *printout, enum gw_format format, const struct gw_column *columns,
                      size_t column_count);

/* Adds a row with one cell per column. The cells are copied. NULL is an empty cell. */
void gw_printout_add(struct gw_printout *printout, const char *const *cells);

/* Prints the rows that were added so far. */
void gw_printout_flush(struct gw_printout *printout);

/* Prints the rest and ends the table. False: memory ran out. */
bool gw_printout_close(struct gw_printout *printout);

/* Ends the table without the rest, after a failure. If nothing was printed yet, nothing is printed. */
void gw_printout_drop(struct gw_printout *printout);

#endif

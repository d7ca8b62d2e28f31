/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses one row of CSV (RFC 4180), without copying or changing a byte. Strict, because leniency would be a guess: a
 * quote or a carriage return in a cell that is not quoted is refused. The parser starts at the first byte of a row;
 * bytes that are still to be read may be missing behind it. No state except the structs, any thread.
 */
#ifndef CSV_ROW_H
#define CSV_ROW_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

/* The bytes between the commas, without quotes around them; in a quoted cell every quote is still doubled. */
struct csv_cell {
    struct gw_text text;
    bool is_quoted;
};

struct csv_parser {
    const char *at; /* in: the first byte of the row; out: behind its last cell, at the end of the line */
    const char *end;
    bool at_end;       /* there is nothing behind `end` */
    const char *wrong; /* out, with CSV_WRONG: why this is no row */
};

enum csv_found {
    CSV_ROW,
    CSV_NEED_MORE,
    CSV_WRONG,
    CSV_COMMA /* inside the parser: another cell follows */
};

/* Parses a row into at most `max` cells. CSV_ROW: *ret_count cells were found; CSV_NEED_MORE: the row does not end
 * before `end`, and at_end is not set; CSV_WRONG. */
enum csv_found csv_parse_row(struct csv_parser *parser, struct csv_cell *cells, uint32_t max, uint32_t *ret_count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sheet: CSV text (RFC 4180) as rows of cells, read in place and written to a buffer. A quoted cell may contain any
 * byte. Knows nothing of columns and their meaning. No state except the structs.
 */
#ifndef CSV_SHEET_H
#define CSV_SHEET_H

#include <gangway/error.h>
#include <gangway/sdk/buffer.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHEET_CELLS_MAX = 32 };

/* The style of a file, apart from its cells: kept when the file is written again. */
struct sheet_style {
    bool has_mark; /* a byte-order mark, which some spreadsheets need */
    bool has_crlf;
};

/* ---- reading: cells point into the text, which reading changes */

struct sheet_reader {
    const char *file; /* for errors */
    char *at;
    char *end;
    uint64_t next_line;
    uint64_t line; /* of the last row, from 1 */
    char *row;     /* the beginning of the last row in the text */
    struct gw_text cells[SHEET_CELLS_MAX];
    uint32_t cell_count;
    struct sheet_style style;
};

void sheet_begin(struct sheet_reader *reader, const char *file, char *text, size_t len);

/* The next row that is not blank: OK; END; CONFIG: the text is not CSV, and reterr says where and why. */
enum gw_status sheet_next(struct sheet_reader *reader, struct gw_error *reterr);

/* ---- writing */

/* Appends a cell, with quotes if needed. index 0 is the first of its row. */
void sheet_append_cell(struct gw_buffer *buffer, uint32_t index, struct gw_text cell);
void sheet_end_row(struct gw_buffer *buffer, const struct sheet_style *style);

#endif

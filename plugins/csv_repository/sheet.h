/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sheet: CSV text (RFC 4180) as rows of cells, read in place and written to a buffer. Any byte may stand in a quoted
 * cell. Knows nothing of columns and what they mean. No state but the structs.
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

/* How a file is written, apart from its cells: kept when it is written again. */
struct sheet_style {
    bool has_mark; /* a byte-order mark, as some spreadsheets want it */
    bool has_crlf;
};

/* ---- reading: cells point into the text, which is changed on the way */

struct sheet_reader {
    const char *file; /* for errors */
    char *at;
    char *end;
    uint64_t next_line;
    uint64_t line; /* where the last row began, from 1 */
    char *row;     /* the same in the text */
    struct gw_text cells[SHEET_CELLS_MAX];
    uint32_t cell_count;
    struct sheet_style style;
};

void sheet_begin(struct sheet_reader *reader, const char *file, char *text, size_t len);

/* The next row that is not blank: OK; END; CONFIG: this is no CSV, and the text says where and why. */
enum gw_status sheet_next(struct sheet_reader *reader, struct gw_error *reterr);

/* ---- writing */

/* A cell, quoted where it must be; index 0 is the first of its row. */
void sheet_append_cell(struct gw_buffer *buffer, uint32_t index, struct gw_text cell);
void sheet_end_row(struct gw_buffer *buffer, const struct sheet_style *style);

#endif

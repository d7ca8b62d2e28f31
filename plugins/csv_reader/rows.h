/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows: splits the bytes of a file into rows of cells (RFC 4180) as they are read. Text that is not CSV is cut at the
 * end of its first line, so that one wrong quote does not swallow the rows behind it. Knows no file and no message. One
 * thread.
 */
#ifndef CSV_READER_ROWS_H
#define CSV_READER_ROWS_H

#include "csv/row.h"

#include <gangway/message.h>
#include <gangway/text.h>

#include <sodium.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CELLS_MAX = 256, ROW_HEAD_MAX = 4096 };

enum row_kind {
    ROW_CELLS,
    ROW_WRONG,    /* not CSV: text is its first line */
    ROW_OVERSIZED /* text is its beginning */
};

/* Valid until the next call on the rows that it is from. */
struct row {
    enum row_kind kind;
    struct gw_text text; /* as in the file, without the line end */
    const char *wrong;   /* ROW_WRONG: what is wrong */
    uint64_t line;
    int64_t offset; /* in the file */
    int64_t next;   /* behind its line end */
    uint64_t full_len;
    uint8_t digest[GW_DIGEST_BYTES]; /* ROW_OVERSIZED: of the whole row */
    uint32_t cell_count;
};

struct rows {
    char *bytes;
    size_t capacity;
    size_t begin; /* of the bytes that are not split yet */
    size_t end;
    size_t limit;
    int64_t offset; /* the offset of begin in the file */
    uint64_t line;
    bool is_dropping; /* within a row above the limit, whose beginning is at begin */
    uint64_t dropped;
    crypto_generichash_state digest;
    struct csv_cell cells[CELLS_MAX]; /* of the row that was returned last */
};

void rows_init(struct rows *rows, size_t limit);
void rows_done(struct rows *rows);

/* Starts again with the first byte of a file. */
void rows_rewind(struct rows *rows);

/* The memory for the next bytes of the file. NULL: no memory. */
char *rows_room(struct rows *rows, size_t *ret_len);
void rows_filled(struct rows *rows, size_t len);

/* The offset of those bytes in the file. */
int64_t rows_read_offset(const struct rows *rows);

/* Returns the next row that is not blank. False: more bytes are needed, or at the end there are none. */
bool rows_next(struct rows *rows, bool at_end, struct row *ret_row);

/* A hash that distinguishes a row from another one at the same offset. */
uint64_t row_mark(const struct row *row);

#endif

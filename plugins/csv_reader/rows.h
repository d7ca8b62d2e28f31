/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows: the bytes of a file, as they are read, cut into rows of cells (RFC 4180). What is no row is cut off at the end
 * of its first line, so that one wrong quote does not swallow what follows. Knows no file and no message. One thread.
 */
#ifndef CSV_READER_ROWS_H
#define CSV_READER_ROWS_H

#include <gangway/message.h>
#include <gangway/text.h>

#include <sodium.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CELLS_MAX = 256, ROW_HEAD_MAX = 4096 };

/* The bytes between the commas, without quotes around them; in a quoted cell every quote is still doubled. */
struct cell {
    struct gw_text text;
    bool is_quoted;
};

enum row_kind {
    ROW_CELLS,
    ROW_WRONG,    /* no CSV: text is its first line */
    ROW_OVERSIZED /* text is its head */
};

/* Valid until the next call on the rows that it is from. */
struct row {
    enum row_kind kind;
    struct gw_text text; /* as it stands in the file, without the end of the line */
    const char *wrong;   /* what is, with ROW_WRONG */
    uint64_t line;
    int64_t offset; /* in the file */
    int64_t next;   /* behind the end of its line */
    uint64_t full_len;
    uint8_t digest[GW_DIGEST_BYTES]; /* with ROW_OVERSIZED */
    uint32_t cell_count;
};

struct rows {
    char *bytes;
    size_t capacity;
    size_t begin; /* of what is still to be cut */
    size_t end;
    size_t limit;
    int64_t offset; /* in the file, of begin */
    uint64_t line;
    bool is_dropping; /* in a row that is longer than the limit: its head is at begin */
    uint64_t dropped;
    crypto_generichash_state digest;
    struct cell cells[CELLS_MAX]; /* of the row that was cut last */
};

void rows_init(struct rows *rows, size_t limit);
void rows_done(struct rows *rows);

/* Begins with the first byte of a file. */
void rows_rewind(struct rows *rows);

/* Where the next bytes of the file go; NULL when memory has run out. */
char *rows_room(struct rows *rows, size_t *ret_len);
void rows_filled(struct rows *rows, size_t len);

/* Where in the file they are from. */
int64_t rows_read_offset(const struct rows *rows);

/* Cuts the next row that is not blank. False: more bytes are needed, or at the end there are none. */
bool rows_next(struct rows *rows, bool at_end, struct row *ret_row);

/* The hash that tells a row from another one in its place. */
uint64_t row_mark(const struct row *row);

#endif

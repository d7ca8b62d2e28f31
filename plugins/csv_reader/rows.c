/* SPDX-License-Identifier: Apache-2.0 */
/* Rows: after each read, a row is parsed from its beginning, because most rows are complete the first time. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

enum { READ_MIN = 64 * 1024, MARK_BYTES = 3 };

static const char byte_order_mark[] = "\xef\xbb\xbf";

void rows_init(struct rows *rows, size_t limit)
{
    memset(rows, 0, sizeof *rows);
    rows->limit = limit;
    rows->line = 1;
}

void rows_done(struct rows *rows)
{
    free(rows->bytes);
    rows->bytes = NULL;
}

void rows_rewind(struct rows *rows)
{
    rows->begin = 0;
    rows->end = 0;
    rows->offset = 0;
    rows->line = 1;
    rows->is_dropping = false;
    rows->dropped = 0;
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

char *rows_room(struct rows *rows, size_t *ret_len)
{
    size_t len = rows->end - rows->begin;
    size_t capacity = len + READ_MIN > 2 * len ? len + READ_MIN : 2 * len;

    if (rows->begin > 0)
        memmove(rows->bytes, rows->bytes + rows->begin, len);
    rows->begin = 0;
    rows->end = len;
    if (rows->capacity < capacity) {
        char *bytes = realloc(rows->bytes, capacity);

        if (bytes == NULL)
            return NULL;
        rows->bytes = bytes;
        rows->capacity = capacity;
    }
    *ret_len = rows->capacity - rows->end;
    return rows->bytes + rows->end;
}

void rows_filled(struct rows *rows, size_t len)
{
    rows->end += len;
}

int64_t rows_read_offset(const struct rows *rows)
{
    return rows->offset + (int64_t)(rows->end - rows->begin) + (int64_t)rows->dropped;
}

/* ---- splitting ------------------------------------------------------------------------------------------------- */

/* The number of bytes of the line end here. */
static size_t line_end(const struct rows *rows, size_t at)
{
    if (at < rows->end && rows->bytes[at] == '\r')
        return at + 1 < rows->end ? 2 : 1; /* a carriage return at the end of the file is a line end */
    return at < rows->end && rows->bytes[at] == '\n';
}

static uint64_t count_newlines(const char *bytes, size_t len)
{
    uint64_t count = 0;
    const char *end = bytes + len;

    while (bytes < end && (bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
        count++;
        bytes++;
    }
    return count;
}

/* Takes len bytes as a row, and skips the line end behind them. */
static void take(struct rows *rows, size_t len, struct row *row)
{
    size_t whole = len + line_end(rows, rows->begin + len);

    row->text = gw_text_span(rows->bytes + rows->begin, len);
    row->line = rows->line;
    row->offset = rows->offset;
    row->full_len = len + rows->dropped;
    row->next = rows->offset + (int64_t)(whole + rows->dropped);
    rows->line += count_newlines(rows->bytes + rows->begin, whole);
    rows->begin += whole;
    rows->offset = row->next;
    rows->dropped = 0;
    rows->is_dropping = false;
}

/* Takes the first line as a wrong row. False: its end was not read yet. */
static bool take_wrong(struct rows *rows, bool at_end, const char *wrong, struct row *row)
{
    const char *bytes = rows->bytes + rows->begin;
    const char *newline = memchr(bytes, '\n', rows->end - rows->begin);
    size_t len = newline != NULL ? (size_t)(newline - bytes) : rows->end - rows->begin;

    if (newline == NULL && !at_end)
        return false;
    if (newline != NULL && len > 0 && bytes[len - 1] == '\r')
        len--;
    *row = (struct row){.kind = ROW_WRONG, .wrong = wrong};
    take(rows, len, row);
    return true;
}

/* The current row is too long: its beginning is kept, the rest is hashed and dropped. */
static void begin_dropping(struct rows *rows)
{
    rows->is_dropping = true;
    (void)crypto_generichash_init(&rows->digest, NULL, 0, GW_DIGEST_BYTES);
    (void)crypto_generichash_update(&rows->digest, (const unsigned char *)rows->bytes + rows->begin, ROW_HEAD_MAX);
}

/* Drops up to a newline, or everything that was read. True: the row has ended. */
static bool drop(struct rows *rows, bool at_end, struct row *row)
{
    size_t head = rows->begin + ROW_HEAD_MAX;
    char *rest = rows->bytes + head;
    size_t len = rows->end - head;
    const char *newline = len > 0 ? memchr(rest, '\n', len) : NULL;
    size_t gone = newline != NULL ? (size_t)(newline - rest) : len;

    (void)crypto_generichash_update(&rows->digest, (const unsigned char *)rest, gone);
    rows->dropped += gone;
    memmove(rest, rest + gone, len - gone);
    rows->end -= gone;
    if (newline == NULL && !at_end)
        return false;
    *row = (struct row){.kind = ROW_OVERSIZED};
    take(rows, ROW_HEAD_MAX, row);
    (void)crypto_generichash_final(&rows->digest, row->digest, sizeof row->digest);
    return true;
}

/* The current row is longer than the limit, whether its end is known or not. */
static bool cut_long(struct rows *rows, size_t len, bool at_end, struct row *row)
{
    if (memchr(rows->bytes + rows->begin, '\n', len) != NULL)
        return take_wrong(rows, at_end, "a cell begins with a quote that is not closed within the longest row", row);
    begin_dropping(rows);
    return drop(rows, at_end, row);
}

static bool cut(struct rows *rows, bool at_end, struct row *row)
{
    const char *from = rows->bytes + rows->begin;
    struct csv_parser parser = {.at = from, .end = rows->bytes + rows->end, .at_end = at_end};
    uint32_t cell_count;
    enum csv_found found;
    size_t len;

    if (rows->is_dropping)
        return drop(rows, at_end, row);
    found = csv_parse_row(&parser, rows->cells, CELLS_MAX, &cell_count);
    if (found == CSV_WRONG && take_wrong(rows, at_end, parser.wrong, row))
        return true;
    len = found == CSV_ROW ? (size_t)(parser.at - from) : rows->end - rows->begin;
    if (len > rows->limit)
        return cut_long(rows, len, at_end, row);
    if (found != CSV_ROW)
        return false;
    *row = (struct row){.kind = ROW_CELLS, .cell_count = cell_count};
    take(rows, len, row);
    return true;
}

/* Spreadsheets write rows that consist of commas only. */
static bool is_blank(const struct rows *rows, const struct row *row)
{
    if (row->kind != ROW_CELLS)
        return false;
    for (uint32_t i = 0; i < row->cell_count; i++)
        if (rows->cells[i].text.len > 0)
            return false;
    return true;
}

static void skip_mark(struct rows *rows)
{
    if (rows->offset != 0 || rows->end - rows->begin < MARK_BYTES ||
        memcmp(rows->bytes + rows->begin, byte_order_mark, MARK_BYTES) != 0)
        return;
    rows->begin += MARK_BYTES;
    rows->offset += MARK_BYTES;
}

bool rows_next(struct rows *rows, bool at_end, struct row *ret_row)
{
    if (rows->offset == 0 && rows->end - rows->begin < MARK_BYTES && !at_end)
        return false;
    skip_mark(rows);
    while (rows->begin < rows->end) {
        if (!cut(rows, at_end, ret_row))
            return false;
        if (!is_blank(rows, ret_row))
            return true;
    }
    return false;
}

uint64_t row_mark(const struct row *row)
{
    uint8_t digest[GW_DIGEST_BYTES];
    uint64_t mark = 0;

    if (row->kind == ROW_OVERSIZED)
        memcpy(digest, row->digest, sizeof digest);
    else
        (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)row->text.ptr, row->text.len, NULL, 0);
    for (int i = 7; i >= 0; i--)
        mark = mark << 8 | digest[i];
    return mark;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sheet: strict, because leniency would be a guess. A quote in a cell that is not quoted is refused. */
#include "sheet.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

enum { MARK_BYTES = 3 };

/* ---- reading --------------------------------------------------------------------------------------------------- */

void sheet_begin(struct sheet_reader *reader, const char *file, char *text, size_t len)
{
    *reader = (struct sheet_reader){.file = file, .at = text, .end = text + len, .next_line = 1};
    if (len >= MARK_BYTES && memcmp(text, byte_order_mark, MARK_BYTES) == 0) {
        reader->style.has_mark = true;
        reader->at += MARK_BYTES;
    }
}

static bool is_row_end(const struct sheet_reader *reader, const char *at)
{
    if (at == reader->end || *at == '\n')
        return true;
    return *at == '\r' && at + 1 < reader->end && at[1] == '\n';
}

static enum gw_status refuse(const struct sheet_reader *reader, struct gw_error *reterr, const char *what)
{
    return gw_error_set(reterr, GW_CONFIG, "%s:%llu: %s", reader->file, (unsigned long long)reader->line, what);
}

static enum gw_status read_plain(struct sheet_reader *reader, struct gw_text *ret_cell, struct gw_error *reterr)
{
    char *from = reader->at;

    while (!is_row_end(reader, reader->at) && *reader->at != ',') {
        if (*reader->at == '"')
            return refuse(reader, reterr,
                          "a quote inside a cell; expected the cell in quotes, with its quotes doubled");
        reader->at++;
    }
    *ret_cell = gw_text_span(from, (uint64_t)(reader->at - from));
    return GW_OK;
}

/* Replaces doubled quotes by single ones, in place. */
static enum gw_status read_quoted(struct sheet_reader *reader, struct gw_text *ret_cell, struct gw_error *reterr)
{
    char *from = ++reader->at;
    char *to = from;

    for (; reader->at < reader->end; reader->at++) {
        if (*reader->at == '"') {
            if (reader->at + 1 == reader->end || reader->at[1] != '"')
                break;
            reader->at++;
        }
        reader->next_line += *reader->at == '\n';
        *to++ = *reader->at;
    }
    if (reader->at == reader->end)
        return refuse(reader, reterr, "a cell begins with a quote that is never closed");
    reader->at++;
    if (!is_row_end(reader, reader->at) && *reader->at != ',')
        return refuse(reader, reterr, "text behind a closing quote; expected a comma or the end of the line");
    *ret_cell = gw_text_span(from, (uint64_t)(to - from));
    return GW_OK;
}

static void end_row(struct sheet_reader *reader)
{
    if (reader->at == reader->end)
        return;
    if (*reader->at == '\r') {
        reader->style.has_crlf = true;
        reader->at++;
    }
    reader->at++;
    reader->next_line++;
}

static enum gw_status read_row(struct sheet_reader *reader, struct gw_error *reterr)
{
    reader->line = reader->next_line;
    reader->row = reader->at;
    for (reader->cell_count = 0;; reader->at++) {
        struct gw_text *cell = &reader->cells[reader->cell_count];
        enum gw_status status;

        if (reader->cell_count == SHEET_CELLS_MAX)
            return refuse(reader, reterr, "too many cells");
        status = reader->at < reader->end && *reader->at == '"' ? read_quoted(reader, cell, reterr)
                                                                : read_plain(reader, cell, reterr);
        if (status != GW_OK)
            return status;
        reader->cell_count++;
        if (is_row_end(reader, reader->at))
            break;
    }
    end_row(reader);
    return GW_OK;
}

/* Spreadsheets write rows that consist of commas only. */
static bool is_blank(const struct sheet_reader *reader)
{
    for (uint32_t i = 0; i < reader->cell_count; i++)
        if (reader->cells[i].len > 0)
            return false;
    return true;
}

enum gw_status sheet_next(struct sheet_reader *reader, struct gw_error *reterr)
{
    enum gw_status status;

    do {
        if (reader->at == reader->end)
            return GW_END;
        status = read_row(reader, reterr);
    } while (status == GW_OK && is_blank(reader));
    return status;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static bool needs_quotes(struct gw_text cell)
{
    for (uint64_t i = 0; i < cell.len; i++)
        if (cell.ptr[i] == ',' || cell.ptr[i] == '"' || cell.ptr[i] == '\n' || cell.ptr[i] == '\r')
            return true;
    return false;
}

static void append_quoted(struct gw_buffer *buffer, struct gw_text cell)
{
    char *from = gw_buffer_reserve(buffer, 2 * cell.len + 2);
    char *to = from;

    if (from == NULL)
        return;
    *to++ = '"';
    for (uint64_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"')
            *to++ = '"';
        *to++ = cell.ptr[i];
    }
    *to++ = '"';
    gw_buffer_advance(buffer, (size_t)(to - from));
}

void sheet_append_cell(struct gw_buffer *buffer, uint32_t index, struct gw_text cell)
{
    if (index > 0)
        gw_buffer_append_byte(buffer, ',');
    if (needs_quotes(cell))
        append_quoted(buffer, cell);
    else
        gw_buffer_append(buffer, cell.ptr, cell.len);
}

void sheet_end_row(struct gw_buffer *buffer, const struct sheet_style *style)
{
    gw_buffer_append_string(buffer, style->has_crlf ? "\r\n" : "\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sheet: rows are parsed by csv/row.h; quotes are removed in place. */
#include "sheet.h"

#include "csv/row.h"

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

static enum gw_status refuse(const struct sheet_reader *reader, struct gw_error *reterr, const char *what)
{
    return gw_error_set(reterr, GW_CONFIG, "%s:%llu: %s", reader->file, (unsigned long long)reader->line, what);
}

/* The text of a cell. Replaces doubled quotes by single ones, in place. */
static struct gw_text unquote(struct sheet_reader *reader, const struct csv_cell *cell)
{
    char *from = reader->at + (cell->text.ptr - reader->at);
    char *to = from;

    if (!cell->is_quoted)
        return cell->text;
    for (uint64_t i = 0; i < cell->text.len; i++) {
        reader->next_line += from[i] == '\n';
        *to++ = from[i];
        i += from[i] == '"';
    }
    return gw_text_span(from, (uint64_t)(to - from));
}

/* The last line may end with a carriage return alone. */
static void end_row(struct sheet_reader *reader)
{
    bool has_return = reader->at < reader->end && *reader->at == '\r';

    reader->at += has_return;
    if (reader->at == reader->end)
        return;
    reader->style.has_crlf = reader->style.has_crlf || has_return;
    reader->at++;
    reader->next_line++;
}

static enum gw_status read_row(struct sheet_reader *reader, struct gw_error *reterr)
{
    struct csv_parser parser = {.at = reader->at, .end = reader->end, .at_end = true};
    struct csv_cell cells[SHEET_CELLS_MAX];

    reader->line = reader->next_line;
    reader->row = reader->at;
    if (csv_parse_row(&parser, cells, SHEET_CELLS_MAX, &reader->cell_count) != CSV_ROW)
        return refuse(reader, reterr, parser.wrong);
    for (uint32_t i = 0; i < reader->cell_count; i++)
        reader->cells[i] = unquote(reader, &cells[i]);
    reader->at += parser.at - reader->at;
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

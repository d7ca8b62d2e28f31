/* SPDX-License-Identifier: Apache-2.0 */
/* Parses rows: cell by cell, each up to the comma or the end of the line behind it. */
#include "row.h"

static enum csv_found refuse(struct csv_parser *parser, const char *wrong)
{
    parser->wrong = wrong;
    return CSV_WRONG;
}

/* Determines what follows a cell. */
static enum csv_found find_next(struct csv_parser *parser)
{
    if (parser->at == parser->end)
        return parser->at_end ? CSV_ROW : CSV_NEED_MORE;
    if (*parser->at == ',')
        return CSV_COMMA;
    if (*parser->at == '\n')
        return CSV_ROW;
    if (*parser->at == '\r' && parser->at + 1 == parser->end)
        return parser->at_end ? CSV_ROW : CSV_NEED_MORE;
    if (*parser->at == '\r' && parser->at[1] == '\n')
        return CSV_ROW;
    if (*parser->at == '\r')
        return refuse(parser, "a carriage return inside the row; expected lines that end with LF or CRLF");
    return refuse(parser, "text behind a closing quote; expected a comma or the end of the line");
}

static enum csv_found parse_quoted(struct csv_parser *parser, struct csv_cell *cell)
{
    const char *from = ++parser->at;

    for (;; parser->at++) {
        parser->at = parser->at < parser->end ? memchr(parser->at, '"', (size_t)(parser->end - parser->at)) : NULL;
        if (parser->at == NULL)
            return parser->at_end ? refuse(parser, "a cell begins with a quote that is never closed") : CSV_NEED_MORE;
        if (parser->at + 1 == parser->end && !parser->at_end)
            return CSV_NEED_MORE;
        if (parser->at + 1 == parser->end || parser->at[1] != '"')
            break;
        parser->at++;
    }
    *cell = (struct csv_cell){gw_text_span(from, (uint64_t)(parser->at - from)), true};
    parser->at++;
    return find_next(parser);
}

static enum csv_found parse_plain(struct csv_parser *parser, struct csv_cell *cell)
{
    const char *from = parser->at;

    while (parser->at < parser->end && *parser->at != ',' && *parser->at != '\n' && *parser->at != '\r') {
        if (*parser->at == '"')
            return refuse(parser, "a quote inside a cell; expected the cell in quotes, with its quotes doubled");
        parser->at++;
    }
    *cell = (struct csv_cell){gw_text_span(from, (uint64_t)(parser->at - from)), false};
    return find_next(parser);
}

enum csv_found csv_parse_row(struct csv_parser *parser, struct csv_cell *cells, uint32_t max, uint32_t *ret_count)
{
    enum csv_found found;

    for (*ret_count = 0;; parser->at++) {
        struct csv_cell *cell = &cells[*ret_count];

        if (*ret_count == max)
            return refuse(parser, "too many cells");
        if (parser->at < parser->end && *parser->at == '"')
            found = parse_quoted(parser, cell);
        else
            found = parse_plain(parser, cell);
        ++*ret_count;
        if (found != CSV_COMMA)
            return found;
    }
}

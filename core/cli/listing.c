/* SPDX-License-Identifier: Apache-2.0 */
/* Prints tables. Widths are counted in characters, which is right for characters of one column on a terminal. */
#include "cli/listing.h"

#include "base/terminal_text.h"

#include <string.h>

struct gw_listing_row {
    struct gw_listing_row *next;
    const char *cells[];
};

void gw_listing_init(struct gw_listing *table, struct gw_arena *arena, const struct gw_column *columns,
                     size_t column_count)
{
    *table = (struct gw_listing){.arena = arena, .columns = columns, .column_count = column_count};
}

static const char *copy_cell(struct gw_listing *table, const char *cell)
{
    const char *copy = cell != NULL ? gw_arena_copy(table->arena, cell, strlen(cell)) : NULL;

    if (cell != NULL && copy == NULL)
        table->has_failed = true;
    return copy;
}

void gw_listing_add(struct gw_listing *table, const char *const *cells)
{
    struct gw_listing_row *row =
        gw_arena_alloc_zero(table->arena, sizeof *row + table->column_count * sizeof row->cells[0]);

    if (row == NULL) {
        table->has_failed = true;
        return;
    }
    for (size_t i = 0; i < table->column_count; i++)
        row->cells[i] = copy_cell(table, cells[i]);
    if (table->last != NULL)
        table->last->next = row;
    else
        table->first = row;
    table->last = row;
}

/* ---- aligned -------------------------------------------------------------------------------------------------- */

static size_t cell_width(const char *cell)
{
    return cell != NULL ? gw_terminal_width(cell, strlen(cell)) : 0;
}

static bool is_shown(const struct gw_listing *table, size_t column)
{
    return !table->columns[column].is_json_only;
}

static size_t last_shown(const struct gw_listing *table)
{
    size_t column = table->column_count;

    while (column > 0 && !is_shown(table, column - 1))
        column--;
    return column > 0 ? column - 1 : 0;
}

static const char *heading_of(const struct gw_column *column)
{
    return column->heading != NULL ? column->heading : column->name;
}

/* A column is at least as wide as in the parts before, so that the columns of a long table stay aligned. */
static size_t column_width(const struct gw_listing *table, size_t column)
{
    size_t heading = cell_width(heading_of(&table->columns[column]));
    size_t widest = table->widths[column] > heading ? table->widths[column] : heading;

    for (const struct gw_listing_row *row = table->first; row != NULL; row = row->next) {
        size_t width = cell_width(row->cells[column]);

        widest = width > widest ? width : widest;
    }
    return widest;
}

static void append_spaces(struct gw_buffer *buffer, size_t count)
{
    while (count-- > 0)
        gw_buffer_append_byte(buffer, ' ');
}

/* Values from outside must neither break the line nor control the terminal. */
static void append_clean(struct gw_buffer *buffer, const char *cell)
{
    if (cell != NULL)
        gw_buffer_append_terminal(buffer, cell, strlen(cell));
}

/* Such a value must not end the cell either. */
static void append_markdown(struct gw_buffer *buffer, const char *cell)
{
    while (cell != NULL && *cell != '\0') {
        size_t len = strcspn(cell, "|");

        gw_buffer_append_terminal(buffer, cell, len);
        cell += len;
        if (*cell == '|')
            gw_buffer_append_string(buffer, "\\|");
        cell += *cell == '|' ? 1 : 0;
    }
}

static void append_heading(struct gw_buffer *buffer, const char *name)
{
    for (; *name != '\0'; name++) {
        bool is_lower = *name >= 'a' && *name <= 'z';

        gw_buffer_append_byte(buffer, is_lower ? (char)(*name - 'a' + 'A') : *name == '_' ? ' ' : *name);
    }
}

/* Nothing follows the last column, not even spaces. */
static void print_cell(const struct gw_listing *table, size_t column, const char *cell, bool is_heading,
                       struct gw_buffer *buffer)
{
    size_t padding = table->widths[column] - cell_width(cell);
    bool is_right = table->columns[column].is_raw;

    if (is_right)
        append_spaces(buffer, padding);
    if (is_heading)
        append_heading(buffer, cell);
    else
        append_clean(buffer, cell);
    if (column == last_shown(table))
        return;
    append_spaces(buffer, is_right ? 2 : padding + 2);
}

static void print_plain_heading(const struct gw_listing *table, struct gw_buffer *buffer)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (is_shown(table, i))
            print_cell(table, i, heading_of(&table->columns[i]), true, buffer);
    gw_buffer_append_byte(buffer, '\n');
}

static void print_plain(struct gw_listing *table, struct gw_buffer *buffer)
{
    for (size_t i = 0; i < table->column_count; i++)
        table->widths[i] = column_width(table, i);
    if (!table->has_begun)
        print_plain_heading(table, buffer);
    for (const struct gw_listing_row *row = table->first; row != NULL; row = row->next) {
        for (size_t i = 0; i < table->column_count; i++)
            if (is_shown(table, i))
                print_cell(table, i, row->cells[i], false, buffer);
        gw_buffer_append_byte(buffer, '\n');
    }
}

/* ---- Markdown and JSON ---------------------------------------------------------------------------------------- */

static void print_markdown_heading(const struct gw_listing *table, struct gw_buffer *buffer)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (is_shown(table, i))
            gw_buffer_append_format(buffer, "| %s ", heading_of(&table->columns[i]));
    gw_buffer_append_string(buffer, "|\n");
    for (size_t i = 0; i < table->column_count; i++)
        if (is_shown(table, i))
            gw_buffer_append_string(buffer, "|---");
    gw_buffer_append_string(buffer, "|\n");
}

static void print_markdown(const struct gw_listing *table, struct gw_buffer *buffer)
{
    if (!table->has_begun)
        print_markdown_heading(table, buffer);
    for (const struct gw_listing_row *row = table->first; row != NULL; row = row->next) {
        for (size_t i = 0; i < table->column_count; i++) {
            if (!is_shown(table, i))
                continue;
            gw_buffer_append_string(buffer, "| ");
            append_markdown(buffer, row->cells[i]);
            gw_buffer_append_byte(buffer, ' ');
        }
        gw_buffer_append_string(buffer, "|\n");
    }
}

static void print_json(struct gw_listing *table, struct gw_buffer *buffer)
{
    struct gw_json_writer *writer = &table->json;

    if (!table->has_begun) {
        gw_json_writer_init(writer, buffer, 1);
        gw_json_write_open(writer, '[');
    }
    writer->buffer = buffer;
    for (const struct gw_listing_row *row = table->first; row != NULL; row = row->next) {
        gw_json_write_open(writer, '{');
        for (size_t i = 0; i < table->column_count; i++) {
            gw_json_write_key(writer, table->columns[i].name);
            if (row->cells[i] != NULL && table->columns[i].is_raw)
                gw_json_write_raw(writer, row->cells[i]);
            else
                gw_json_write_string(writer, row->cells[i]);
        }
        gw_json_write_close(writer, '}');
    }
}

void gw_listing_print_part(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer)
{
    switch (format) {
    case GW_FORMAT_PLAIN:
        print_plain(table, buffer);
        break;
    case GW_FORMAT_JSON:
        print_json(table, buffer);
        break;
    case GW_FORMAT_MARKDOWN:
        print_markdown(table, buffer);
        break;
    }
    if (table->has_failed)
        buffer->has_failed = true;
    table->has_begun = true;
    table->first = table->last = NULL;
}

void gw_listing_print_end(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer)
{
    if (!table->has_begun)
        gw_listing_print_part(table, format, buffer);
    if (format == GW_FORMAT_JSON) {
        table->json.buffer = buffer;
        gw_json_write_close(&table->json, ']');
    }
    table->has_begun = false;
}

void gw_listing_print(struct gw_listing *table, enum gw_format format, struct gw_buffer *buffer)
{
    gw_listing_print_part(table, format, buffer);
    gw_listing_print_end(table, format, buffer);
}

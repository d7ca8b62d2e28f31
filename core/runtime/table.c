/* SPDX-License-Identifier: Apache-2.0 */
/* Lays tables out. Widths are counted in characters, which is right for all that takes one column of a terminal. */
#include "runtime/table.h"

#include "runtime/json_writer.h"

#include <string.h>

struct gw_table_row {
    struct gw_table_row *next;
    const char *cells[];
};

void gw_table_init(struct gw_table *table, struct gw_arena *arena, const struct gw_column *columns, size_t column_count)
{
    *table = (struct gw_table){.arena = arena, .columns = columns, .column_count = column_count};
}

static const char *copy_cell(struct gw_table *table, const char *cell)
{
    const char *copy = cell != NULL ? gw_arena_copy(table->arena, cell, strlen(cell)) : NULL;

    if (cell != NULL && copy == NULL)
        table->has_failed = true;
    return copy;
}

void gw_table_add(struct gw_table *table, const char *const *cells)
{
    struct gw_table_row *row =
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

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static size_t cell_width(const char *cell)
{
    size_t width = 0;

    for (; cell != NULL && *cell != '\0'; cell++)
        width += is_continuation(*cell) ? 0 : 1;
    return width;
}

static bool is_shown(const struct gw_table *table, size_t column)
{
    return !table->columns[column].is_json_only;
}

static size_t last_shown(const struct gw_table *table)
{
    size_t column = table->column_count;

    while (column > 0 && !is_shown(table, column - 1))
        column--;
    return column > 0 ? column - 1 : 0;
}

static size_t column_width(const struct gw_table *table, size_t column)
{
    size_t widest = cell_width(table->columns[column].name);

    for (const struct gw_table_row *row = table->first; row != NULL; row = row->next) {
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

/* What comes from outside must neither break the line nor steer the terminal: C0, DEL and C1. */
static void append_clean(struct gw_buffer *buffer, const char *cell, bool is_markdown)
{
    for (const unsigned char *at = (const unsigned char *)cell; at != NULL && *at != '\0'; at++) {
        bool is_c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0;

        if (is_markdown && *at == '|')
            gw_buffer_append_byte(buffer, '\\');
        gw_buffer_append_byte(buffer, *at < ' ' || *at == 0x7F || is_c1 ? '?' : (char)*at);
        at += is_c1 ? 1 : 0;
    }
}

static void append_heading(struct gw_buffer *buffer, const char *name)
{
    for (; *name != '\0'; name++) {
        bool is_lower = *name >= 'a' && *name <= 'z';

        gw_buffer_append_byte(buffer, is_lower ? (char)(*name - 'a' + 'A') : *name == '_' ? ' ' : *name);
    }
}

/* cell NULL: the heading. Nothing follows the last column, not even spaces. */
static void print_cell(const struct gw_table *table, size_t column, size_t width, const char *cell, bool is_heading,
                       struct gw_buffer *buffer)
{
    size_t padding = width - cell_width(is_heading ? table->columns[column].name : cell);
    bool is_right = table->columns[column].is_raw;

    if (is_right)
        append_spaces(buffer, padding);
    if (is_heading)
        append_heading(buffer, table->columns[column].name);
    else
        append_clean(buffer, cell, false);
    if (column == last_shown(table))
        return;
    append_spaces(buffer, is_right ? 2 : padding + 2);
}

static void print_plain(const struct gw_table *table, struct gw_buffer *buffer)
{
    size_t widths[GW_TABLE_MAX_COLUMNS];

    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = column_width(table, i);
    for (size_t i = 0; i < table->column_count; i++)
        if (is_shown(table, i))
            print_cell(table, i, widths[i], NULL, true, buffer);
    gw_buffer_append_byte(buffer, '\n');
    for (const struct gw_table_row *row = table->first; row != NULL; row = row->next) {
        for (size_t i = 0; i < table->column_count; i++)
            if (is_shown(table, i))
                print_cell(table, i, widths[i], row->cells[i], false, buffer);
        gw_buffer_append_byte(buffer, '\n');
    }
}

/* ---- Markdown and JSON ---------------------------------------------------------------------------------------- */

static void print_markdown(const struct gw_table *table, struct gw_buffer *buffer)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (is_shown(table, i))
            gw_buffer_append_format(buffer, "| %s ", table->columns[i].name);
    gw_buffer_append_string(buffer, "|\n");
    for (size_t i = 0; i < table->column_count; i++)
        if (is_shown(table, i))
            gw_buffer_append_string(buffer, "|---");
    gw_buffer_append_string(buffer, "|\n");
    for (const struct gw_table_row *row = table->first; row != NULL; row = row->next) {
        for (size_t i = 0; i < table->column_count; i++) {
            if (!is_shown(table, i))
                continue;
            gw_buffer_append_string(buffer, "| ");
            append_clean(buffer, row->cells[i], true);
            gw_buffer_append_byte(buffer, ' ');
        }
        gw_buffer_append_string(buffer, "|\n");
    }
}

static void print_json(const struct gw_table *table, struct gw_buffer *buffer)
{
    struct gw_json_writer writer;

    gw_json_writer_init(&writer, buffer, 1);
    gw_json_write_open(&writer, '[');
    for (const struct gw_table_row *row = table->first; row != NULL; row = row->next) {
        gw_json_write_open(&writer, '{');
        for (size_t i = 0; i < table->column_count; i++) {
            gw_json_write_key(&writer, table->columns[i].name);
            if (row->cells[i] != NULL && table->columns[i].is_raw)
                gw_json_write_raw(&writer, row->cells[i]);
            else
                gw_json_write_string(&writer, row->cells[i]);
        }
        gw_json_write_close(&writer, '}');
    }
    gw_json_write_close(&writer, ']');
}

void gw_table_print(const struct gw_table *table, enum gw_format format, struct gw_buffer *buffer)
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
}

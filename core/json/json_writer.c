/* SPDX-License-Identifier: Apache-2.0 */
/* Inserts commas and line breaks. No state outside the writer. */
#include "json/json_writer.h"

#include <string.h>

void gw_json_writer_init(struct gw_json_writer *writer, struct gw_buffer *buffer, uint32_t line_levels)
{
    *writer = (struct gw_json_writer){.buffer = buffer, .line_levels = line_levels};
}

static void begin_line(struct gw_json_writer *writer)
{
    gw_buffer_append_byte(writer->buffer, '\n');
    for (uint32_t i = 0; i < writer->depth; i++)
        gw_buffer_append_string(writer->buffer, "  ");
}

/* Writes the separator before an item: a key, or a value of a list. */
static void begin_item(struct gw_json_writer *writer)
{
    if (writer->has_key || writer->depth == 0)
        return;
    if (writer->has_items)
        gw_buffer_append_byte(writer->buffer, ',');
    if (writer->depth <= writer->line_levels)
        begin_line(writer);
    else if (writer->has_items)
        gw_buffer_append_byte(writer->buffer, ' ');
}

static void end_value(struct gw_json_writer *writer)
{
    writer->has_items = true;
    writer->has_key = false;
}

void gw_json_write_open(struct gw_json_writer *writer, char bracket)
{
    begin_item(writer);
    gw_buffer_append_byte(writer->buffer, bracket);
    writer->depth++;
    writer->has_items = false;
    writer->has_key = false;
}

void gw_json_write_close(struct gw_json_writer *writer, char bracket)
{
    bool has_lines = writer->has_items && writer->depth <= writer->line_levels;

    writer->depth--;
    if (has_lines)
        begin_line(writer);
    gw_buffer_append_byte(writer->buffer, bracket);
    if (writer->depth == 0)
        gw_buffer_append_byte(writer->buffer, '\n');
    end_value(writer);
}

void gw_json_write_key(struct gw_json_writer *writer, const char *key)
{
    gw_json_write_string(writer, key);
    gw_buffer_append_string(writer->buffer, ": ");
    writer->has_key = true;
}

void gw_json_write_string(struct gw_json_writer *writer, const char *string)
{
    if (string == NULL)
        gw_json_write_raw(writer, "null");
    else
        gw_json_write_text(writer, gw_text_of(string));
}

void gw_json_write_text(struct gw_json_writer *writer, struct gw_text text)
{
    begin_item(writer);
    gw_buffer_append_byte(writer->buffer, '"');
    gw_buffer_append_json(writer->buffer, text.ptr, (size_t)text.len);
    gw_buffer_append_byte(writer->buffer, '"');
    end_value(writer);
}

void gw_json_write_int(struct gw_json_writer *writer, int64_t value)
{
    begin_item(writer);
    gw_buffer_append_int(writer->buffer, value);
    end_value(writer);
}

void gw_json_write_bool(struct gw_json_writer *writer, bool value)
{
    gw_json_write_raw(writer, value ? "true" : "false");
}

void gw_json_write_raw(struct gw_json_writer *writer, const char *json)
{
    begin_item(writer);
    gw_buffer_append_string(writer->buffer, json);
    end_value(writer);
}

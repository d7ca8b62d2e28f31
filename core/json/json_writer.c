/* SPDX-License-Identifier: Apache-2.0 */
/* Inserts commas and line breaks. No state outside the writer. */
#include "json/json_writer.h"

#include "base/json_escape.h"

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

/* Before an item, which is a key, or a value of a list. True: a comma and a space are left to the caller. */
static bool begin_item_but_comma(struct gw_json_writer *writer)
{
    if (writer->has_key || writer->depth == 0)
        return false;
    if (writer->depth > writer->line_levels)
        return writer->has_items;
    if (writer->has_items)
        gw_buffer_append_byte(writer->buffer, ',');
    begin_line(writer);
    return false;
}

static void begin_item(struct gw_json_writer *writer)
{
    if (begin_item_but_comma(writer))
        gw_buffer_append_string(writer->buffer, ", ");
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
    if (writer->depth == 0 && writer->line_levels > 0)
        gw_buffer_append_byte(writer->buffer, '\n');
    end_value(writer);
}

static void append_escaped(struct gw_buffer *buffer, bool has_comma, struct gw_text text, bool is_key)
{
    gw_buffer_append_string(buffer, has_comma ? ", \"" : "\"");
    gw_json_escape_append(buffer, text.ptr, (size_t)text.len);
    gw_buffer_append_string(buffer, is_key ? "\": " : "\"");
}

/* Appends a string with its separator and, behind a key, its colon. Most strings need no escape and go into the buffer
 * in one step. */
static void append_quoted(struct gw_buffer *buffer, bool has_comma, struct gw_text text, bool is_key)
{
    size_t len = (size_t)text.len;
    size_t size = len + 2 + (has_comma ? 2 : 0) + (is_key ? 2 : 0);
    char *at;

    if (gw_json_plain_run(text.ptr, len) < len) {
        append_escaped(buffer, has_comma, text, is_key);
        return;
    }
    at = gw_buffer_reserve(buffer, size);
    if (at == NULL)
        return;
    if (has_comma) {
        *at++ = ',';
        *at++ = ' ';
    }
    *at++ = '"';
    if (len > 0)
        memcpy(at, text.ptr, len);
    at += len;
    *at++ = '"';
    if (is_key)
        memcpy(at, ": ", 2);
    gw_buffer_advance(buffer, size);
}

void gw_json_append_string(struct gw_buffer *buffer, struct gw_text text)
{
    append_quoted(buffer, false, text, false);
}

void gw_json_write_key(struct gw_json_writer *writer, const char *key)
{
    gw_json_write_key_text(writer, gw_text_of(key));
}

void gw_json_write_key_text(struct gw_json_writer *writer, struct gw_text key)
{
    append_quoted(writer->buffer, begin_item_but_comma(writer), key, true);
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
    append_quoted(writer->buffer, begin_item_but_comma(writer), text, false);
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

void gw_json_write_string_at(struct gw_json_writer *writer, const char *key, const char *string)
{
    gw_json_write_key(writer, key);
    gw_json_write_string(writer, string);
}

void gw_json_write_int_at(struct gw_json_writer *writer, const char *key, int64_t value)
{
    gw_json_write_key(writer, key);
    gw_json_write_int(writer, value);
}

void gw_json_write_bool_at(struct gw_json_writer *writer, const char *key, bool value)
{
    gw_json_write_key(writer, key);
    gw_json_write_bool(writer, value);
}

void gw_json_write_open_at(struct gw_json_writer *writer, const char *key, char bracket)
{
    gw_json_write_key(writer, key);
    gw_json_write_open(writer, bracket);
}

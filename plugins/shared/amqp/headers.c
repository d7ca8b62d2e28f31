/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of typed values. Tables are at most as deep as table.h allows, so recursion is bounded. See headers.h. */
#include "headers.h"

#include <gangway/sdk/items.h>
#include <gangway/sdk/json_escape.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A frame of 128 KiB, of which each byte becomes an escape of six, and digits. */
enum { TEXTS_MAX = 4 * 1024 * 1024, DECIMALS_MAX = 32 };

static void append_json(struct gw_buffer *text, const amqp_field_value_t *value);

/* ---- scalars ---- */

/* JSON has no infinity and no NaN. */
static void append_float(struct gw_buffer *text, double value, int digits)
{
    if (isfinite(value))
        gw_buffer_append_format(text, "%.*g", digits, value);
    else
        gw_buffer_append_string(text, "null");
}

/* A value of which so many digits are behind the point. */
static void append_decimal(struct gw_buffer *text, amqp_decimal_t decimal)
{
    if (decimal.decimals > 0 && decimal.decimals <= DECIMALS_MAX)
        gw_buffer_append_format(text, "%" PRIu32 "e-%d", decimal.value, (int)decimal.decimals);
    else
        gw_buffer_append_format(text, "%" PRIu32, decimal.value);
}

/* False: the value is no number. */
static bool append_number(struct gw_buffer *text, const amqp_field_value_t *value)
{
    switch (value->kind) {
    case AMQP_FIELD_KIND_I8:
        gw_buffer_append_int(text, value->value.i8);
        return true;
    case AMQP_FIELD_KIND_U8:
        gw_buffer_append_int(text, value->value.u8);
        return true;
    case AMQP_FIELD_KIND_I16:
        gw_buffer_append_int(text, value->value.i16);
        return true;
    case AMQP_FIELD_KIND_U16:
        gw_buffer_append_int(text, value->value.u16);
        return true;
    case AMQP_FIELD_KIND_I32:
        gw_buffer_append_int(text, value->value.i32);
        return true;
    case AMQP_FIELD_KIND_U32:
        gw_buffer_append_int(text, value->value.u32);
        return true;
    case AMQP_FIELD_KIND_I64:
        gw_buffer_append_int(text, value->value.i64);
        return true;
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP:
        gw_buffer_append_format(text, "%" PRIu64, value->value.u64);
        return true;
    case AMQP_FIELD_KIND_F32:
        append_float(text, (double)value->value.f32, 9);
        return true;
    case AMQP_FIELD_KIND_F64:
        append_float(text, value->value.f64, 17);
        return true;
    case AMQP_FIELD_KIND_DECIMAL:
        append_decimal(text, value->value.decimal);
        return true;
    default:
        return false;
    }
}

/* ---- JSON ---- */

static void append_quoted(struct gw_buffer *text, amqp_bytes_t bytes)
{
    gw_buffer_append_byte(text, '"');
    gw_json_escape_append(text, bytes.bytes, bytes.len);
    gw_buffer_append_byte(text, '"');
}

static void append_table(struct gw_buffer *text, const amqp_table_t *table)
{
    gw_buffer_append_byte(text, '{');
    for (int index = 0; index < table->num_entries; index++) {
        if (index > 0)
            gw_buffer_append_byte(text, ',');
        append_quoted(text, table->entries[index].key);
        gw_buffer_append_byte(text, ':');
        append_json(text, &table->entries[index].value);
    }
    gw_buffer_append_byte(text, '}');
}

static void append_array(struct gw_buffer *text, const amqp_array_t *array)
{
    gw_buffer_append_byte(text, '[');
    for (int index = 0; index < array->num_entries; index++) {
        if (index > 0)
            gw_buffer_append_byte(text, ',');
        append_json(text, &array->entries[index]);
    }
    gw_buffer_append_byte(text, ']');
}

static void append_json(struct gw_buffer *text, const amqp_field_value_t *value)
{
    switch (value->kind) {
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES:
        append_quoted(text, value->value.bytes);
        break;
    case AMQP_FIELD_KIND_BOOLEAN:
        gw_buffer_append_string(text, value->value.boolean ? "true" : "false");
        break;
    case AMQP_FIELD_KIND_TABLE:
        append_table(text, &value->value.table);
        break;
    case AMQP_FIELD_KIND_ARRAY:
        append_array(text, &value->value.array);
        break;
    default:
        if (!append_number(text, value))
            gw_buffer_append_string(text, "null");
    }
}

/* ---- headers ---- */

static bool is_text(const amqp_field_value_t *value)
{
    return value->kind == AMQP_FIELD_KIND_UTF8 || value->kind == AMQP_FIELD_KIND_BYTES;
}

/* A text is borrowed. Another value is appended to the texts, which may move, so it gets its length only. */
static struct gw_text value_text(struct rabbit_headers *headers, const amqp_field_value_t *value)
{
    const size_t begin = headers->texts.len;

    if (is_text(value))
        return gw_text_span(value->value.bytes.bytes, value->value.bytes.len);
    if (value->kind != AMQP_FIELD_KIND_VOID)
        append_json(&headers->texts, value);
    return gw_text_span(NULL, headers->texts.len - begin);
}

/* The values that are not borrowed are behind each other in the texts, in the order of the table. */
static void find_texts(struct rabbit_headers *headers, const amqp_table_t *table)
{
    const char *at = headers->texts.ptr;

    for (size_t index = 0; index < headers->count; index++) {
        struct gw_text *value = &headers->items[index].value;

        if (is_text(&table->entries[index].value) || value->len == 0)
            continue;
        value->ptr = at;
        at += value->len;
    }
}

bool rabbit_headers_read(struct rabbit_headers *headers, const amqp_table_t *table)
{
    const size_t count = (size_t)table->num_entries;
    struct gw_header *items = gw_items_reserve(headers->items, sizeof *items, count, &headers->capacity);

    headers->count = 0;
    if (items == NULL)
        return false;
    headers->items = items;
    headers->texts.max = TEXTS_MAX;
    gw_buffer_reset(&headers->texts);
    for (size_t index = 0; index < count; index++) {
        const amqp_table_entry_t *entry = &table->entries[index];

        items[index].name = gw_text_span(entry->key.bytes, entry->key.len);
        items[index].value = value_text(headers, &entry->value);
    }
    if (headers->texts.has_failed)
        return false;
    headers->count = count;
    find_texts(headers, table);
    return true;
}

bool rabbit_headers_add(struct rabbit_headers *headers, struct gw_text name, struct gw_text value)
{
    struct gw_header *items = gw_items_reserve(headers->items, sizeof *items, headers->count + 1, &headers->capacity);

    if (items == NULL)
        return false;
    headers->items = items;
    items[headers->count++] = (struct gw_header){name, value};
    return true;
}

void rabbit_headers_done(struct rabbit_headers *headers)
{
    free(headers->items);
    gw_buffer_done(&headers->texts);
    *headers = (struct rabbit_headers){0};
}

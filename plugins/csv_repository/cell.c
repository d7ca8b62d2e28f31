/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cell: numbers are integers as the domain accepts them, dates are days that exist, identifiers are what the domain
 * accepts.
 */
#include "cell.h"

#include <gangway/sdk/eta.h>
#include <gangway/sdk/utf8.h>

enum { IDENTIFIER_MAX = 255, HEX_BASE = 16 };

static void *member(const struct column *column, void *record)
{
    return (char *)record + column->offset;
}

static const void *member_of(const struct column *column, const void *record)
{
    return (const char *)record + column->offset;
}

/* ---- identifiers ----------------------------------------------------------------------------------------------- */

static const char *read_identifier(struct gw_text cell, struct gw_text *ret_text)
{
    *ret_text = cell;
    if (cell.len == 0 || cell.len > IDENTIFIER_MAX)
        return "1 to 255 bytes";
    if (gw_utf8_valid_len(cell) < cell.len)
        return "UTF-8";
    return gw_utf8_has_control(cell.ptr, cell.len) ? "text without control characters" : NULL;
}

/* ---- numbers and dates ----------------------------------------------------------------------------------------- */

/* Digits without a leading zero, optionally after a minus. */
static bool read_integer(struct gw_text cell, int64_t *ret_number)
{
    bool is_negative = cell.len > 0 && cell.ptr[0] == '-';
    uint64_t at = is_negative;
    int64_t number = 0;

    if (at == cell.len || (cell.ptr[at] == '0' && cell.len > 1))
        return false;
    for (; at < cell.len; at++) {
        int64_t digit = cell.ptr[at] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            (is_negative ? __builtin_sub_overflow(number, digit, &number)
                         : __builtin_add_overflow(number, digit, &number)))
            return false;
    }
    *ret_number = number;
    return true;
}

static const char *read_number(const struct column *column, struct gw_text cell, int64_t *ret_number)
{
    if (read_integer(cell, ret_number) && *ret_number >= column->min && *ret_number <= column->max)
        return NULL;
    if (column->min == 0 && column->max == INT32_MAX)
        return "a whole number from 0 to 2147483647";
    if (column->min == 1 && column->max == INT32_MAX)
        return "a whole number from 1 to 2147483647";
    return "a whole number";
}

static const char *read_count(const struct column *column, struct gw_text cell, uint32_t *ret_count)
{
    int64_t number = 0;
    const char *expected = read_number(column, cell, &number);

    *ret_count = (uint32_t)number;
    return expected;
}

static const char *read_date(struct gw_text cell, int64_t *ret_date)
{
    int32_t eta;
    int is_date = gw_eta_read(cell, &eta);

    *ret_date = eta;
    return is_date ? NULL : "a date such as 2026-12-24, or nothing for stock in the warehouse";
}

/* ---- hexadecimal digits ---------------------------------------------------------------------------------------- */

static bool read_hex(struct gw_text cell, uint8_t *bytes, size_t count)
{
    if (cell.len != 2 * count)
        return false;
    for (size_t i = 0; i < 2 * count; i++) {
        char digit = cell.ptr[i];
        int value = digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;

        if (value < 0)
            return false;
        bytes[i / 2] = (uint8_t)(i % 2 == 0 ? value * HEX_BASE : bytes[i / 2] + value);
    }
    return true;
}

static void append_hex(struct gw_buffer *buffer, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        char pair[2] = {digits[bytes[i] / HEX_BASE], digits[bytes[i] % HEX_BASE]};

        gw_buffer_append(buffer, pair, sizeof pair);
    }
}

static bool read_mark(struct gw_text cell, uint64_t *ret_mark)
{
    uint8_t bytes[sizeof *ret_mark];

    if (!read_hex(cell, bytes, sizeof bytes))
        return false;
    *ret_mark = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        *ret_mark = *ret_mark << 8 | bytes[i];
    return true;
}

static void append_mark(struct gw_buffer *buffer, uint64_t mark)
{
    uint8_t bytes[sizeof mark];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(mark >> (8 * (sizeof bytes - 1 - i)));
    append_hex(buffer, bytes, sizeof bytes);
}

/* ---- cells ----------------------------------------------------------------------------------------------------- */

const char *cell_read(const struct column *column, struct gw_text cell, void *record)
{
    switch (column->type) {
    case CELL_TEXT:
        *(struct gw_text *)member(column, record) = cell;
        return NULL;
    case CELL_IDENTIFIER:
        return read_identifier(cell, member(column, record));
    case CELL_NUMBER:
        return read_number(column, cell, member(column, record));
    case CELL_COUNT:
        return read_count(column, cell, member(column, record));
    case CELL_MARK:
        return read_mark(cell, member(column, record)) ? NULL : "16 hexadecimal digits";
    case CELL_DATE:
        return read_date(cell, member(column, record));
    case CELL_HASH:
        return read_hex(cell, member(column, record), TABLE_BYTES) ? NULL : "32 hexadecimal digits";
    }
    return "a column of a type that is known";
}

static void append_date(struct gw_buffer *buffer, int64_t date)
{
    char text[GW_ETA_BYTES];

    if (date == 0)
        return;
    gw_eta_write((int32_t)date, text);
    gw_buffer_append(buffer, text, sizeof text);
}

void cell_write(const struct column *column, const void *record, uint32_t index, struct gw_buffer *buffer)
{
    const void *from = member_of(column, record);
    bool is_text = column->type == CELL_TEXT || column->type == CELL_IDENTIFIER;

    sheet_append_cell(buffer, index, is_text ? *(const struct gw_text *)from : gw_text_of(NULL));
    if (column->type == CELL_NUMBER)
        gw_buffer_append_int(buffer, *(const int64_t *)from);
    if (column->type == CELL_COUNT)
        gw_buffer_append_int(buffer, *(const uint32_t *)from);
    if (column->type == CELL_DATE)
        append_date(buffer, *(const int64_t *)from);
    if (column->type == CELL_MARK)
        append_mark(buffer, *(const uint64_t *)from);
    if (column->type == CELL_HASH)
        append_hex(buffer, from, TABLE_BYTES);
}

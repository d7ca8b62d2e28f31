/* SPDX-License-Identifier: Apache-2.0 */
/* Rows: columns in the formats of the server's *send functions. */
#include "row.h"

#include "calendar.h"

static uint64_t big_endian(const unsigned char *bytes, int len)
{
    uint64_t value = 0;

    for (int i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

int64_t row_int(const PGresult *result, int row, int column)
{
    int len = PQgetlength(result, row, column); /* 0 when it is null */
    uint64_t value = big_endian((const unsigned char *)PQgetvalue(result, row, column), len);

    switch (len) {
    case 2:
        return (int16_t)value;
    case 4:
        return (int32_t)value;
    default:
        return (int64_t)value;
    }
}

bool row_bool(const PGresult *result, int row, int column)
{
    return PQgetlength(result, row, column) == 1 && *PQgetvalue(result, row, column) != 0;
}

/* Dimensions, flags, type, then of the one dimension the count and the lower bound; then each element behind its
 * length. */
enum { ARRAY_HEAD = 20, ARRAY_COUNT_AT = 12, ELEMENT = 12, ELEMENT_LENGTH = 4 };

bool row_int8_array(const PGresult *result, int row, int column, int64_t *ret_values, uint32_t count)
{
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(result, row, column);

    if (PQgetlength(result, row, column) != (int)(ARRAY_HEAD + count * ELEMENT) ||
        big_endian(bytes + ARRAY_COUNT_AT, 4) != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        ret_values[i] = (int64_t)big_endian(bytes + ARRAY_HEAD + i * ELEMENT + ELEMENT_LENGTH, 8);
    return true;
}

struct gw_text row_text(const PGresult *result, int row, int column)
{
    return gw_text_span(PQgetvalue(result, row, column), (uint64_t)PQgetlength(result, row, column));
}

int32_t row_eta(const PGresult *result, int row, int column)
{
    return row_is_null(result, row, column) ? 0 : calendar_eta((int32_t)row_int(result, row, column));
}

int64_t row_time(const PGresult *result, int row, int column)
{
    return row_is_null(result, row, column) ? 0 : calendar_unix_ms(row_int(result, row, column));
}

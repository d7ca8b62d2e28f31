/* SPDX-License-Identifier: Apache-2.0 */
/* Rows: decodes columns in the formats of the server's *send functions. */
#include "row.h"

#include "calendar.h"

#include <endian.h>
#include <string.h>

static int32_t read_int4(const char *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof value);
    return (int32_t)be32toh(value);
}

static int64_t read_int8(const char *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return (int64_t)be64toh(value);
}

int64_t row_int(const PGresult *result, int row, int column)
{
    const char *bytes = PQgetvalue(result, row, column);
    uint16_t small;

    switch (PQgetlength(result, row, column)) {
    case 8:
        return read_int8(bytes);
    case 4:
        return read_int4(bytes);
    case 2:
        memcpy(&small, bytes, sizeof small);
        return (int16_t)be16toh(small);
    default: /* null */
        return 0;
    }
}

bool row_bool(const PGresult *result, int row, int column)
{
    return PQgetlength(result, row, column) == 1 && *PQgetvalue(result, row, column) != 0;
}

/* The binary format of an array: dimensions, flags, type; then the count and the lower bound of the only dimension;
 * then each element after its length. */
enum { ARRAY_HEAD = 20, ARRAY_COUNT_AT = 12, ELEMENT = 12, ELEMENT_LENGTH = 4 };

bool row_int8_array(const PGresult *result, int row, int column, int64_t *ret_values, uint32_t count)
{
    const char *bytes = PQgetvalue(result, row, column);

    if (PQgetlength(result, row, column) != (int)(ARRAY_HEAD + count * ELEMENT) ||
        (uint32_t)read_int4(bytes + ARRAY_COUNT_AT) != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        ret_values[i] = read_int8(bytes + ARRAY_HEAD + i * ELEMENT + ELEMENT_LENGTH);
    return true;
}

bool row_int8_element(const PGresult *result, int row, int column, uint32_t place, int64_t *ret_value)
{
    const char *bytes = PQgetvalue(result, row, column);
    size_t len = (size_t)PQgetlength(result, row, column);

    if (len < ARRAY_HEAD || place >= (len - ARRAY_HEAD) / ELEMENT)
        return false;
    *ret_value = read_int8(bytes + ARRAY_HEAD + (size_t)place * ELEMENT + ELEMENT_LENGTH);
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

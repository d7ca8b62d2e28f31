/* SPDX-License-Identifier: Apache-2.0 */
/* Rows: columns in the formats of the server's *send functions. */
#include "row.h"

#include "calendar.h"

int64_t row_int(const PGresult *result, int row, int column)
{
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(result, row, column);
    int len = PQgetlength(result, row, column); /* 0 when it is null */
    uint64_t value = 0;

    for (int i = 0; i < len; i++)
        value = value << 8 | bytes[i];
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

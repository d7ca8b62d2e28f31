/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the binary columns of a result. No state. What is read is valid as long as the result. */
#ifndef POSTGRES_ROW_H
#define POSTGRES_ROW_H

#include <gangway/text.h>

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool row_is_null(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) != 0;
}

/* An integer of 2, 4 or 8 bytes; null is 0. */
int64_t row_int(const PGresult *result, int row, int column);

bool row_bool(const PGresult *result, int row, int column);

/* Text or bytea; null is empty. */
struct gw_text row_text(const PGresult *result, int row, int column);

/* The port's number for a date (20261224); null is 0. */
int32_t row_eta(const PGresult *result, int row, int column);

/* Reads a bigint[] without nulls into an array of `count`. Returns whether it has that many elements. */
bool row_int8_array(const PGresult *result, int row, int column, int64_t *ret_values, uint32_t count);

/* The element at this place, from 0, of a bigint[] without nulls. Returns whether there is one. */
bool row_int8_element(const PGresult *result, int row, int column, uint32_t place, int64_t *ret_value);

/* Milliseconds since 1970 of a timestamptz; null is 0. */
int64_t row_time(const PGresult *result, int row, int column);

#endif

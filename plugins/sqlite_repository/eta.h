/* SPDX-License-Identifier: Apache-2.0 */
/* An ETA between the port's number (20261224, 0 for none) and the column's text ('2026-12-24', NULL). No state. */
#ifndef SQLITE_ETA_H
#define SQLITE_ETA_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

enum { ETA_BYTES = 10 };

static inline void eta_digits(char *to, int count, int32_t number)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
}

/* text must live until the statement has run. */
static inline void bind_eta(sqlite3_stmt *statement, int index, int32_t eta, char text[ETA_BYTES])
{
    if (eta == 0) {
        (void)sqlite3_bind_null(statement, index);
        return;
    }
    eta_digits(text, 4, eta / 10000);
    text[4] = '-';
    eta_digits(text + 5, 2, eta / 100 % 100);
    text[7] = '-';
    eta_digits(text + 8, 2, eta % 100);
    (void)sqlite3_bind_text(statement, index, text, ETA_BYTES, SQLITE_STATIC);
}

static inline int32_t column_eta(sqlite3_stmt *statement, int column)
{
    const char *text = sqlite3_column_blob(statement, column);
    int32_t eta = 0;

    if (text == NULL || sqlite3_column_bytes(statement, column) != ETA_BYTES)
        return 0;
    for (int i = 0; i < ETA_BYTES; i++) {
        if (text[i] != '-')
            eta = eta * 10 + (text[i] - '0');
    }
    return eta;
}

#endif

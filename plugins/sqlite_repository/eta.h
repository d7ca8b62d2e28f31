/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts an ETA between the port's number (20261224, 0 for none) and the column's text ('2026-12-24', NULL). No
 * state.
 */
#ifndef SQLITE_ETA_H
#define SQLITE_ETA_H

#include <gangway/sdk/eta.h>

#include <sqlite3.h>

/* text must be valid until the statement has run. */
static inline void bind_eta(sqlite3_stmt *statement, int index, int32_t eta, char text[GW_ETA_BYTES])
{
    if (eta == 0) {
        (void)sqlite3_bind_null(statement, index);
        return;
    }
    gw_eta_write(eta, text);
    (void)sqlite3_bind_text(statement, index, text, GW_ETA_BYTES, SQLITE_STATIC);
}

static inline int32_t column_eta(sqlite3_stmt *statement, int column)
{
    const char *text = sqlite3_column_blob(statement, column);
    int32_t eta;

    (void)gw_eta_read(gw_text_span(text, (uint64_t)sqlite3_column_bytes(statement, column)), &eta);
    return eta;
}

#endif

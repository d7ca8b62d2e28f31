/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection that is ready for use: the schema has the right version, and every statement is prepared. Belongs to one
 * thread at a time.
 */
#ifndef SQLITE_CONNECTION_H
#define SQLITE_CONNECTION_H

#include "database.h"
#include "statements.h"

struct options {
    const char *path;
    int64_t busy_timeout_ms;
    int64_t cache_bytes;
};

struct connection {
    struct database database;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int64_t noted; /* the last value that a statement passed to note() */
};

/* Opens the connection; the values of options are borrowed. If it fails, the connection is closed. OK; CONFIG: there is
 * no database, or its schema is missing or has another version. */
enum gw_status connection_open(struct connection *connection, const struct options *options, const struct gw_host *host,
                               struct gw_error *reterr);

/* A connection that was never opened is allowed. */
void connection_close(struct connection *connection);

static inline bool connection_is_open(const struct connection *connection)
{
    return connection->database.db != NULL;
}

#endif

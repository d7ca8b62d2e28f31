/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that is ready to work: the schema is ours, and every statement is prepared once. Belongs to one thread
 * at a time. */
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
    int64_t noted; /* the value that a statement gave to note() last */
};

/* Opens it; what options say is borrowed. When that fails it is closed. CONFIG: no database, no schema, or another. */
enum gw_status connection_open(struct connection *connection, const struct options *options, const struct gw_host *host,
                               struct gw_error *reterr);

/* One that was never opened is fine. */
void connection_close(struct connection *connection);

static inline bool connection_is_open(const struct connection *connection)
{
    return connection->database.db != NULL;
}

#endif

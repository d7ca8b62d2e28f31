/* SPDX-License-Identifier: Apache-2.0 */
/* Connection: opens the file, checks the schema, prepares the statements. */
#include "connection.h"

#include "counters.h"
#include "schema.h"

#include <stdio.h>

/* note(VALUE) in a statement is true and stores the value in the connection. So an UPDATE returns what the row had
 * before, without a second access; RETURNING gives only the new values, and creates a table for them. */
static void note(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *connection = sqlite3_user_data(context);

    (void)count;
    connection->noted = sqlite3_value_int64(values[0]);
    sqlite3_result_int(context, 1);
}

static enum gw_status add_functions(struct connection *connection, struct gw_error *reterr)
{
    int code = sqlite3_create_function_v2(connection->database.db, "note", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                          connection, note, NULL, NULL, NULL);

    return code == SQLITE_OK ? GW_OK : database_failed(&connection->database, code, DATABASE_WORKING, reterr);
}

static enum gw_status prepare(struct connection *connection, struct gw_error *reterr)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        int code = sqlite3_prepare_v3(connection->database.db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &connection->statements[i], NULL);

        if (code != SQLITE_OK)
            return database_failed(&connection->database, code, DATABASE_WORKING, reterr);
    }
    return GW_OK;
}

static enum gw_status connect(struct connection *connection, const struct options *options, const struct gw_host *host,
                              struct gw_error *reterr)
{
    char sql[64];
    enum gw_status status;

    status = database_open(&connection->database, options->path, DATABASE_USE, host, options->busy_timeout_ms, reterr);
    if (status == GW_OK)
        status = schema_require(&connection->database, reterr);
    if (status == GW_OK)
        status = counters_require(&connection->database, reterr);
    if (status != GW_OK)
        return status;
    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = -%lld", (long long)options->cache_bytes / 1024);
    status = database_run(&connection->database, sql, reterr);
    if (status == GW_OK)
        status = add_functions(connection, reterr);
    return status == GW_OK ? prepare(connection, reterr) : status;
}

enum gw_status connection_open(struct connection *connection, const struct options *options, const struct gw_host *host,
                               struct gw_error *reterr)
{
    enum gw_status status = connect(connection, options, host, reterr);

    if (status != GW_OK)
        connection_close(connection);
    return status;
}

void connection_close(struct connection *connection)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(connection->statements[i]);
        connection->statements[i] = NULL;
    }
    database_close(&connection->database);
}

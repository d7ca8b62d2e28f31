/* SPDX-License-Identifier: Apache-2.0 */
/* Session: turns on the shared connection, and the transactions around the port's slots. */
#include "session.h"

#include <stdlib.h>

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static void count_in(struct repository *repository)
{
    pthread_mutex_lock(&repository->counting);
    repository->session_count++;
    pthread_mutex_unlock(&repository->counting);
}

/* Without sessions nobody has a turn, so the claim on the file is released. */
static void count_out(struct repository *repository, const struct gw_host *host)
{
    pthread_mutex_lock(&repository->counting);
    repository->session_count--;
    if (repository->session_count == 0) {
        repository->shared.database.host = host;
        connection_close(&repository->shared);
    }
    pthread_mutex_unlock(&repository->counting);
}

enum gw_status session_open(struct repository *repository, const struct gw_host *host, struct gw_session **ret_session,
                            struct gw_error *reterr)
{
    struct gw_session *session = calloc(1, sizeof *session);
    enum gw_status status;

    if (session == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a session");
    session->repository = repository;
    session->host = host;
    session->connection = &session->own;
    count_in(repository);
    status = writer_init(&session->writer, reterr);
    if (status == GW_OK)
        status = connection_open(&session->own, repository->options, host, reterr);
    if (status != GW_OK) {
        session_close(session);
        return status;
    }
    *ret_session = session;
    return GW_OK;
}

void session_close(struct gw_session *session)
{
    if (session == NULL)
        return;
    connection_close(&session->own);
    count_out(session->repository, session->host);
    writer_done(&session->writer);
    free(session);
}

/* ---- turns on the shared connection ---------------------------------------------------------------------------- */

/* After CONFIG the connection is closed: if SQLite cannot open a file for writing, even for lack of a descriptor, it
 * opens it for reading only, and refuses to write as long as the connection exists. */
static void leave(struct gw_session *session, enum gw_status status)
{
    if (status == GW_CONFIG)
        connection_close(session->connection);
    session->connection = &session->own;
    write_queue_leave(&session->repository->writers);
}

/* The connection waits with the host of the session whose turn it is. */
static enum gw_status enter(struct gw_session *session, struct gw_error *reterr)
{
    struct repository *repository = session->repository;
    struct connection *shared = &repository->shared;
    enum gw_status status = write_queue_enter(&repository->writers, &session->writer, session->host,
                                              repository->options->busy_timeout_ms, reterr);

    if (status != GW_OK)
        return status;
    session->connection = shared;
    shared->database.host = session->host;
    status = claim_check(&repository->claim, repository->options->path, reterr);
    if (status == GW_OK && !connection_is_open(shared))
        status = connection_open(shared, repository->options, session->host, reterr);
    if (status != GW_OK)
        leave(session, status);
    return status;
}

/* ---- transactions ---------------------------------------------------------------------------------------------- */

static int run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    int reset = sqlite3_reset(statement);

    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : reset != SQLITE_OK ? reset : code;
}

enum gw_status session_begin_read(struct gw_session *session, struct gw_error *reterr)
{
    return session_change(session, session_statement(session, STATEMENT_BEGIN_READ), NULL, reterr);
}

void session_end_read(struct gw_session *session)
{
    /* after some failures SQLite has rolled back itself */
    if (!sqlite3_get_autocommit(session->connection->database.db))
        (void)run(session_statement(session, STATEMENT_ROLLBACK));
}

enum gw_status session_begin_load(struct gw_session *session, struct gw_error *reterr)
{
    enum gw_status status = enter(session, reterr);

    if (status != GW_OK)
        return status;
    status = session_begin_read(session, reterr);
    if (status != GW_OK)
        leave(session, status);
    return status;
}

void session_end_load(struct gw_session *session)
{
    session_end_read(session);
    leave(session, GW_OK);
}

enum gw_status session_begin_write(struct gw_session *session, struct gw_error *reterr)
{
    enum gw_status status = enter(session, reterr);

    if (status != GW_OK)
        return status;
    status = session_change(session, session_statement(session, STATEMENT_BEGIN_WRITE), NULL, reterr);
    if (status != GW_OK)
        leave(session, status);
    return status;
}

enum gw_status session_end_write(struct gw_session *session, enum gw_status status, struct gw_error *reterr)
{
    if (status == GW_OK) {
        int code = run(session_statement(session, STATEMENT_COMMIT));

        if (code != SQLITE_OK)
            status = database_failed(&session->connection->database, code, DATABASE_COMMITTING, reterr);
    }
    session_end_read(session);
    leave(session, status);
    return status;
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

void bind_text(sqlite3_stmt *statement, int index, struct gw_text text)
{
    (void)sqlite3_bind_text64(statement, index, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_blob(sqlite3_stmt *statement, int index, const void *bytes, uint64_t len)
{
    (void)sqlite3_bind_blob64(statement, index, len > 0 ? bytes : "", len, SQLITE_STATIC);
}

enum gw_status session_change(struct gw_session *session, sqlite3_stmt *statement, int *ret_count,
                              struct gw_error *reterr)
{
    int code = run(statement);

    if (code != SQLITE_OK)
        return database_failed(&session->connection->database, code, DATABASE_WORKING, reterr);
    if (ret_count != NULL)
        *ret_count = sqlite3_changes(session->connection->database.db);
    return GW_OK;
}

enum gw_status session_row(struct gw_session *session, sqlite3_stmt *statement, bool *ret_found,
                           struct gw_error *reterr)
{
    int code = sqlite3_step(statement);

    *ret_found = code == SQLITE_ROW;
    if (*ret_found)
        return GW_OK;
    code = sqlite3_reset(statement);
    return code == SQLITE_OK ? GW_OK : database_failed(&session->connection->database, code, DATABASE_WORKING, reterr);
}

/* Read as a blob also if it is text, because SQLite then neither copies nor terminates it, which could fail for lack of
 * memory. */
struct gw_text column_bytes(sqlite3_stmt *statement, int column)
{
    const char *ptr = sqlite3_column_blob(statement, column);

    return gw_text_span(ptr, (uint64_t)sqlite3_column_bytes(statement, column));
}

enum gw_status session_take_numbers(struct gw_session *session, const char *counter, int64_t count, int64_t *ret_first,
                                    struct gw_error *reterr)
{
    sqlite3_stmt *statement = session_statement(session, STATEMENT_TAKE_NUMBERS);
    enum gw_status status;
    bool found;

    bind_text(statement, 1, gw_text_of(counter));
    sqlite3_bind_int64(statement, 2, count);
    status = session_row(session, statement, &found, reterr);
    if (status != GW_OK)
        return status;
    if (!found)
        return gw_error_set(reterr, GW_CONFIG, "%s: the counter %s is gone", session->connection->database.path,
                            counter);
    *ret_first = sqlite3_column_int64(statement, 0);
    return session_change(session, statement, NULL, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: a thread's access to the repository, with transactions. Belongs to one thread at a time.
 *
 * All changes, and the reads before them, run on one connection that the sessions share, one after the other: a
 * connection drops its cached pages when another one writes, so separate connections would read all pages again for
 * each turn. Other reads run at the same time, each on the session's own connection, and wait for nobody.
 */
#ifndef SQLITE_SESSION_H
#define SQLITE_SESSION_H

#include "claim.h"
#include "connection.h"
#include "write_queue.h"

#include <gangway/port/repository.h>

struct repository {
    const struct gw_host *host;
    const struct options *options;
    struct write_queue writers;
    struct connection shared; /* used by the session whose turn it is; opened by the first one */
    pthread_mutex_t
        counting; /* protects session_count and claim; the last session closes the shared connection under it */
    uint32_t session_count;
    struct claim claim;
};

struct gw_session {
    struct repository *repository;
    const struct gw_host *host;
    struct writer writer;
    struct connection own;
    struct connection *connection; /* the connection for statements: own, or the shared one during a turn */
};

enum gw_status session_open(struct repository *repository, const struct gw_host *host, struct gw_session **ret_session,
                            struct gw_error *reterr);

/* NULL is allowed. */
void session_close(struct gw_session *session);

/* ---- transactions: each begin needs an end */

/* Begins one snapshot for several reads. */
enum gw_status session_begin_read(struct gw_session *session, struct gw_error *reterr);
void session_end_read(struct gw_session *session);

/* The same for reads before a change: waits for this session's turn on the shared connection. */
enum gw_status session_begin_load(struct gw_session *session, struct gw_error *reterr);
void session_end_load(struct gw_session *session);

/* Waits for this session's turn on the shared connection, then for other processes. */
enum gw_status session_begin_write(struct gw_session *session, struct gw_error *reterr);

/* Commits if status is OK, otherwise rolls back; then the next writer has its turn. Returns the status of the whole. */
enum gw_status session_end_write(struct gw_session *session, enum gw_status status, struct gw_error *reterr);

/* ---- statements */

/* A statement to bind; between begin and end, that of the transaction's connection. Bound values are borrowed until it
 * has run. */
static inline sqlite3_stmt *session_statement(struct gw_session *session, enum statement which)
{
    return session->connection->statements[which];
}

/* Binds text or bytes; an empty one is empty, never NULL. If SQLite cannot bind it, the step fails. */
void bind_text(sqlite3_stmt *statement, int index, struct gw_text text);
void bind_blob(sqlite3_stmt *statement, int index, const void *bytes, uint64_t len);

/* Runs a statement without rows. *ret_count, unless NULL, is the number of rows that it changed. */
enum gw_status session_change(struct gw_session *session, sqlite3_stmt *statement, int *ret_count,
                              struct gw_error *reterr);

/* The next row: OK and *ret_found. At the end, and if it fails, the statement is reset. */
enum gw_status session_row(struct gw_session *session, sqlite3_stmt *statement, bool *ret_found,
                           struct gw_error *reterr);

/* A column of text or bytes, valid until the next step. */
struct gw_text column_bytes(sqlite3_stmt *statement, int column);

/* Reserves `count` numbers of a counter; *ret_first is the first. */
enum gw_status session_take_numbers(struct gw_session *session, const char *counter, int64_t count, int64_t *ret_first,
                                    struct gw_error *reterr);

#endif

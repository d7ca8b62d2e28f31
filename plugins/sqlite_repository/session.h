/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: one connection with every statement prepared once, and the way through a transaction. Belongs to one
 * thread at a time. The repository is what its sessions share.
 */
#ifndef SQLITE_SESSION_H
#define SQLITE_SESSION_H

#include "database.h"
#include "statements.h"
#include "write_queue.h"

#include <gangway/port/repository.h>

struct options {
    const char *path;
    int64_t busy_timeout_ms;
    int64_t cache_bytes;
};

struct repository {
    const struct gw_host *host;
    const struct options *options;
    struct write_queue writers;
    int claim_fd; /* -1: not claimed */
};

struct session {
    struct repository *repository;
    struct database database;
    struct writer writer;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

enum gw_status session_open(struct repository *repository, const struct gw_host *host, struct session **ret_session,
                            struct gw_error *reterr);

/* NULL is fine. */
void session_close(struct session *session);

/* ---- transactions: begin, and end whatever came of it */

/* One snapshot for several reads. */
enum gw_status session_begin_read(struct session *session, struct gw_error *reterr);
void session_end_read(struct session *session);

/* Waits for this session's turn among the writers of the process, then for other processes. */
enum gw_status session_begin_write(struct session *session, struct gw_error *reterr);

/* Commits when status is OK, else rolls back; lets the next writer in. The status of the whole. */
enum gw_status session_end_write(struct session *session, enum gw_status status, struct gw_error *reterr);

/* ---- statements */

/* A statement, ready to be bound. What is bound to it is borrowed until it has run. */
static inline sqlite3_stmt *session_statement(struct session *session, enum statement which)
{
    return session->statements[which];
}

/* Texts and bytes; an empty one is empty, never NULL. What SQLite cannot bind makes the step fail. */
void bind_text(sqlite3_stmt *statement, int index, struct gw_text text);
void bind_blob(sqlite3_stmt *statement, int index, const void *bytes, uint64_t len);

/* Runs a statement that gives no rows; *ret_count, unless NULL, is how many rows it changed. */
enum gw_status session_change(struct session *session, sqlite3_stmt *statement, int *ret_count,
                              struct gw_error *reterr);

/* The next row: OK and *ret_found; at the end, and when it fails, the statement is reset. */
enum gw_status session_row(struct session *session, sqlite3_stmt *statement, bool *ret_found, struct gw_error *reterr);

/* A column of text or bytes, valid until the next step. */
struct gw_text column_bytes(sqlite3_stmt *statement, int column);

/* Takes `count` numbers of a counter; *ret_first is the first. */
enum gw_status session_take_numbers(struct session *session, const char *counter, int64_t count, int64_t *ret_first,
                                    struct gw_error *reterr);

#endif

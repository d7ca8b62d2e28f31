/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to the database file: opens it, waits for other processes, and translates SQLite's result codes. A
 * connection belongs to one thread at a time.
 */
#ifndef SQLITE_DATABASE_H
#define SQLITE_DATABASE_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct database {
    sqlite3 *db;
    const char *path; /* borrowed */
    const struct gw_host *host;
    int64_t busy_timeout_ms;
    int64_t busy_until_ms; /* the deadline of the current wait for another process */
    bool is_cancelled;     /* host->wait returned CANCELLED */
};

/* The purpose of the connection. */
enum database_mode {
    DATABASE_LOOK,  /* reads, and creates no file */
    DATABASE_USE,   /* reads and writes an existing file */
    DATABASE_CREATE /* also creates the file */
};

/* Opens path, which must be valid as long as the connection, as must host. */
enum gw_status database_open(struct database *database, const char *path, enum database_mode mode,
                             const struct gw_host *host, int64_t busy_timeout_ms, struct gw_error *reterr);

/* A connection that was never opened is allowed. */
void database_close(struct database *database);

/* The phase of a failure: before the commit nothing has happened; a commit that failed may have happened. */
enum database_phase { DATABASE_WORKING, DATABASE_COMMITTING };

/* The status for a file that could not be opened, created or locked, from the errno (0: unknown). */
enum gw_status sqlite_open_status(int system_error);

/* Writes that a call on this connection failed with this code. Returns the status. */
enum gw_status database_failed(struct database *database, int code, enum database_phase phase, struct gw_error *reterr);

/* Runs statements without rows. */
enum gw_status database_run(struct database *database, const char *sql, struct gw_error *reterr);

/* The integer in the first column of a statement's first row. */
enum gw_status database_number(struct database *database, const char *sql, int64_t *ret_number,
                               struct gw_error *reterr);

/* Rolls back an open transaction. Returns status, unless that is OK and the rollback failed for lack of memory; then
 * the connection cannot be used any more. */
enum gw_status database_roll_back(struct database *database, enum gw_status status, struct gw_error *reterr);

#endif

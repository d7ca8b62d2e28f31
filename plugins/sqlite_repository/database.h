/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to the database file: how it is opened, how it waits for other processes, and what SQLite's result
 * codes mean to the core. A connection belongs to one thread at a time.
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
    int64_t busy_until_ms; /* when the wait for another process that is going on ends */
    bool is_cancelled;     /* the host said so while we waited */
};

/* What the connection is opened for. */
enum database_mode {
    DATABASE_LOOK,  /* reads what is there and leaves no trace */
    DATABASE_USE,   /* reads and writes a file that exists */
    DATABASE_CREATE /* ... and makes one */
};

/* Opens path, which must live as long as the connection, as must host. */
enum gw_status database_open(struct database *database, const char *path, enum database_mode mode,
                             const struct gw_host *host, int64_t busy_timeout_ms, struct gw_error *reterr);

/* A connection that was never opened is fine. */
void database_close(struct database *database);

/* When a statement failed: before the commit nothing has happened, a commit that failed may have. */
enum database_phase { DATABASE_WORKING, DATABASE_COMMITTING };

/* What a file that could not be opened, made or locked asks the caller to do, by its errno (0: not known). */
enum gw_status sqlite_open_status(int system_error);

/* Says that a call on this connection failed with this code; the status. */
enum gw_status database_failed(struct database *database, int code, enum database_phase phase, struct gw_error *reterr);

/* Runs statements that give no rows. */
enum gw_status database_run(struct database *database, const char *sql, struct gw_error *reterr);

/* The integer that a statement gives first. */
enum gw_status database_number(struct database *database, const char *sql, int64_t *ret_number,
                               struct gw_error *reterr);

/* Ends a transaction that is open, without it. The status of the whole: status, unless that is OK and the end failed,
 * for want of memory; then the connection is of no more use. */
enum gw_status database_roll_back(struct database *database, enum gw_status status, struct gw_error *reterr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Database: WAL, synchronous=FULL, and nothing in the schema is trusted. SQLite never sleeps here: its busy handler
 * waits with the host, in slices, so that a shutdown is noticed and the entrypoint is kept alive.
 */
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUSY_SLICE_MS = 10,
    /* a turn rewrites the same pages often: with a longer log fewer of them are written to the file */
    CHECKPOINT_PAGES = 4000,
    LOG_KEEP_BYTES = 64 << 20
};

/* ---- result codes ---------------------------------------------------------------------------------------------- */

static bool is_taken(int code)
{
    return code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
}

/* A path or a right is for the operator to change. A shortage of the machine is transient. */
enum gw_status sqlite_open_status(int system_error)
{
    switch (system_error) {
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case ESTALE:
    case ENOLCK:
    case EINTR:
        return GW_TRANSIENT;
    case ENOMEM:
        return GW_NOMEM;
    default:
        return GW_CONFIG;
    }
}

/*
 * What a result code asks the caller to do. system_error is the errno behind it, or 0.
 *
 * IOERR and FULL: while a statement runs, SQLite rolls back, nothing has happened, and both may pass, for example when
 * somebody frees space. During COMMIT it is unknown whether the frames are in the log; a log whose sync failed may be
 * complete after a crash. A primary key that exists is a number of a counter; other keys are inserted with ON CONFLICT.
 * CANTOPEN: as above. ERROR is the result for a missing table or column, that is, another schema.
 */
static enum gw_status sqlite_status(int code, int system_error, enum database_phase phase)
{
    if (code == SQLITE_IOERR_NOMEM)
        return GW_NOMEM;
    if (is_taken(code))
        return GW_CONFIG;
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return GW_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
        return GW_TRANSIENT;
    case SQLITE_IOERR:
    case SQLITE_FULL:
        return phase == DATABASE_COMMITTING ? GW_UNKNOWN : GW_TRANSIENT;
    case SQLITE_CANTOPEN:
        return sqlite_open_status(system_error);
    case SQLITE_ERROR:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_AUTH:
    case SQLITE_FORMAT:
    case SQLITE_NOLFS:
        return GW_CONFIG;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return GW_PERMANENT;
    case SQLITE_NOMEM:
        return GW_NOMEM;
    case SQLITE_INTERRUPT:
        return GW_CANCELLED;
    default:
        return GW_INTERNAL;
    }
}

enum gw_status database_failed(struct database *database, int code, enum database_phase phase, struct gw_error *reterr)
{
    int system_error = database->db == NULL ? 0 : sqlite3_system_errno(database->db);
    enum gw_status status = sqlite_status(code, system_error, phase);
    const char *text = database->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(database->db);

    if (status == GW_TRANSIENT && database->is_cancelled)
        return gw_error_set(reterr, GW_CANCELLED, "%s: cancelled while another process was writing", database->path);
    if (system_error != 0 && (status == GW_CONFIG || status == GW_UNKNOWN || status == GW_TRANSIENT))
        return gw_error_set_errno(reterr, status, system_error, "%s: %s (SQLite %d)", database->path, text, code);
    return gw_error_set(reterr, status, "%s: %s (SQLite %d)%s", database->path, text, code,
                        is_taken(code) ? ": a counter gave a number that is taken; `gangway check` names the "
                                         "statement that repairs it"
                                       : "");
}

/* ---- waiting for other processes ------------------------------------------------------------------------------- */

static int wait_while_busy(void *context, int count)
{
    struct database *database = context;
    const struct gw_host *host = database->host;
    int64_t now = host->monotonic_ms(host);
    int64_t until = now + BUSY_SLICE_MS;
    uint32_t ready = 0;

    if (count == 0)
        database->busy_until_ms = now + database->busy_timeout_ms;
    if (now >= database->busy_until_ms)
        return 0;
    if (until > database->busy_until_ms)
        until = database->busy_until_ms;
    database->is_cancelled = host->wait(host, -1, 0, until, &ready) == GW_CANCELLED;
    return !database->is_cancelled;
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

/* Makes a file: URI, in which SQLite decodes %XX. False: it does not fit. */
static bool make_uri(char *uri, size_t size, const char *path, const char *parameters)
{
    size_t used = (size_t)snprintf(uri, size, "file:");

    for (; *path != '\0' && used + 4 < size; path++) {
        if (strchr("%?#", *path) != NULL)
            used += (size_t)snprintf(uri + used, size - used, "%%%02X", (unsigned char)*path);
        else
            uri[used++] = *path;
    }
    return *path == '\0' && (size_t)snprintf(uri + used, size - used, "?%s", parameters) < size - used;
}

/* Opening a database in WAL mode creates files beside it, unless it is opened as immutable. It is immutable as long as
 * no process has a log. */
static int open_to_look(struct database *database)
{
    char uri[3 * PATH_MAX];
    char log[PATH_MAX];
    struct stat info;
    bool has_log = snprintf(log, sizeof log, "%s-wal", database->path) < (int)sizeof log && stat(log, &info) == 0;

    if (!make_uri(uri, sizeof uri, database->path, has_log ? "mode=ro" : "mode=ro&immutable=1"))
        return SQLITE_CANTOPEN;
    return sqlite3_open_v2(uri, &database->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
}

static int open_file(struct database *database, enum database_mode mode)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

    if (mode == DATABASE_LOOK)
        return open_to_look(database);
    if (mode == DATABASE_CREATE)
        flags |= SQLITE_OPEN_CREATE;
    return sqlite3_open_v2(database->path, &database->db, flags, NULL);
}

static int configure(struct database *database, enum database_mode mode)
{
    sqlite3 *db = database->db;
    char sql[256];

    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_handler(db, wait_while_busy, database);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    /* otherwise SQLite prepares statements again if a bound value could choose another plan */
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, mode == DATABASE_LOOK, NULL);
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = %d;"
                   "PRAGMA journal_size_limit = %d",
                   CHECKPOINT_PAGES, LOG_KEEP_BYTES);
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* If SQLite cannot open a file for writing, for whatever reason, it opens it for reading only. */
static enum gw_status require_writable(struct database *database, struct gw_error *reterr)
{
    if (sqlite3_db_readonly(database->db, "main") != 1)
        return GW_OK;
    if (faccessat(AT_FDCWD, database->path, W_OK, AT_EACCESS) != 0)
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "%s: cannot be written", database->path);
    return gw_error_set(reterr, GW_TRANSIENT, "%s: could be opened for reading only", database->path);
}

enum gw_status database_open(struct database *database, const char *path, enum database_mode mode,
                             const struct gw_host *host, int64_t busy_timeout_ms, struct gw_error *reterr)
{
    enum gw_status status;
    int code;

    *database = (struct database){.path = path, .host = host, .busy_timeout_ms = busy_timeout_ms};
    code = open_file(database, mode);
    if (code == SQLITE_OK)
        code = configure(database, mode);
    status = code == SQLITE_OK ? GW_OK : database_failed(database, code, DATABASE_WORKING, reterr);
    if (status == GW_OK && mode != DATABASE_LOOK)
        status = require_writable(database, reterr);
    if (status != GW_OK)
        database_close(database);
    return status;
}

void database_close(struct database *database)
{
    sqlite3_close_v2(database->db);
    database->db = NULL;
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

enum gw_status database_run(struct database *database, const char *sql, struct gw_error *reterr)
{
    int code = sqlite3_exec(database->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? GW_OK : database_failed(database, code, DATABASE_WORKING, reterr);
}

enum gw_status database_number(struct database *database, const char *sql, int64_t *ret_number, struct gw_error *reterr)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->db, sql, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            *ret_number = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? GW_OK : database_failed(database, code, DATABASE_WORKING, reterr);
}

enum gw_status database_roll_back(struct database *database, enum gw_status status, struct gw_error *reterr)
{
    int code = SQLITE_OK;

    if (!sqlite3_get_autocommit(database->db))
        code = sqlite3_exec(database->db, "ROLLBACK", NULL, NULL, NULL);
    return status != GW_OK || code == SQLITE_OK ? status : database_failed(database, code, DATABASE_WORKING, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to the server, without blocking: every wait uses the host, so that a worker's entrypoint is kept alive
 * meanwhile and a shutdown ends the wait. A connection belongs to one thread at a time.
 */
#ifndef POSTGRES_CONNECTION_H
#define POSTGRES_CONNECTION_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

/* The options of the bootstrap file; bound by the core. */
struct options {
    const char *url;      /* secret: a connection string or postgresql:// URL */
    const char *password; /* secret; NULL: from the URL or the system */
    const char *schema;
    int64_t connect_timeout_ms;
    int64_t statement_timeout_ms;
    int64_t lock_timeout_ms;
    int64_t lease_timeout_ms; /* a holder that is silent for longer loses its lease */
};

/* A prepared statement: a constant beside the code that binds its parameters. Each connection prepares it when it is
 * first used. */
struct statement {
    const char *name; /* unique in the plugin; shown by pg_stat_activity and proxies */
    const char *sql;
    bool is_change; /* if the connection is lost after it was sent, its outcome is unknown */
};

enum { STATEMENTS_MAX = 64 };

/* The metric table. */
enum { POSTGRES_METRIC_CONNECTION_UP };

struct connection {
    PGconn *pg; /* NULL: not connected */
    const struct gw_host *host;
    int backend; /* the server's process; if it differs from that of the login, the connection goes through a pooler */
    bool is_ended; /* the server has ended it without a query */
    const struct statement *prepared[STATEMENTS_MAX];
    uint32_t prepared_count;
};

/* Connects, within connect_timeout for each host of the url, and sets up the session: search_path, timeouts, planner.
 * OK; TRANSIENT: the server is unreachable, full or read-only (a standby before its promotion); CONFIG: it refuses the
 * login (password, database, certificate), or cannot be used (not UTF-8); CANCELLED; NOMEM. The struct must not be
 * moved until the connection is closed. Reports to the host whether there is a connection. */
enum gw_status connection_open(struct connection *connection, const struct options *options, const struct gw_host *host,
                               struct gw_error *reterr);

/* A connection that was never opened is allowed. Reports nothing. */
void connection_close(struct connection *connection);

/* Reports to the host whether there is a connection. */
void connection_report(const struct gw_host *host, bool is_up);

/* Runs SQL without parameters or with text parameters (a NULL-terminated list), in text format, for what is not part of
 * a turn: migrations, check. *ret_result, unless NULL, is the last result; the caller clears it. If the connection is
 * lost, or the answer does not come in time, the connection is closed. */
enum gw_status connection_run(struct connection *connection, const struct gw_host *host, int64_t timeout_ms,
                              const char *sql, const char *const *texts, PGresult **ret_result,
                              struct gw_error *reterr);

/* Whether the connection is not known to have ended. It reads what has arrived, and does not wait. For an idle
 * connection. */
bool connection_is_alive(struct connection *connection);

/* Writes that the connection is lost, with libpq's message: TRANSIENT. */
enum gw_status connection_lost(const struct connection *connection, struct gw_error *reterr);

/* Sends everything that is buffered, waits until the socket is readable, and reads. For a caller that uses libpq
 * directly. */
enum gw_status connection_await(struct connection *connection, const struct gw_host *host, int64_t deadline_ms,
                                struct gw_error *reterr);

#endif

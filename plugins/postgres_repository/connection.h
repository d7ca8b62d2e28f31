/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to the server, without blocking: every wait goes through the host, so that a worker's entrypoint is
 * kept alive meanwhile and a shutdown ends it. A connection belongs to one thread at a time.
 */
#ifndef POSTGRES_CONNECTION_H
#define POSTGRES_CONNECTION_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

/* As the bootstrap file says; bound by the core. */
struct options {
    const char *url;      /* secret: a connection string or postgresql:// URL */
    const char *password; /* secret, or NULL: as the URL or the system says */
    const char *schema;
    int64_t connect_timeout_ms;
    int64_t statement_timeout_ms;
    int64_t lock_timeout_ms;
    int64_t lease_timeout_ms; /* after which a holder that gives no sign of life has lost its lease */
};

/* SQL with a name of its own: a constant beside the code that binds it. Each connection prepares it at its first use.
 */
struct statement {
    const char *name; /* unique in the plugin; what pg_stat_activity and a proxy see */
    const char *sql;
    bool is_change; /* when the connection dies after it was sent, its outcome is unknown */
};

enum { STATEMENTS_MAX = 64 };

struct connection {
    PGconn *pg; /* NULL: not connected */
    const struct gw_host *host;
    int backend;   /* the server's process; where it is not what the login said, something stands between */
    bool is_ended; /* the server has said so while nothing was asked of it */
    const struct statement *prepared[STATEMENTS_MAX];
    uint32_t prepared_count;
};

/* Connects, within connect_timeout for each host of the url, and sets up the session: search_path, timeouts, planner.
 * TRANSIENT: the server is away, full or read-only (a standby, until it is promoted); CONFIG: it refuses us (password,
 * database, certificate), or is one that we cannot use (not UTF-8); CANCELLED; NOMEM. The connection stays where it is
 * in memory until it is closed.
 */
enum gw_status connection_open(struct connection *connection, const struct options *options, const struct gw_host *host,
                               struct gw_error *reterr);

/* One that was never opened is fine. */
void connection_close(struct connection *connection);

/* Runs SQL without parameters or with texts as parameters (NULL-terminated list), in text format; for what is not on
 * the path of a turn: migrations, check. *ret_result, unless NULL, is the last result, to be cleared. A connection that
 * broke, or whose answer was not waited for, is closed. */
enum gw_status connection_run(struct connection *connection, const struct gw_host *host, int64_t timeout_ms,
                              const char *sql, const char *const *texts, PGresult **ret_result,
                              struct gw_error *reterr);

/* Whether nothing is known of its end. Takes in what is there, and waits for nothing. For one that is idle. */
bool connection_is_alive(struct connection *connection);

/* Says that the server is no longer there, with libpq's words: TRANSIENT. */
enum gw_status connection_lost(const struct connection *connection, struct gw_error *reterr);

/* Waits until the socket has something to read, with everything sent; then takes it in. For whoever sends by itself. */
enum gw_status connection_await(struct connection *connection, const struct gw_host *host, int64_t deadline_ms,
                                struct gw_error *reterr);

#endif

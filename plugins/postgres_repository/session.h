/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: what one thread does on the database, on a connection of its own. One round trip at a time: begin, a few
 * queries with their parameters, run, then their results. Belongs to one thread at a time.
 *
 * A session whose connection broke stays a session: the call that met it returns TRANSIENT or UNKNOWN, the next one
 * connects again. Behind the new connection may be another server, so a caller that remembers versions, stamps or
 * outbox numbers runs with session_run_bound, which fails once for each connection that was lost.
 */
#ifndef POSTGRES_SESSION_H
#define POSTGRES_SESSION_H

#include "connection.h"
#include "parameters.h"

#include <gangway/port/repository.h>

enum { QUERIES_MAX = 8, STEPS_MAX = 2 * QUERIES_MAX };

struct repository {
    const struct gw_host *host;
    const struct options *options;
};

/* One statement of a round trip. */
struct query {
    const struct statement *statement;
    struct parameters parameters;
    PGresult *result; /* after the run: its rows, or why it failed; NULL: it was not reached. The session's. */
};

/* What the server answers by itself: preparing a statement, or a query. */
struct step {
    struct query *query;
    bool is_preparing;
};

struct gw_session {
    const struct repository *repository;
    const struct gw_host *host;
    struct connection connection;
    struct query queries[QUERIES_MAX];
    uint32_t query_count;
    struct step steps[STEPS_MAX]; /* what was sent in this round trip, in order */
    uint32_t step_count;
    bool is_replaced;    /* a connection was lost, and nobody who remembers anything of it was told */
    uint64_t generation; /* rises when a connection is gone, and with it what belonged to it: a lease for instance */
    struct lease *lease; /* lease.c's; NULL: none was asked for */
};

/* Connects and requires a schema that this plugin can use. Statuses of connection_open; CONFIG: no schema, or another.
 */
enum gw_status session_open(struct repository *repository, const struct gw_host *host, struct gw_session **ret_session,
                            struct gw_error *reterr);

/* NULL is fine. */
void session_close(struct gw_session *session);

/* Forgets the queries of the last round trip, and their results. */
void session_begin(struct gw_session *session);

/* The next query of the round trip, whose parameters are to be added in the order of $1, $2... At most QUERIES_MAX. */
struct query *session_query(struct gw_session *session, const struct statement *statement);

/*
 * One round trip: sends all queries as one pipeline with one Sync, so that they are one transaction, and waits for all
 * results. Connects first when the last connection broke, and prepares in the same round trip what this connection has
 * not prepared. Whatever a query returns is in its result, also when it failed.
 *
 * A connection that broke while it was idle is found out before anything is sent, and another one takes its place.
 * OK: all of them succeeded. TRANSIENT: nothing happened; UNKNOWN: the connection died after a change was sent;
 * CONFIG, PERMANENT, CONFLICT, MOVED: as postgres_status says of the first that failed; CANCELLED; NOMEM.
 */
enum gw_status session_run(struct gw_session *session, struct gw_error *reterr);

/* The same for a caller that relies on what the connection told it before. TRANSIENT also when the connection is not
 * the one of its last call: nothing was sent, and what it remembers may be wrong. */
enum gw_status session_run_bound(struct gw_session *session, struct gw_error *reterr);

#endif

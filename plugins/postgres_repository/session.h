/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: a connection of one thread to the database. It makes one round trip at a time: begin, a few queries with
 * their parameters, run, then their results. Belongs to one thread at a time.
 *
 * A session survives the loss of its connection: the call that meets the loss returns TRANSIENT or UNKNOWN, and the
 * next one connects again. The new connection may lead to another server. So a caller that remembers versions, stamps
 * or outbox numbers uses session_run_bound, which fails once for each lost connection.
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
    PGresult *result; /* after the run: its rows, or why it failed; NULL: not reached. Owned by the session */
};

/* A request with an answer of its own: preparing a statement, or a query. */
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
    struct step steps[STEPS_MAX]; /* what this round trip has sent, in order */
    uint32_t step_count;
    bool is_replaced;    /* a connection was lost, and no caller was informed yet */
    bool is_announced;   /* used by announcement.c */
    uint64_t generation; /* rises when a connection is lost, with everything that depended on it, such as a lease */
    struct lease *lease; /* used by lease.c; NULL: none was requested */
};

/* Connects, and requires a schema that this plugin can use. Statuses of connection_open; CONFIG: the schema is missing
 * or has another version. */
enum gw_status session_open(struct repository *repository, const struct gw_host *host, struct gw_session **ret_session,
                            struct gw_error *reterr);

/* NULL is allowed. */
void session_close(struct gw_session *session);

/* Drops the queries of the last round trip, and their results. */
void session_begin(struct gw_session *session);

/* Adds a query to the round trip. Its parameters follow in the order of $1, $2... At most QUERIES_MAX. */
struct query *session_query(struct gw_session *session, const struct statement *statement);

/*
 * Makes one round trip: sends all queries as one pipeline with one Sync, which makes them one transaction, and waits
 * for all results. It connects first if the last connection was lost, and prepares in the same round trip what this
 * connection has not prepared. Each query has its result, also if it failed.
 *
 * If a connection was lost while it was idle, this is detected before anything is sent, and a new one is made. OK: all
 * queries succeeded. TRANSIENT: nothing happened. UNKNOWN: the connection was lost after a change was sent. CONFIG,
 * PERMANENT, CONFLICT, MOVED: the status of the first failed query (postgres_status). CANCELLED. NOMEM.
 */
enum gw_status session_run(struct gw_session *session, struct gw_error *reterr);

/* The same for a caller that relies on earlier answers. TRANSIENT also if the connection is not that of its last call:
 * then nothing was sent, and what the caller remembers may be wrong. */
enum gw_status session_run_bound(struct gw_session *session, struct gw_error *reterr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session: round trips. A round trip is a pipeline that ends with one Sync, which the server handles as one
 * transaction. Only the server's answer to the Sync proves the commit, because results of queries are sent before it.
 */
#include "session.h"

#include "announcement.h"
#include "operations.h"
#include "schema.h"
#include "sequences.h"
#include "status.h"

#include <assert.h>
#include <stdlib.h>

/* How much longer than its statement_timeout the server may take, to commit and to answer. After that the connection
 * counts as lost. */
enum { GRACE_MS = 5000 };

/* ---- the connection -------------------------------------------------------------------------------------------- */

static void disconnect(struct gw_session *session)
{
    if (session->connection.pg == NULL)
        return;
    connection_close(&session->connection);
    connection_report(session->host, false);
    session->generation++;
    session->is_replaced = true;
}

static enum gw_status require_schema(struct gw_session *session, struct gw_error *reterr)
{
    const struct options *options = session->repository->options;
    struct schema_state state;
    enum gw_status status = schema_read(&session->connection, options, session->host, &state, reterr);

    if (status == GW_OK)
        status = schema_judge(&state, options->schema, reterr);
    return status == GW_OK ? sequences_require(&session->connection, options, session->host, reterr) : status;
}

static enum gw_status connect_again(struct gw_session *session, struct gw_error *reterr)
{
    enum gw_status status = connection_open(&session->connection, session->repository->options, session->host, reterr);

    if (status == GW_OK)
        status = require_schema(session, reterr);
    if (status == GW_OK && PQenterPipelineMode(session->connection.pg) != 1)
        status = connection_lost(&session->connection, reterr);
    if (status != GW_OK) {
        disconnect(session);
        connection_report(session->host, false); /* also where the connection was closed already */
    } else if (session->connection.backend != PQbackendPID(session->connection.pg))
        gw_host_log(session->host, GW_CODE_POSTGRES_POOLER,
                    "the connection goes through a pooler; `gangway check FILE` tests whether it keeps sessions");
    return status;
}

/* Only this function detects the end of an idle connection, once per round trip. The end may come between two checks,
 * and a caller that saw no failure would continue as if the server were the same. */
static void drop_dead_connection(struct gw_session *session)
{
    if (session->connection.pg == NULL)
        return;
    if (!connection_is_alive(&session->connection))
        disconnect(session);
    else
        announcement_note(session);
}

static enum gw_status ensure_connection(struct gw_session *session, struct gw_error *reterr)
{
    enum gw_status status;

    if (session->connection.pg != NULL)
        return GW_OK;
    status = connect_again(session, reterr);
    if (status == GW_OK)
        gw_host_log(session->host, GW_CODE_POSTGRES_RECONNECTED, "reconnected to the database");
    return status;
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
    for (uint32_t i = 0; i < QUERIES_MAX; i++)
        parameters_init(&session->queries[i].parameters);
    status = connect_again(session, reterr);
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
    session_begin(session);
    for (uint32_t i = 0; i < QUERIES_MAX; i++)
        parameters_done(&session->queries[i].parameters);
    disconnect(session);
    lease_free(session->lease);
    free(session);
}

/* ---- the queries of a round trip ------------------------------------------------------------------------------- */

void session_begin(struct gw_session *session)
{
    for (uint32_t i = 0; i < session->query_count; i++) {
        PQclear(session->queries[i].result);
        session->queries[i].result = NULL;
    }
    session->query_count = 0;
    session->step_count = 0;
}

struct query *session_query(struct gw_session *session, const struct statement *statement)
{
    struct query *query;

    assert(session->query_count < QUERIES_MAX);
    query = &session->queries[session->query_count++];
    query->statement = statement;
    parameters_reset(&query->parameters);
    return query;
}

/* The progress of a round trip. */
struct outcome {
    bool is_sent;          /* the Sync may have reached the server */
    bool is_over;          /* the answer to the Sync has arrived */
    uint32_t step;         /* the one whose answer comes next */
    enum gw_status failed; /* the status of the first step that the server refused, else OK */
    bool is_read_only;     /* it was refused because this server accepts no writes */
};

/* ---- sending --------------------------------------------------------------------------------------------------- */

static bool is_prepared(const struct gw_session *session, const struct statement *statement)
{
    const struct connection *connection = &session->connection;

    for (uint32_t i = 0; i < connection->prepared_count; i++)
        if (connection->prepared[i] == statement)
            return true;
    for (uint32_t i = 0; i < session->step_count; i++)
        if (session->steps[i].is_preparing && session->steps[i].query->statement == statement)
            return true;
    return false;
}

static void add_step(struct gw_session *session, struct query *query, bool is_preparing)
{
    session->steps[session->step_count++] = (struct step){.query = query, .is_preparing = is_preparing};
}

static int send_execute(PGconn *pg, const struct query *query)
{
    const struct parameters *parameters = &query->parameters;
    const char *values[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];

    for (int i = 0; i < parameters->count; i++) {
        formats[i] = 1;
        values[i] = parameters->lengths[i] < 0      ? NULL
                    : parameters->bytes.ptr == NULL ? ""
                                                    : parameters->bytes.ptr + parameters->offsets[i];
    }
    return PQsendQueryPrepared(pg, query->statement->name, parameters->count, values, parameters->lengths, formats, 1);
}

static int send_query(struct gw_session *session, struct query *query)
{
    PGconn *pg = session->connection.pg;

    if (!is_prepared(session, query->statement)) {
        if (PQsendPrepare(pg, query->statement->name, query->statement->sql, 0, NULL) != 1)
            return 0;
        add_step(session, query, true);
    }
    if (send_execute(pg, query) != 1)
        return 0;
    add_step(session, query, false);
    return 1;
}

/* Without the Sync the server rolls back what it received, so a failure before the Sync means that nothing happened. */
static enum gw_status send_all(struct gw_session *session, struct outcome *outcome, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < session->query_count; i++)
        if (send_query(session, &session->queries[i]) != 1)
            return connection_lost(&session->connection, reterr);
    outcome->is_sent = true;
    if (PQpipelineSync(session->connection.pg) != 1)
        return connection_lost(&session->connection, reterr);
    return GW_OK;
}

/* ---- receiving ------------------------------------------------------------------------------------------------- */

static void note_prepared(struct gw_session *session, const struct statement *statement)
{
    struct connection *connection = &session->connection;

    assert(connection->prepared_count < STATEMENTS_MAX);
    connection->prepared[connection->prepared_count++] = statement;
}

/* Stores a query's result, and the first failure. */
static void take_result(struct gw_session *session, struct outcome *outcome, PGresult *result, struct gw_error *reterr)
{
    struct step *step = outcome->step < session->step_count ? &session->steps[outcome->step] : NULL;
    bool has_failed = postgres_status(result) != GW_OK;

    if (has_failed && outcome->failed == GW_OK) {
        outcome->failed = postgres_failed(result, reterr);
        outcome->is_read_only = postgres_is(result, SQLSTATE_READ_ONLY);
    }
    if (step == NULL || PQresultStatus(result) == PGRES_PIPELINE_ABORTED || (step->is_preparing && !has_failed)) {
        if (step != NULL && PQresultStatus(result) == PGRES_COMMAND_OK)
            note_prepared(session, step->query->statement);
        PQclear(result);
        return;
    }
    PQclear(step->query->result);
    step->query->result = result;
}

/* Handles one answer that has arrived. *retlost: the text of a result that libpq made itself, or that ends the
 * connection; it proves nothing. */
static enum gw_status take_next(struct gw_session *session, struct outcome *outcome, struct gw_error *retlost,
                                struct gw_error *reterr)
{
    PGresult *result = PQgetResult(session->connection.pg);

    if (result == NULL) {
        outcome->step++;
        return GW_OK;
    }
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        outcome->is_over = true;
        PQclear(result);
        return GW_OK;
    }
    if (postgres_status(result) != GW_OK && PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED) == NULL) {
        PQclear(result);
        return connection_lost(&session->connection, retlost);
    }
    if (postgres_is_fatal(result)) {
        enum gw_status status = postgres_failed(result, retlost);

        PQclear(result);
        return status;
    }
    take_result(session, outcome, result, reterr);
    return GW_OK;
}

static enum gw_status receive_all(struct gw_session *session, struct outcome *outcome, struct gw_error *retlost,
                                  struct gw_error *reterr)
{
    const struct gw_host *host = session->host;
    int64_t deadline_ms = host->monotonic_ms(host) + session->repository->options->statement_timeout_ms + GRACE_MS;

    /* libpq returns a NULL after each step, and none after the Sync */
    while (!outcome->is_over) {
        enum gw_status status = GW_OK;

        if (PQisBusy(session->connection.pg))
            status = connection_await(&session->connection, host, deadline_ms, retlost);
        else if (outcome->step > session->step_count)
            status = connection_lost(&session->connection, retlost);
        else
            status = take_next(session, outcome, retlost, reterr);
        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

/* ---- the round trip -------------------------------------------------------------------------------------------- */

static bool has_change(const struct gw_session *session)
{
    for (uint32_t i = 0; i < session->query_count; i++)
        if (session->queries[i].statement->is_change)
            return true;
    return false;
}

/* The connection is lost. An error that the server sent before proves that nothing happened. */
static enum gw_status broken(struct gw_session *session, const struct outcome *outcome, const struct gw_error *lost,
                             struct gw_error *reterr)
{
    struct gw_error told = *lost;

    disconnect(session);
    if (outcome->failed != GW_OK)
        return outcome->failed;
    if (outcome->is_sent && told.status != GW_CANCELLED && has_change(session))
        told.status = GW_UNKNOWN;
    return gw_error_wrap(reterr, &told, "%s", session->queries[0].statement->name);
}

static enum gw_status exchange(struct gw_session *session, struct gw_error *reterr)
{
    struct outcome outcome = {.failed = GW_OK};
    struct gw_error lost = {0};
    enum gw_status status = send_all(session, &outcome, &lost);

    if (status == GW_OK)
        status = receive_all(session, &outcome, &lost, reterr);
    if (status != GW_OK)
        return broken(session, &outcome, &lost, reterr);
    announcement_note(session);
    /* A new connection sees whatever an operator changes: other statements, another schema, other rights, another host
     * that accepts writes. And a failure between BEGIN and COMMIT has left the transaction open. */
    if (outcome.failed == GW_CONFIG || outcome.is_read_only ||
        PQtransactionStatus(session->connection.pg) != PQTRANS_IDLE)
        disconnect(session);
    return outcome.failed;
}

/* Runs on the current connection, whatever has happened to it, and connects if there is none. */
static enum gw_status run(struct gw_session *session, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (session->query_count == 0)
        return GW_OK;
    for (uint32_t i = 0; i < session->query_count && status == GW_OK; i++)
        status = parameters_judge(&session->queries[i].parameters, session->queries[i].statement->name, reterr);
    if (status != GW_OK)
        return status;
    status = ensure_connection(session, reterr);
    return status == GW_OK ? exchange(session, reterr) : status;
}

enum gw_status session_run(struct gw_session *session, struct gw_error *reterr)
{
    drop_dead_connection(session);
    return run(session, reterr);
}

/* Whether the caller drops what it remembers after this status. A conflict is the only failure after which it does not.
 */
static bool is_told(enum gw_status status)
{
    return status != GW_OK && status != GW_CONFLICT;
}

enum gw_status session_run_bound(struct gw_session *session, struct gw_error *reterr)
{
    enum gw_status status;

    drop_dead_connection(session);
    if (session->is_replaced) {
        session->is_replaced = false;
        return gw_error_set(reterr, GW_TRANSIENT,
                            "the connection to the database was lost; whatever was known of its state is read again");
    }
    status = run(session, reterr);
    if (is_told(status))
        session->is_replaced = false;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check: a line for each property of the server. A property with which the gateway cannot work has a failure status.
 * One with which it works at a price is OK, and the line names the price.
 */
#include "check.h"

#include "login.h"
#include "schema.h"
#include "sequences.h"

#include <stdlib.h>
#include <string.h>

struct checking {
    const struct repository *repository;
    const struct gw_report *report;
    struct connection connection;
    PGresult *row; /* the answer to the last query */
    enum gw_status worst;
};

static void note_status(struct checking *checking, enum gw_status status)
{
    if (checking->worst == GW_OK || status == GW_CONFIG)
        checking->worst = status;
}

/* Reports a finding. */
#define report_finding(checking, status, subject, ...) \
    note_status(checking, gw_report_line((checking)->report, status, subject, __VA_ARGS__))

/* Queries one row. If that fails, the failure is the finding. */
static bool run_query(struct checking *checking, const char *subject, const char *sql, const char *text)
{
    const struct repository *repository = checking->repository;
    const char *const texts[] = {text, NULL};
    struct gw_error error = {0};
    enum gw_status status;

    PQclear(checking->row);
    checking->row = NULL;
    if (checking->connection.pg == NULL)
        return false; /* the connection failed before, which is reported */
    status = connection_run(&checking->connection, repository->host, repository->options->statement_timeout_ms, sql,
                            texts, &checking->row, &error);
    if (status != GW_OK)
        report_finding(checking, status, subject, "%s", error.text);
    return status == GW_OK;
}

static const char *answer(const struct checking *checking, int column)
{
    return PQgetvalue(checking->row, 0, column);
}

static long long number(const struct checking *checking, int column)
{
    return atoll(answer(checking, column));
}

/* ---- the findings ---------------------------------------------------------------------------------------------- */

static bool is_local(const PGconn *pg)
{
    const char *host = PQhost(pg);

    return host == NULL || host[0] == '/' || host[0] == '@' || strcmp(host, "localhost") == 0 ||
           strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static void check_connection(struct checking *checking)
{
    PGconn *pg = checking->connection.pg;
    const char *tls = PQsslInUse(pg) ? PQsslAttribute(pg, "protocol") : NULL;

    report_finding(checking, GW_OK, "connection", "PostgreSQL %s at %s, port %s, database \"%s\" as \"%s\", %s",
                   PQparameterStatus(pg, "server_version"), PQhost(pg), PQport(pg), PQdb(pg), PQuser(pg),
                   tls != NULL ? tls
                   : is_local(pg)
                       ? "not encrypted"
                       : "NOT ENCRYPTED: data can be read and changed on the network; set sslmode=verify-full");
    report_finding(checking, GW_OK, "encoding", "%s", PQparameterStatus(pg, "server_encoding"));
}

/* Without tables there are no rights to check. */
static bool check_schema(struct checking *checking)
{
    const struct repository *repository = checking->repository;
    const char *schema = repository->options->schema;
    struct schema_state state;
    struct gw_error error = {0};
    enum gw_status status = schema_read(&checking->connection, repository->options, repository->host, &state, &error);

    if (status == GW_OK && state.version >= schema_version)
        status = schema_judge(&state, schema, &error);
    else if (status == GW_OK)
        status = schema_may_migrate(&state, schema, &error);
    if (status != GW_OK)
        report_finding(checking, status, "schema", "%s", error.text);
    else if (state.version == 0)
        report_finding(checking, GW_OK, "schema", "\"%s\" has no tables yet; migrating makes version %lld", schema,
                       (long long)schema_version);
    else if (state.version < schema_version)
        report_finding(checking, GW_OK, "schema", "\"%s\" has version %lld; migrating brings it to %lld", schema,
                       (long long)state.version, (long long)schema_version);
    else
        report_finding(checking, GW_OK, "schema", "\"%s\" has version %lld", schema, (long long)state.version);
    return status == GW_OK && state.version > 0;
}

static void check_rights(struct checking *checking)
{
    const char *schema = checking->repository->options->schema;

    if (!run_query(checking, "rights",
                   "SELECT string_agg(c.relname, ', ' ORDER BY c.relname), current_user FROM pg_class c"
                   " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND CASE c.relkind"
                   " WHEN 'r' THEN NOT (has_table_privilege(c.oid, 'SELECT') AND (c.relname = 'schema_state'"
                   " OR has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')"
                   " AND has_table_privilege(c.oid, 'DELETE')))"
                   " WHEN 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE') ELSE false END",
                   schema))
        return;
    if (answer(checking, 0)[0] == '\0')
        report_finding(checking, GW_OK, "rights", "\"%s\" may read and change everything in schema \"%s\"",
                       answer(checking, 1), schema);
    else
        report_finding(
            checking, GW_CONFIG, "rights",
            "\"%s\" may not use %s in schema \"%s\": GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES and GRANT "
            "USAGE ON "
            "ALL SEQUENCES IN SCHEMA \"%s\" TO \"%s\"",
            answer(checking, 1), answer(checking, 0), schema, schema, answer(checking, 1));
}

/* The finding about sequences that a gateway would make at its start. Without the rights to check, the rights are the
 * finding. */
static void check_sequences(struct checking *checking)
{
    const struct repository *repository = checking->repository;
    struct gw_error error = {0};

    PQclear(checking->row);
    checking->row = NULL;
    if (checking->connection.pg == NULL || checking->worst != GW_OK)
        return;
    if (sequences_find_behind(&checking->connection, repository->options, repository->host, &checking->row, &error) !=
        GW_OK)
        report_finding(checking, (enum gw_status)error.status, "sequences", "%s", error.text);
    else if (PQntuples(checking->row) == 0)
        report_finding(checking, GW_OK, "sequences", "none is behind its table");
    for (int row = 0; checking->row != NULL && row < PQntuples(checking->row); row++)
        report_finding(checking, sequences_describe(checking->row, row, &error), "sequences", "%s", error.text);
}

/* What `dedupe` costs. A large table is not counted, because that would take minutes: the server's estimate is used. */
static void check_inbox(struct checking *checking)
{
    if (checking->worst == GW_OK &&
        run_query(checking, "message ids",
                  "SELECT CASE WHEN pg_relation_size(c.oid) < 67108864 THEN (SELECT count(*) FROM inbox)"
                  " ELSE greatest(c.reltuples, 0)::bigint END,"
                  " (SELECT sum(pg_total_relation_size(t.oid)) FROM pg_class t WHERE t.relnamespace = n.oid"
                  " AND t.relname IN ('inbox', 'inbox_turns')) FROM pg_class c"
                  " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'inbox'",
                  checking->repository->options->schema))
        report_finding(checking, GW_OK, "message ids", "%lld are kept, in %lld bytes", number(checking, 0),
                       number(checking, 1));
}

/* Sessions of this gateway, if it runs already, do not count against it. PostgreSQL 16 introduced a second setting for
 * reserved connections. */
static void check_limits(struct checking *checking)
{
    uint32_t sessions = checking->report->sessions;
    long long admitted;
    long long left;

    if (!run_query(
            checking, "sessions",
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - coalesce(current_setting('reserved_connections', true), '0')::int,"
            " (SELECT sum(numbackends) FROM pg_stat_database)::int,"
            " (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND application_name = $1)::int,"
            " (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),"
            " (SELECT datconnlimit FROM pg_database WHERE datname = current_database())",
            PQparameterStatus(checking->connection.pg, "application_name")))
        return;
    admitted = number(checking, 0);
    left = admitted - number(checking, 1) + number(checking, 2);
    for (int column = 3; column <= 4; column++)
        if (number(checking, column) >= 0 && number(checking, column) < admitted)
            admitted = number(checking, column);
    if (sessions > admitted)
        report_finding(
            checking, GW_CONFIG, "sessions",
            "%u are wanted, and the server, the database or the user admits %lld (max_connections, CONNECTION LIMIT)",
            sessions, admitted);
    else if (sessions > left)
        report_finding(checking, GW_TRANSIENT, "sessions",
                       "%u are wanted, and of the %lld that the server admits %lld are left", sessions, admitted,
                       left > 0 ? left : 0);
    else
        report_finding(checking, GW_OK, "sessions", "%u are wanted, %lld are left", sessions,
                       left < admitted ? left : admitted);
}

static void check_durability(struct checking *checking)
{
    if (!run_query(checking, "durability",
                   "SELECT current_setting('synchronous_commit'), current_setting('fsync'),"
                   " current_setting('full_page_writes'), current_setting('autovacuum') FROM (VALUES ($1)) AS unused",
                   ""))
        return;
    if (strcmp(answer(checking, 1), "off") == 0 || strcmp(answer(checking, 2), "off") == 0)
        report_finding(
            checking, GW_OK, "durability",
            "fsync or full_page_writes is OFF: after a crash of the machine the whole database may be beyond repair");
    if (strcmp(answer(checking, 0), "off") == 0)
        report_finding(
            checking, GW_OK, "durability",
            "synchronous_commit is OFF: a crash of the server loses the newest commits; what came with a position is "
            "read "
            "again, what was confirmed to a queue or an HTTP client is gone");
    if (strcmp(answer(checking, 3), "off") == 0)
        report_finding(checking, GW_OK, "durability", "autovacuum is OFF: the outbox grows without end");
}

/* ---- poolers --------------------------------------------------------------------------------------------------- */

static int backend_of(struct checking *checking, struct connection *connection, const char *sql)
{
    const struct repository *repository = checking->repository;
    PGresult *result = NULL;
    int pid = 0;

    if (connection->pg == NULL ||
        connection_run(connection, repository->host, repository->options->statement_timeout_ms, sql, NULL, &result,
                       NULL) != GW_OK)
        return 0;
    pid = atoi(PQgetvalue(result, 0, 0));
    PQclear(result);
    return pid;
}

/* Whether two of our sessions share a server process: while one is in a transaction, this one has another process than
 * before, or the other one was given ours. */
static bool is_shared(struct checking *checking)
{
    const struct repository *repository = checking->repository;
    struct connection other = {0};
    int mine = backend_of(checking, &checking->connection, "SELECT pg_backend_pid()");
    int others;
    int again;

    if (connection_open(&other, repository->options, repository->host, NULL) != GW_OK)
        return false;
    others = backend_of(checking, &other, "BEGIN; SELECT pg_backend_pid()");
    again = backend_of(checking, &checking->connection, "SELECT pg_backend_pid()");
    connection_close(&other);
    return others == mine || again != mine;
}

static void check_pooler(struct checking *checking)
{
    if (checking->connection.backend == PQbackendPID(checking->connection.pg))
        return;
    if (is_shared(checking))
        report_finding(
            checking, GW_CONFIG, "pooler",
            "the connection goes through a pooler that gives a session's transactions to different server processes: "
            "prepared statements and the locks that lease destinations get lost; connect to the server directly");
    else
        report_finding(checking, GW_OK, "pooler",
                       "the connection goes through a pooler; it must keep one server process for each session");
}

enum gw_status check_server(const struct repository *repository, const struct gw_report *report)
{
    struct checking checking = {.repository = repository, .report = report, .worst = GW_OK};
    struct gw_error error = {0};
    enum gw_status status = connection_open(&checking.connection, repository->options, repository->host, &error);

    if (status != GW_OK)
        return gw_report_line(report, status, "connection", "%s", error.text);
    check_connection(&checking);
    if (check_schema(&checking)) {
        check_rights(&checking);
        check_sequences(&checking);
        check_inbox(&checking);
    }
    check_limits(&checking);
    check_durability(&checking);
    if (checking.connection.pg != NULL)
        check_pooler(&checking);
    PQclear(checking.row);
    connection_close(&checking.connection);
    return checking.worst;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connection: libpq without blocking. Host names are resolved before libpq connects, because libpq would block for
 * that.
 */
#include "connection.h"

#include "login.h"
#include "lookup.h"
#include "status.h"

#include <stdlib.h>
#include <string.h>

/* ---- failures before the session exists ------------------------------------------------------------------------ */

/* Messages of libpq about what an operator has to change. Its other failures may be transient (refused, timed out, no
 * such host, no such socket, connection lost, a read-only session or a hot standby). */
static bool is_for_an_operator(const char *text)
{
    static const char *const words[] = {"certificate",    "SSL was required", "private key", "password",
                                        "authentication", "invalid",          "alert"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(text, words[i]) != NULL)
            return true;
    return false;
}

/* libpq gives the SQLSTATE of a failed login only in the text: "FATAL:  28P01: password authentication failed". */
static bool find_sqlstate(const char *text, char sqlstate[6])
{
    const char *at = text;

    while ((at = strstr(at, ":  ")) != NULL) {
        at += strlen(":  ");
        if (strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && at[5] == ':') {
            memcpy(sqlstate, at, 5);
            sqlstate[5] = '\0';
            return true;
        }
    }
    return false;
}

static enum gw_status attempt_status(const char *text)
{
    char sqlstate[6];

    if (find_sqlstate(text, sqlstate))
        return postgres_sqlstate(sqlstate) == GW_TRANSIENT ? GW_TRANSIENT : GW_CONFIG;
    return is_for_an_operator(text) ? GW_CONFIG : GW_TRANSIENT;
}

/* If one of several hosts failed with a transient error, the whole is transient. */
static enum gw_status login_status(const char *message)
{
    static const char prefix[] = "connection to server ";
    char *copy = strdup(message);
    enum gw_status status = GW_CONFIG;
    char *from = copy;

    if (copy == NULL)
        return GW_NOMEM;
    while (from != NULL && status == GW_CONFIG) {
        char *next = strstr(from + 1, prefix);

        if (next != NULL)
            next[-1] = '\0';
        status = attempt_status(from);
        from = next;
    }
    free(copy);
    return status;
}

/* Copies the message without the lines that name a place in the server's source. */
static void cut_locations(const char *message, char *text, size_t size)
{
    size_t len = 0;

    while (*message != '\0' && len + 1 < size) {
        size_t line = strcspn(message, "\n");
        size_t room = size - 1 - len;

        if (strncmp(message, "LOCATION:", strlen("LOCATION:")) != 0) {
            memcpy(text + len, message, line < room ? line : room);
            len += line < room ? line : room;
            if (len + 1 < size)
                text[len++] = '\n';
        }
        message += line + (message[line] == '\n');
    }
    text[len] = '\0';
}

static enum gw_status login_failed(const PGconn *pg, struct gw_error *reterr)
{
    char text[2 * GW_ERROR_TEXT_MAX];
    char line[GW_ERROR_TEXT_MAX];

    cut_locations(PQerrorMessage(pg), text, sizeof text);
    postgres_line(text, line, sizeof line);
    return gw_error_set(reterr, login_status(PQerrorMessage(pg)), "%s", line);
}

/* ---- connecting ------------------------------------------------------------------------------------------------ */

/* Whether this notice says that the server ends the connection. A server that crashes or stops immediately sends a
 * warning. */
static bool is_farewell(const PGresult *notice)
{
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);

    return (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)) ||
           (sqlstate != NULL && (strcmp(sqlstate, SQLSTATE_STOPPED) == 0 || strcmp(sqlstate, SQLSTATE_CRASHED) == 0));
}

static void receive_notice(void *context, const PGresult *result)
{
    struct connection *connection = context;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    bool is_end = is_farewell(result);
    bool is_warning = severity != NULL && strcmp(severity, "WARNING") == 0;
    char line[GW_ERROR_TEXT_MAX];

    connection->is_ended = connection->is_ended || is_end;
    postgres_line(message != NULL ? message : PQresultErrorMessage(result), line, sizeof line);
    gw_host_log(connection->host,
                is_end       ? GW_CODE_POSTGRES_ENDS
                : is_warning ? GW_CODE_POSTGRES_WARNING
                             : NULL,
                "server message: %s", line);
}

static enum gw_status wait_for(PGconn *pg, const struct gw_host *host, uint32_t wanted, int64_t deadline_ms,
                               uint32_t *ret_ready, struct gw_error *reterr)
{
    *ret_ready = 0;
    if (host->wait(host, PQsocket(pg), wanted, deadline_ms, ret_ready) == GW_CANCELLED)
        return gw_error_set(reterr, GW_CANCELLED, "cancelled while waiting for the database");
    return GW_OK;
}

static enum gw_status shake_hands(PGconn *pg, const struct gw_host *host, int64_t timeout_ms, struct gw_error *reterr)
{
    int64_t deadline_ms = host->monotonic_ms(host) + timeout_ms;
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;

    while (wanted != PGRES_POLLING_OK) {
        uint32_t ready;
        enum gw_status status = wait_for(pg, host, wanted == PGRES_POLLING_READING ? GW_WAIT_READ : GW_WAIT_WRITE,
                                         deadline_ms, &ready, reterr);

        if (status != GW_OK)
            return status;
        if (ready == 0 && host->monotonic_ms(host) >= deadline_ms)
            return gw_error_set(reterr, GW_TRANSIENT, "the database at %s, port %s did not answer within %lld ms",
                                PQhost(pg), PQport(pg), (long long)timeout_ms);
        if (ready != 0)
            wanted = PQconnectPoll(pg);
        if (wanted == PGRES_POLLING_FAILED)
            return login_failed(pg, reterr);
    }
    return GW_OK;
}

/* Evaluates the server's answer about the session: mark, read-only, process. */
static enum gw_status judge_login(struct connection *connection, const PGresult *said, struct gw_error *reterr)
{
    if (strcmp(PQgetvalue(said, 0, 0), "on") != 0)
        return gw_error_set(
            reterr, GW_CONFIG,
            "the session's settings did not reach the server: the connection goes through a pooler that drops "
            "`options`; connect to the server directly");
    if (strcmp(PQgetvalue(said, 0, 1), "off") != 0)
        return gw_error_set(reterr, GW_TRANSIENT, "database \"%s\" is read-only at host %s, port %s",
                            PQdb(connection->pg), PQhost(connection->pg), PQport(connection->pg));
    connection->backend = atoi(PQgetvalue(said, 0, 2));
    return GW_OK;
}

/* Verifies settings that a server, or a pooler in front of it, may have dropped silently. */
static enum gw_status verify(struct connection *connection, const struct options *options, const struct gw_host *host,
                             struct gw_error *reterr)
{
    const char *encoding = PQparameterStatus(connection->pg, "server_encoding");
    PGresult *said = NULL;
    enum gw_status status;

    if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
        return gw_error_set(reterr, GW_CONFIG,
                            "database \"%s\" is encoded in %s, not in UTF8: make it with ENCODING 'UTF8' TEMPLATE "
                            "template0",
                            PQdb(connection->pg), encoding != NULL ? encoding : "nothing");
    status = connection_run(connection, host, options->connect_timeout_ms,
                            "SELECT coalesce(pg_catalog.current_setting('" LOGIN_MARK "', true), ''),"
                            " pg_catalog.current_setting('transaction_read_only'), pg_catalog.pg_backend_pid()",
                            NULL, &said, reterr);
    if (status == GW_OK)
        status = judge_login(connection, said, reterr);
    PQclear(said);
    return status;
}

static enum gw_status start(struct connection *connection, const struct login *login, const struct gw_host *host,
                            struct gw_error *reterr)
{
    connection->pg = PQconnectStartParams(login->keywords, login->values, 1);
    if (connection->pg == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a connection");
    connection->host = host;
    connection->is_ended = false;
    (void)PQsetNoticeReceiver(connection->pg, receive_notice, connection);
    (void)PQsetErrorVerbosity(connection->pg, PQERRORS_VERBOSE); /* messages contain the SQLSTATE */
    if (PQstatus(connection->pg) == CONNECTION_BAD)
        return login_failed(connection->pg, reterr);
    return GW_OK;
}

/* Resolves the hosts, and begins to connect to the first of them. */
static enum gw_status find_and_start(struct connection *connection, struct login *login, const struct gw_host *host,
                                     struct gw_error *reterr)
{
    struct lookup lookup;
    enum gw_status status = lookup_hosts(login->hosts, login->ports, host, login->timeout_ms, &lookup, reterr);

    if (status != GW_OK)
        return status;
    if (lookup.count > 0)
        login_set_hosts(login, lookup.hosts, lookup.addresses, lookup.ports[0] != '\0' ? lookup.ports : NULL);
    return start(connection, login, host, reterr);
}

void connection_report(const struct gw_host *host, bool is_up)
{
    host->metric(host, POSTGRES_METRIC_CONNECTION_UP, gw_text_of(NULL), is_up);
}

static enum gw_status connect_and_verify(struct connection *connection, const struct options *options,
                                         const struct gw_host *host, struct gw_error *reterr)
{
    struct login login;
    enum gw_status status = login_init(&login, options, host->component, reterr);

    if (status == GW_OK)
        status = find_and_start(connection, &login, host, reterr);
    if (status == GW_OK)
        status = shake_hands(connection->pg, host, login.timeout_ms, reterr);
    if (status == GW_OK) {
        (void)PQsetErrorVerbosity(connection->pg, PQERRORS_DEFAULT);
        if (PQsetnonblocking(connection->pg, 1) != 0)
            status = login_failed(connection->pg, reterr);
    }
    if (status == GW_OK)
        status = verify(connection, options, host, reterr);
    return status;
}

enum gw_status connection_open(struct connection *connection, const struct options *options, const struct gw_host *host,
                               struct gw_error *reterr)
{
    enum gw_status status = connect_and_verify(connection, options, host, reterr);

    if (status != GW_OK)
        connection_close(connection);
    if (status != GW_CANCELLED)
        connection_report(host, status == GW_OK);
    return status;
}

void connection_close(struct connection *connection)
{
    PQfinish(connection->pg); /* NULL is allowed */
    connection->pg = NULL;
    connection->prepared_count = 0;
}

/* ---- queries --------------------------------------------------------------------------------------------------- */

/* libpq handles an unsolicited error as a notice when it parses it. */
bool connection_is_alive(struct connection *connection)
{
    PGconn *pg = connection->pg;

    return PQconsumeInput(pg) == 1 && !PQisBusy(pg) && PQstatus(pg) == CONNECTION_OK && !connection->is_ended;
}

enum gw_status connection_lost(const struct connection *connection, struct gw_error *reterr)
{
    char line[GW_ERROR_TEXT_MAX];

    postgres_line(PQerrorMessage(connection->pg), line, sizeof line);
    return gw_error_set(reterr, GW_TRANSIENT, "the connection to the database is gone: %s",
                        line[0] != '\0' ? line : "it was closed");
}

/* Reads twice if the connection is encrypted: a TLS record may be longer than libpq's buffer, and the socket does not
 * report its rest as readable. */
static bool take_in(PGconn *pg)
{
    return PQconsumeInput(pg) == 1 && (!PQsslInUse(pg) || PQconsumeInput(pg) == 1);
}

enum gw_status connection_await(struct connection *connection, const struct gw_host *host, int64_t deadline_ms,
                                struct gw_error *reterr)
{
    uint32_t ready = 0;

    while ((ready & GW_WAIT_READ) == 0) {
        int left = PQflush(connection->pg);
        enum gw_status status;

        if (left < 0)
            return take_in(connection->pg) ? GW_OK : connection_lost(connection, reterr);
        status = wait_for(connection->pg, host, left > 0 ? GW_WAIT_READ | GW_WAIT_WRITE : GW_WAIT_READ, deadline_ms,
                          &ready, reterr);
        if (status != GW_OK)
            return status;
        if (ready == 0 && host->monotonic_ms(host) >= deadline_ms)
            return gw_error_set(reterr, GW_TRANSIENT,
                                "the database did not answer in time; the connection is given up");
    }
    return take_in(connection->pg) ? GW_OK : connection_lost(connection, reterr);
}

/* The last result, or the first that failed. */
static enum gw_status last_result(struct connection *connection, const struct gw_host *host, int64_t deadline_ms,
                                  PGresult **ret_result, struct gw_error *reterr)
{
    for (;;) {
        PGresult *next;

        while (PQisBusy(connection->pg)) {
            enum gw_status status = connection_await(connection, host, deadline_ms, reterr);

            if (status != GW_OK)
                return status;
        }
        next = PQgetResult(connection->pg);
        if (next == NULL)
            return GW_OK;
        if (*ret_result != NULL && postgres_status(*ret_result) != GW_OK) {
            PQclear(next);
            continue;
        }
        PQclear(*ret_result);
        *ret_result = next;
    }
}

static enum gw_status send_texts(struct connection *connection, const char *sql, const char *const *texts,
                                 struct gw_error *reterr)
{
    int count = 0;

    while (texts != NULL && texts[count] != NULL)
        count++;
    if (texts == NULL ? PQsendQuery(connection->pg, sql)
                      : PQsendQueryParams(connection->pg, sql, count, NULL, texts, NULL, NULL, 0))
        return GW_OK;
    return connection_lost(connection, reterr);
}

enum gw_status connection_run(struct connection *connection, const struct gw_host *host, int64_t timeout_ms,
                              const char *sql, const char *const *texts, PGresult **ret_result, struct gw_error *reterr)
{
    PGresult *result = NULL;
    enum gw_status status = send_texts(connection, sql, texts, reterr);

    if (status == GW_OK)
        status = last_result(connection, host, host->monotonic_ms(host) + timeout_ms, &result, reterr);
    if (status == GW_OK && result == NULL)
        status = connection_lost(connection, reterr);
    if (status != GW_OK)
        connection_close(connection); /* nobody reads what the server still sends */
    else
        status = postgres_failed(result, reterr);
    if (connection->pg != NULL && PQstatus(connection->pg) == CONNECTION_BAD)
        connection_close(connection);
    if (status == GW_OK && ret_result != NULL) {
        *ret_result = result;
        return GW_OK;
    }
    PQclear(result);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status: translates each SQLSTATE. The server rolls back whatever it reports, so no SQLSTATE is UNKNOWN; the session
 * returns that for a lost connection.
 */
#include "status.h"

#include "sequences.h"

#include <string.h>

struct meaning {
    const char *sqlstate; /* or the class, its first two characters */
    enum gw_status status;
};

/*
 * The first matching line counts.
 *
 * A SQLSTATE without a line is CONFIG. The server has rolled back, so no status would lose anything. Retrying silently
 * would hide a problem that somebody must look at, and refusing the data would throw messages away for an unknown
 * reason. CONFIG is logged as an error, and retried with backoff.
 */
static const struct meaning meanings[] = {
    {SQLSTATE_CONFLICT, GW_CONFLICT},
    {SQLSTATE_KNOWN, GW_CONFLICT},
    {SQLSTATE_MOVED, GW_MOVED},
    {"40", GW_TRANSIENT},               /* serialization, deadlock: another transaction went first */
    {"55P03", GW_TRANSIENT},            /* lock_timeout */
    {"55006", GW_TRANSIENT},            /* an object is in use */
    {"55000", GW_TRANSIENT},            /* in recovery, or the database accepts no connections now */
    {SQLSTATE_READ_ONLY, GW_TRANSIENT}, /* until one of the hosts is promoted */
    {"57", GW_TRANSIENT},               /* statement_timeout, and a server that stops or starts */
    {"08P01", GW_CONFIG},               /* a pooler, or another version, speaks another protocol */
    {"08", GW_TRANSIENT},               /* the connection */
    {"53200", GW_NOMEM},                /* memory: a smaller turn needs less */
    {"53", GW_TRANSIENT},               /* disk, connections: a resource is exhausted now */
    {"58", GW_TRANSIENT},    /* the system below: an I/O error, a missing file on a volume that may come back */
    {"25P03", GW_TRANSIENT}, /* idle in a transaction: this process was suspended */
    {"2200H", GW_CONFIG},    /* a sequence has reached its maximum */
    {"22", GW_PERMANENT},    /* a value that its type does not take */
    {"23", GW_PERMANENT},    /* a constraint, batches_sold first of all */
    {"54000", GW_PERMANENT}, /* a key too long for its index */
};

enum gw_status postgres_sqlstate(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strncmp(sqlstate, meanings[i].sqlstate, strlen(meanings[i].sqlstate)) == 0)
            return meanings[i].status;
    return GW_CONFIG;
}

/* Unique keys that another writer can take first: a SKU, a reference, an order line. Any other refused key either has
 * numbers that the repository draws (CONFIG), or was added by somebody else (PERMANENT). */
static enum gw_status status_of_key(const PGresult *result)
{
    static const char *const names[] = {"products_sku", "batches_ref", "allocations_line"};
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

    for (size_t i = 0; constraint != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], constraint) == 0)
            return GW_CONFLICT;
    return sequences_explain(result, NULL) ? GW_CONFIG : GW_PERMANENT;
}

static bool has_failed(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

enum gw_status postgres_status(const PGresult *result)
{
    const char *sqlstate;

    if (!has_failed(result))
        return GW_OK;
    sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL)
        return GW_TRANSIENT; /* made by libpq: the connection is lost */
    return strcmp(sqlstate, SQLSTATE_TAKEN) == 0 ? status_of_key(result) : postgres_sqlstate(sqlstate);
}

bool postgres_is(const PGresult *result, const char *sqlstate)
{
    const char *found = has_failed(result) ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    return found != NULL && strcmp(found, sqlstate) == 0;
}

bool postgres_is_fatal(const PGresult *result)
{
    const char *severity = has_failed(result) ? PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED) : NULL;

    return severity != NULL && strcmp(severity, "ERROR") != 0;
}

void postgres_line(const char *message, char *line, size_t size)
{
    size_t len = 0;

    for (; *message != '\0' && len + 1 < size; message++) {
        bool is_space = *message == '\n' || *message == '\t' || *message == '\r' || *message == ' ';

        if (*message == '\n' && len > 0 && len + 2 < size && strchr("; ", line[len - 1]) == NULL)
            line[len++] = ';';
        if (!is_space)
            line[len++] = *message;
        else if (len > 0 && line[len - 1] != ' ')
            line[len++] = ' ';
    }
    while (len > 0 && strchr("; ", line[len - 1]) != NULL)
        len--;
    line[len] = '\0';
}

enum gw_status postgres_failed(const PGresult *result, struct gw_error *reterr)
{
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    enum gw_status status = postgres_status(result);
    char what[GW_ERROR_TEXT_MAX];
    char more[GW_ERROR_TEXT_MAX];

    if (status == GW_OK)
        return GW_OK;
    if (postgres_is(result, SQLSTATE_TAKEN) && sequences_explain(result, reterr))
        return status;
    postgres_line(primary != NULL ? primary : PQresultErrorMessage(result), what, sizeof what);
    postgres_line(detail != NULL ? detail : "", more, sizeof more);
    if (sqlstate == NULL)
        return gw_error_set(reterr, status, "%s", what);
    return gw_error_set(reterr, status, "%s%s%s (%s)", what, more[0] != '\0' ? ": " : "", more, sqlstate);
}

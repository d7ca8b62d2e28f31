/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schema: a row in the schema has its version. A migration step is one transaction under a lock for this schema. So
 * several gateways may start on an empty database at once, and a migration that was killed continues where it stopped.
 */
#include "schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The timeout for the migration of another gateway, and for a step itself, which may have to rewrite a table. */
enum { OTHERS_MS = 60000, STEP_MS = 3600000 };

static const char look[] =
    "SELECT n.oid IS NOT NULL, c.oid IS NOT NULL, coalesce(has_schema_privilege(n.oid, 'USAGE'), false),"
    " coalesce(has_schema_privilege(n.oid, 'CREATE'), false), has_database_privilege(current_database(), 'CREATE'),"
    " current_user, current_database()"
    " FROM (VALUES ($1)) AS wanted (name) LEFT JOIN pg_namespace n ON n.nspname = wanted.name"
    " LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_state'";

static const char make_state[] =
    "CREATE TABLE IF NOT EXISTS schema_state ("
    " only_row boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (only_row),"
    " version integer NOT NULL,"
    " readable_from integer NOT NULL,"
    " migrated_at timestamptz NOT NULL);"
    "COMMENT ON TABLE schema_state IS 'Which version of the schema this is: one row.';"
    "COMMENT ON COLUMN schema_state.readable_from IS 'The version that a gateway must know at least.'";

/* ---- the current version --------------------------------------------------------------------------------------- */

static bool is_true(const PGresult *result, int column)
{
    return PQgetvalue(result, 0, column)[0] == 't';
}

static enum gw_status read_version(struct connection *connection, const struct options *options,
                                   const struct gw_host *host, struct schema_state *state, struct gw_error *reterr)
{
    PGresult *result = NULL;
    enum gw_status status = connection_run(connection, host, options->statement_timeout_ms,
                                           "SELECT version, readable_from FROM schema_state", NULL, &result, reterr);

    if (status != GW_OK)
        return status;
    if (PQntuples(result) == 1) {
        state->version = atoll(PQgetvalue(result, 0, 0));
        state->readable_from = atoll(PQgetvalue(result, 0, 1));
    }
    PQclear(result);
    return GW_OK;
}

static enum gw_status refuse_use(const struct schema_state *state, const char *schema, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFIG,
                        "user \"%s\" has no right to schema \"%s\" in database \"%s\": GRANT USAGE ON SCHEMA \"%s\" TO "
                        "\"%s\"",
                        state->user, schema, state->database, schema, state->user);
}

enum gw_status schema_read(struct connection *connection, const struct options *options, const struct gw_host *host,
                           struct schema_state *ret_state, struct gw_error *reterr)
{
    const char *const names[] = {options->schema, NULL};
    PGresult *result = NULL;
    bool has_state;
    enum gw_status status =
        connection_run(connection, host, options->statement_timeout_ms, look, names, &result, reterr);

    if (status != GW_OK)
        return status;
    *ret_state = (struct schema_state){.has_namespace = is_true(result, 0),
                                       .may_use = is_true(result, 2),
                                       .may_create = is_true(result, 3),
                                       .may_create_namespace = is_true(result, 4)};
    (void)snprintf(ret_state->user, sizeof ret_state->user, "%s", PQgetvalue(result, 0, 5));
    (void)snprintf(ret_state->database, sizeof ret_state->database, "%s", PQgetvalue(result, 0, 6));
    has_state = is_true(result, 1);
    PQclear(result);
    if (ret_state->has_namespace && !ret_state->may_use)
        return refuse_use(ret_state, options->schema, reterr);
    return has_state ? read_version(connection, options, host, ret_state, reterr) : GW_OK;
}

enum gw_status schema_judge(const struct schema_state *state, const char *schema, struct gw_error *reterr)
{
    long long version = (long long)state->version;
    long long ours = (long long)schema_version;

    if (version == 0)
        return gw_error_set(reterr, GW_CONFIG,
                            "database \"%s\" has no tables in schema \"%s\" yet: run `gangway migrate`",
                            state->database, schema);
    if (version < ours)
        return gw_error_set(reterr, GW_CONFIG,
                            "schema \"%s\" in database \"%s\" has version %lld, this gateway needs version %lld: run "
                            "`gangway migrate`",
                            schema, state->database, version, ours);
    if (state->readable_from > schema_version)
        return gw_error_set(reterr, GW_CONFIG,
                            "schema \"%s\" in database \"%s\" has version %lld and is for gateways that know version "
                            "%lld, this one knows version %lld: install a newer gateway",
                            schema, state->database, version, (long long)state->readable_from, ours);
    return GW_OK;
}

/* ---- migrating ------------------------------------------------------------------------------------------------- */

static enum gw_status run(struct connection *connection, const struct gw_host *host, const char *sql,
                          struct gw_error *reterr)
{
    return connection_run(connection, host, STEP_MS + OTHERS_MS, sql, NULL, NULL, reterr);
}

static enum gw_status begin(struct connection *connection, const struct options *options, const struct gw_host *host,
                            struct gw_error *reterr)
{
    const char *const names[] = {options->schema, NULL};
    struct gw_error error = {0};
    char sql[128];
    enum gw_status status;

    (void)snprintf(sql, sizeof sql, "BEGIN; SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d", STEP_MS,
                   OTHERS_MS);
    status = run(connection, host, sql, &error);
    if (status == GW_OK)
        status = connection_run(connection, host, STEP_MS + OTHERS_MS,
                                "SELECT pg_advisory_xact_lock(hashtextextended('gangway migrate ' || $1, 0))", names,
                                NULL, &error);
    if (status != GW_OK)
        return gw_error_wrap(reterr, &error, "waiting for another gateway that migrates");
    return GW_OK;
}

enum gw_status schema_may_migrate(const struct schema_state *state, const char *schema, struct gw_error *reterr)
{
    if (state->has_namespace ? state->may_create : state->may_create_namespace)
        return GW_OK;
    if (!state->has_namespace)
        return gw_error_set(reterr, GW_CONFIG,
                            "user \"%s\" may not make schema \"%s\" in database \"%s\": an administrator says CREATE "
                            "SCHEMA \"%s\" AUTHORIZATION \"%s\", or GRANT CREATE ON DATABASE \"%s\" TO \"%s\"",
                            state->user, schema, state->database, schema, state->user, state->database, state->user);
    return gw_error_set(reterr, GW_CONFIG,
                        "user \"%s\" may not make tables in schema \"%s\" of database \"%s\": an administrator says "
                        "GRANT USAGE, CREATE ON SCHEMA \"%s\" TO \"%s\"",
                        state->user, schema, state->database, schema, state->user);
}

static enum gw_status make_namespace(struct connection *connection, const struct options *options,
                                     const struct gw_host *host, struct gw_error *reterr)
{
    char sql[128];

    /* login_lint ensures a plain name; it is quoted because it may be a word of SQL */
    (void)snprintf(sql, sizeof sql, "CREATE SCHEMA \"%s\"", options->schema);
    return run(connection, host, sql, reterr);
}

static enum gw_status note_version(struct connection *connection, const struct gw_host *host, int64_t version,
                                   struct gw_error *reterr)
{
    char sql[256];

    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO schema_state (version, readable_from, migrated_at) VALUES (%lld, %lld, now())"
                   " ON CONFLICT (only_row) DO UPDATE SET version = excluded.version,"
                   " readable_from = excluded.readable_from, migrated_at = excluded.migrated_at",
                   (long long)version, (long long)schema_migrations[version - 1].readable_from);
    return run(connection, host, sql, reterr);
}

/* Migrates from the state's version to the next, in the open transaction. */
static enum gw_status migrate_one(struct connection *connection, const struct options *options,
                                  const struct gw_host *host, const struct schema_state *state, struct gw_error *reterr)
{
    const struct migration *migration = &schema_migrations[state->version];
    struct gw_error error = {0};
    enum gw_status status = schema_may_migrate(state, options->schema, reterr);

    if (status != GW_OK)
        return status;
    if (!state->has_namespace)
        status = make_namespace(connection, options, host, &error);
    if (status == GW_OK && state->version == 0)
        status = run(connection, host, make_state, &error);
    if (status == GW_OK)
        status = run(connection, host, migration->sql, &error);
    if (status == GW_OK)
        status = note_version(connection, host, state->version + 1, &error);
    if (status == GW_OK)
        status = run(connection, host, "COMMIT", &error);
    return status == GW_OK ? GW_OK : gw_error_wrap(reterr, &error, "migrating with %s", migration->name);
}

/* Makes one step, if one is left once the lock is held: another gateway may have made it. *ret_state: before the step.
 */
static enum gw_status step(struct connection *connection, const struct options *options, const struct gw_host *host,
                           struct schema_state *ret_state, struct gw_error *reterr)
{
    enum gw_status status = begin(connection, options, host, reterr);

    if (status == GW_OK)
        status = schema_read(connection, options, host, ret_state, reterr);
    if (status == GW_OK && ret_state->version < schema_version)
        status = migrate_one(connection, options, host, ret_state, reterr);
    if (connection->pg != NULL && PQtransactionStatus(connection->pg) != PQTRANS_IDLE)
        (void)run(connection, host, "ROLLBACK", NULL);
    return status;
}

enum gw_status schema_migrate(struct connection *connection, const struct options *options, const struct gw_host *host,
                              int64_t *ret_from, int64_t *ret_to, struct gw_error *reterr)
{
    struct schema_state state = {0};
    enum gw_status status = schema_read(connection, options, host, &state, reterr);
    bool is_first = true;

    *ret_from = state.version;
    while (status == GW_OK && state.version < schema_version) {
        status = step(connection, options, host, &state, reterr);
        if (is_first)
            *ret_from = state.version;
        is_first = false;
        state.version += state.version < schema_version;
    }
    *ret_to = state.version;
    return status == GW_OK ? schema_judge(&state, options->schema, reterr) : status;
}

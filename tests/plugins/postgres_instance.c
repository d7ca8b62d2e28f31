/* SPDX-License-Identifier: Apache-2.0 */
/* See postgres_instance.h. */
#include "postgres_instance.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, BETWEEN_LOOKS_MS = 5 };

static const char *url(void)
{
    const char *found = getenv("GANGWAY_TEST_POSTGRES_URL");

    ck_assert_msg(found != NULL, "GANGWAY_TEST_POSTGRES_URL is not set: run this by tests/support/with_postgres");
    return found;
}

void instance_open(struct instance *instance, int timeout_ms)
{
    static int opened;
    char url_setting[1024];
    char schema_setting[64];
    char statement_setting[64];
    char lock_setting[64];
    const char *settings[] = {url_setting, schema_setting, statement_setting, lock_setting};

    memset(instance, 0, sizeof *instance);
    (void)snprintf(instance->schema, sizeof instance->schema, "s%d_%d", (int)getpid(), opened++);
    (void)snprintf(url_setting, sizeof url_setting, "url=%s", url());
    (void)snprintf(schema_setting, sizeof schema_setting, "schema=%s", instance->schema);
    (void)snprintf(statement_setting, sizeof statement_setting, "statement_timeout=%dms", timeout_ms);
    (void)snprintf(lock_setting, sizeof lock_setting, "lock_timeout=%dms", timeout_ms / 2);
    test_host_init(&instance->host, "repository");
    test_plugin_load(&instance->plugin, "postgres_repository", GW_PORT_REPOSITORY);
    test_plugin_configure(&instance->plugin, settings, sizeof settings / sizeof settings[0]);
    instance->ops = instance->plugin.descriptor->ops;
    ck_assert_status(instance,
                     instance->plugin.descriptor->open(&instance->host.host, instance->plugin.config, &instance->self,
                                                       &instance->error),
                     GW_OK);
    ck_assert_status(instance, instance_migrate(instance, &(int64_t){0}, &(int64_t){0}), GW_OK);
    ck_assert_status(
        instance,
        instance->ops->open_session(instance->self, &instance->host.host, &instance->session, &instance->error), GW_OK);
}

void instance_close(struct instance *instance)
{
    PGconn *pg = sql_open(instance);
    char sql[64];

    instance->ops->close_session(instance->session);
    instance->plugin.descriptor->close(instance->self);
    test_plugin_done(&instance->plugin);
    (void)snprintf(sql, sizeof sql, "DROP SCHEMA IF EXISTS %s CASCADE", instance->schema);
    (void)sql_value(pg, sql);
    PQfinish(pg);
}

enum gw_status instance_migrate(struct instance *instance, int64_t *ret_from, int64_t *ret_to)
{
    return instance->ops->migrate(instance->self, &instance->host.host, ret_from, ret_to, &instance->error);
}

enum gw_status instance_set(struct instance *instance, int64_t next)
{
    return instance->ops->set_position(instance->session, gw_text_of("orders"), next, &instance->error);
}

static enum gw_status take_next(void *context, const struct gw_position *position)
{
    *(int64_t *)context = position->next;
    return GW_OK;
}

enum gw_status instance_get(struct instance *instance, int64_t *ret_next)
{
    struct gw_text source = gw_text_of("orders");
    struct gw_array sources = {&source, 1, sizeof source};
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = ret_next, .position = take_next};

    *ret_next = -1;
    return instance->ops->positions(instance->session, &sources, &visitor, &instance->error);
}

enum gw_status instance_apply(struct instance *instance, const struct gw_changeset *set)
{
    struct gw_apply_result result = {.size = sizeof result};

    return instance->ops->apply(instance->session, set, &result, &instance->error);
}

void instance_product(struct instance *instance, const char *sku, const char *ref)
{
    struct gw_product_change product = {.sku = gw_text_of(sku), .expected = 0, .version = 1};
    struct gw_batch_insert batch = {0, 0, gw_text_of(ref), 1 << 30, 0, 1};
    struct gw_changeset set = {
        .size = sizeof set,
        .products = {&product, 1, sizeof product},
        .batch_inserts = {&batch, 1, sizeof batch},
    };

    ck_assert_status(instance, instance_apply(instance, &set), GW_OK);
}

/* ---- SQL ------------------------------------------------------------------------------------------------------- */

const char *sql_value(PGconn *pg, const char *sql)
{
    static char value[1024];
    PGresult *result = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(result);

    ck_assert_msg(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK, "%s: %s", sql, PQerrorMessage(pg));
    (void)snprintf(value, sizeof value, "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return value;
}

int64_t sql_number(PGconn *pg, const char *sql)
{
    return strtoll(sql_value(pg, sql), NULL, 10);
}

PGconn *sql_open(const struct instance *instance)
{
    PGconn *pg = PQconnectdb(url());
    char sql[128];

    ck_assert_msg(PQstatus(pg) == CONNECTION_OK, "%s", PQerrorMessage(pg));
    (void)snprintf(sql, sizeof sql, "SET client_min_messages = error; SET search_path = %s", instance->schema);
    (void)sql_value(pg, sql);
    return pg;
}

/* Asks until the answer is not 0. */
static int await(PGconn *pg, const char *sql, const char *what)
{
    struct timespec between = {.tv_nsec = BETWEEN_LOOKS_MS * 1000000L};

    for (int waited = 0; waited < PATIENCE_MS; waited += BETWEEN_LOOKS_MS) {
        int found = atoi(sql_value(pg, sql));

        if (found != 0)
            return found;
        (void)nanosleep(&between, NULL);
    }
    ck_abort_msg("waited %d ms in vain until %s", PATIENCE_MS, what);
}

void sql_close(PGconn *pg, PGconn *beside)
{
    char sql[128];

    (void)snprintf(sql, sizeof sql, "SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE pid = %d",
                   PQbackendPID(pg));
    PQfinish(pg);
    (void)await(beside, sql, "a closed session was gone");
}

#define OF_OURS " WHERE schemaname = current_schema AND relname <> 'schema_state'"

int64_t sql_rows_read(PGconn *pg)
{
    return sql_number(pg, "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes" OF_OURS) +
           sql_number(pg, "SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables" OF_OURS);
}

void sql_end_others(PGconn *pg)
{
    (void)sql_value(pg, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        " WHERE usename = current_user AND pid <> pg_backend_pid()");
    (void)await(pg,
                "SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE usename = current_user"
                " AND pid <> pg_backend_pid()",
                "the other sessions were gone");
}

/* Whether this comes true in time; it is asked again and again. */
static bool comes_true(bool (*is_true)(PGconn *pg), PGconn *pg)
{
    struct timespec between = {.tv_nsec = BETWEEN_LOOKS_MS * 1000000L};

    for (int waited = 0; waited < PATIENCE_MS; waited += BETWEEN_LOOKS_MS) {
        if (is_true(pg))
            return true;
        (void)nanosleep(&between, NULL);
    }
    return false;
}

static bool is_closed(PGconn *pg)
{
    return PQconsumeInput(pg) == 0;
}

static bool takes_connections(PGconn *pg)
{
    (void)pg;
    return PQping(url()) == PQPING_OK;
}

/* From the moment on at which it ends others the server takes no connection until it has started again. */
void sql_crash_server(const struct instance *instance, PGconn **pg)
{
    PGconn *other = sql_open(instance);

    ck_assert_int_eq(kill(PQbackendPID(*pg), SIGQUIT), 0);
    ck_assert_msg(comes_true(is_closed, other), "the server did not crash");
    ck_assert_msg(comes_true(takes_connections, NULL), "the server did not start again");
    PQfinish(other);
    PQfinish(*pg);
    *pg = sql_open(instance);
}

int sql_await_blocked(PGconn *pg)
{
    return await(pg, "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
                 "somebody waited for a lock");
}

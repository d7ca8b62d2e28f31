/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A postgres_repository on a schema of its own in the database that GANGWAY_TEST_POSTGRES_URL names, a session of it,
 * and SQL past it.
 */
#ifndef GW_TEST_POSTGRES_INSTANCE_H
#define GW_TEST_POSTGRES_INSTANCE_H

#include "instance_check.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/repository.h>

#include <libpq-fe.h>

struct instance {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_repository_ops *ops;
    void *self;
    struct gw_session *session;
    char schema[32];
    struct gw_error error; /* of the last call */
};

/* Makes the schema, with this statement_timeout and half of it for locks, and opens a session. */
void instance_open(struct instance *instance, int timeout_ms);

/* Drops the schema too. */
void instance_close(struct instance *instance);

/* A change, and a query: the position of the source "orders". */
enum gw_status instance_set(struct instance *instance, int64_t next);
enum gw_status instance_get(struct instance *instance, int64_t *ret_next);

enum gw_status instance_apply(struct instance *instance, const struct gw_changeset *set);

/* Makes a product at version 1 with one batch, which holds nothing of 2^30; this must succeed. */
void instance_product(struct instance *instance, const char *sku, const char *ref);

enum gw_status instance_migrate(struct instance *instance, int64_t *ret_from, int64_t *ret_to);

/* ---- on a connection of the test's own, which sees the schema */

PGconn *sql_open(const struct instance *instance);

/* Closes a connection and waits until its process is gone, which then has added its part to the statistics. */
void sql_close(PGconn *pg, PGconn *beside);

/* The first value of the first row, or "". Ends the test when it fails. Valid until the next call. */
const char *sql_value(PGconn *pg, const char *sql);

/* The same value as a number. */
int64_t sql_number(PGconn *pg, const char *sql);

/* How many rows the server has read of the gateway's tables so far, by its own count. */
int64_t sql_rows_read(PGconn *pg);

/* Ends all other server processes, and waits until they are gone. */
void sql_end_others(PGconn *pg);

/* Crashes the server: one process ends as if by a fault, and the server ends all others and starts again. Each client
 * is sent a warning, and then its connection is closed. Connects *pg again. */
void sql_crash_server(const struct instance *instance, PGconn **pg);

/* Waits until a statement of another session waits for a lock. Returns its process. */
int sql_await_blocked(PGconn *pg);

/* The inbox as version 14 and those before it had it, empty. */
#define INBOX_14                                                                                                    \
    "DROP TABLE inbox_turns, inbox; CREATE TABLE inbox (id bytea NOT NULL PRIMARY KEY, fingerprint bytea NOT NULL," \
    " outcome smallint NOT NULL, reason text NOT NULL, running_ms bigint NOT NULL DEFAULT 0);"                      \
    " CREATE INDEX inbox_age ON inbox (running_ms);"

#endif

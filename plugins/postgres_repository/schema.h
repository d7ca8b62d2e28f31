/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema: its numbered versions, the migration from each to the next, and the version of a database.
 *
 * A database stores its version, and the lowest version of a gateway that can use it. So a release that only adds does
 * not disturb running gateways, and a later one removes what none of them needs.
 */
#ifndef POSTGRES_SCHEMA_H
#define POSTGRES_SCHEMA_H

#include "connection.h"

/* schema/NNN_*.sql, with functions.sql at the end of the last. The build generates the table. */
struct migration {
    const char *name;
    const char *sql;
    int64_t readable_from; /* the lowest version that a gateway must know after this migration */
};

/* Migration i leads from version i to i + 1. */
extern const struct migration schema_migrations[];

/* The version that this plugin reads and writes. */
extern const int64_t schema_version;

enum { SCHEMA_NAME_SIZE = 64 };

struct schema_state {
    bool has_namespace; /* CREATE SCHEMA was done */
    bool may_use;       /* this user has the rights to use it */
    bool may_create;
    bool may_create_namespace;
    char user[SCHEMA_NAME_SIZE];
    char database[SCHEMA_NAME_SIZE];
    int64_t version; /* 0: none */
    int64_t readable_from;
};

enum gw_status schema_read(struct connection *connection, const struct options *options, const struct gw_host *host,
                           struct schema_state *ret_state, struct gw_error *reterr);

/* OK; CONFIG: this plugin cannot work with the state. The text names both versions. */
enum gw_status schema_judge(const struct schema_state *state, const char *schema, struct gw_error *reterr);

/* OK; CONFIG: this user may not create what is missing. The text says what to grant. */
enum gw_status schema_may_migrate(const struct schema_state *state, const char *schema, struct gw_error *reterr);

/* Migrates the database to the version of this plugin, with a transaction for each step. Other processes may do it at
 * the same time; each waits for the others. A newer version that this plugin can read is left unchanged. */
enum gw_status schema_migrate(struct connection *connection, const struct options *options, const struct gw_host *host,
                              int64_t *ret_from, int64_t *ret_to, struct gw_error *reterr);

#endif

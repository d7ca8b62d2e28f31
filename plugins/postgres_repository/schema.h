/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema: its numbered versions, how a database comes from one to the next, and which one it has.
 *
 * A database tells its version, and from which version on a gateway can read it. So a release that only adds leaves
 * running gateways alone, and a later one removes what none of them needs.
 */
#ifndef POSTGRES_SCHEMA_H
#define POSTGRES_SCHEMA_H

#include "connection.h"

/* schema/NNN_*.sql, and functions.sql at the end of the last; the build makes the table of them. */
struct migration {
    const char *name;
    const char *sql;
    int64_t readable_from; /* the version that a gateway must know at least, once this was applied */
};

/* Migration i leads from version i to i + 1. */
extern const struct migration schema_migrations[];

/* What this plugin reads and writes. */
extern const int64_t schema_version;

enum { SCHEMA_NAME_SIZE = 64 };

struct schema_state {
    bool has_namespace; /* CREATE SCHEMA was done */
    bool may_use;       /* the rights that this user has to it */
    bool may_create;
    bool may_create_namespace;
    char user[SCHEMA_NAME_SIZE];
    char database[SCHEMA_NAME_SIZE];
    int64_t version; /* 0: none */
    int64_t readable_from;
};

enum gw_status schema_read(struct connection *connection, const struct options *options, const struct gw_host *host,
                           struct schema_state *ret_state, struct gw_error *reterr);

/* CONFIG, naming both versions, unless this plugin can work on what the state says. */
enum gw_status schema_judge(const struct schema_state *state, const char *schema, struct gw_error *reterr);

/* CONFIG, saying what to grant, unless this user may make what is missing. */
enum gw_status schema_may_migrate(const struct schema_state *state, const char *schema, struct gw_error *reterr);

/* Brings the database to our version, a transaction for each step; others may be at it too, each waits for the others.
 * A newer one that this plugin can read stays as it is. */
enum gw_status schema_migrate(struct connection *connection, const struct options *options, const struct gw_host *host,
                              int64_t *ret_from, int64_t *ret_to, struct gw_error *reterr);

#endif

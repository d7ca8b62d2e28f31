/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: its numbered versions, the migration from each to the next, and the version of a database. */
#ifndef SQLITE_SCHEMA_H
#define SQLITE_SCHEMA_H

#include "database.h"

/* The version that this plugin reads and writes. */
extern const int64_t schema_version;

/* The version of a database: 0 if it is empty. CONFIG: it belongs to another program. */
enum gw_status schema_read(struct database *database, int64_t *ret_version, struct gw_error *reterr);

/* OK; CONFIG: the database has another version. The text names both. */
enum gw_status schema_require(struct database *database, struct gw_error *reterr);

/* Migrates the database to the version of this plugin, with a transaction for each step. Other processes may do it at
 * the same time. The connection must be outside of a transaction. OK; CONFIG: the database is newer. */
enum gw_status schema_migrate(struct database *database, int64_t *ret_from, int64_t *ret_to, struct gw_error *reterr);

#endif

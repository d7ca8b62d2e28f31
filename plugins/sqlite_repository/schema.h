/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: its numbered versions, how a database comes from one to the next, and which one a database has. */
#ifndef SQLITE_SCHEMA_H
#define SQLITE_SCHEMA_H

#include "database.h"

/* What this plugin reads and writes. */
extern const int64_t schema_version;

/* The version of a database: 0 when it is empty. CONFIG: it belongs to something else. */
enum gw_status schema_read(struct database *database, int64_t *ret_version, struct gw_error *reterr);

/* CONFIG, naming both versions, unless the database has ours. */
enum gw_status schema_require(struct database *database, struct gw_error *reterr);

/* Brings the database to our version, a transaction for each step; others may be at it too. The connection must be
 * outside a transaction. CONFIG: it is newer. */
enum gw_status schema_migrate(struct database *database, int64_t *ret_from, int64_t *ret_to, struct gw_error *reterr);

#endif

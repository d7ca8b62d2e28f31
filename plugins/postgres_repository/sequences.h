/* SPDX-License-Identifier: Apache-2.0 */
/* The sequences that the tables' numbers come from. One can be behind its table: logical replication does not carry
 * sequences over, nor does a copy of the rows alone. No state. */
#ifndef POSTGRES_SEQUENCES_H
#define POSTGRES_SEQUENCES_H

#include "connection.h"

#include <gangway/error.h>

#include <libpq-fe.h>

/* Looks at all of them. *ret_behind, to be cleared, has a row for each that would give a number again. Statuses of
 * connection_run. */
enum gw_status sequences_find_behind(struct connection *connection, const struct options *options,
                                     const struct gw_host *host, PGresult **ret_behind, struct gw_error *reterr);

/* Says which sequence a row of *ret_behind is about, and the statement that repairs it: CONFIG. */
enum gw_status sequences_describe(const PGresult *behind, int row, struct gw_error *reterr);

/* CONFIG when one is behind its table. Does not look while somebody holds a table for himself, because it would wait
 * for him; whoever draws a taken number then finds out. */
enum gw_status sequences_require(struct connection *connection, const struct options *options,
                                 const struct gw_host *host, struct gw_error *reterr);

/* Says of a row that was refused because its number is taken what sequences_describe says: CONFIG. False: the
 * constraint is none whose numbers come from a sequence. */
bool sequences_explain(const PGresult *refused, struct gw_error *reterr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sequences of the tables' numbers. A sequence can be behind its table, because neither logical replication nor a
 * copy of the rows copies sequences. No state.
 */
#ifndef POSTGRES_SEQUENCES_H
#define POSTGRES_SEQUENCES_H

#include "connection.h"

#include <gangway/error.h>

#include <libpq-fe.h>

/* Checks all of them. *ret_behind has a row for each that would return a used number; the caller clears it. Statuses of
 * connection_run. */
enum gw_status sequences_find_behind(struct connection *connection, const struct options *options,
                                     const struct gw_host *host, PGresult **ret_behind, struct gw_error *reterr);

/* Describes the sequence of a row of *ret_behind, with the statement that repairs it: CONFIG. */
enum gw_status sequences_describe(const PGresult *behind, int row, struct gw_error *reterr);

/* OK; CONFIG: a sequence is behind its table. It does not check while a session has locked a table exclusively, because
 * it would wait; an apply that draws a used number then reports it. */
enum gw_status sequences_require(struct connection *connection, const struct options *options,
                                 const struct gw_host *host, struct gw_error *reterr);

/* Describes a row that was refused because its number is used, as sequences_describe does: CONFIG. False: the numbers
 * of this constraint do not come from a sequence. */
bool sequences_explain(const PGresult *refused, struct gw_error *reterr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's errors ask the caller to do: the one place that knows SQLSTATEs. No state. */
#ifndef POSTGRES_STATUS_H
#define POSTGRES_STATUS_H

#include <gangway/error.h>

#include <libpq-fe.h>
#include <stdbool.h>

/* Raised by our own functions in the database. DETAIL says which, as far as anybody asks. */
#define SQLSTATE_CONFLICT  "GW002" /* a version, a line, a reference or a dead letter is not as expected */
#define SQLSTATE_KNOWN     "GW003" /* message ids are known; DETAIL: how many */
#define SQLSTATE_MOVED     "GW004" /* a position is elsewhere; DETAIL: `already` when all are where they should go */

#define SQLSTATE_READ_ONLY "25006" /* a standby, or a role or database that was made read-only */

#define SQLSTATE_STOPPED   "57P01" /* the server is being stopped, or somebody ended this connection */
#define SQLSTATE_CRASHED   "57P02" /* another process of the server crashed, and it starts again */

#define SQLSTATE_TAKEN     "23505" /* a unique key: which one decides what it means */

/* Of a failed result; OK for any other. */
enum gw_status postgres_status(const PGresult *result);

/* Says why a result failed: the server's message, and its detail where it has one. The status. */
enum gw_status postgres_failed(const PGresult *result, struct gw_error *reterr);

/* What a SQLSTATE other than SQLSTATE_TAKEN asks the caller to do. */
enum gw_status postgres_sqlstate(const char *sqlstate);

/* Whether the server ended the connection with this result. */
bool postgres_is_fatal(const PGresult *result);

/* A message in one line, cut where the room ends. */
void postgres_line(const char *message, char *line, size_t size);

/* Whether this result failed with this SQLSTATE. */
bool postgres_is(const PGresult *result, const char *sqlstate);

#endif

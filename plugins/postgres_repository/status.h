/* SPDX-License-Identifier: Apache-2.0 */
/* Translates the server's errors to statuses. Only this file knows SQLSTATEs. No state. */
#ifndef POSTGRES_STATUS_H
#define POSTGRES_STATUS_H

#include <gangway/error.h>

#include <libpq-fe.h>
#include <stdbool.h>

/* Raised by this plugin's functions in the database. DETAIL has more where a caller needs it. */
#define SQLSTATE_CONFLICT  "GW002" /* a version, a line, a reference or a dead letter is not as expected */
#define SQLSTATE_KNOWN     "GW003" /* message ids are known; DETAIL: how many */
#define SQLSTATE_MOVED     "GW004" /* a position differs; DETAIL: `already` if all are where they should go */

#define SQLSTATE_READ_ONLY "25006" /* a standby, or a role or database that was made read-only */

#define SQLSTATE_STOPPED   "57P01" /* the server stops, or an administrator ended this connection */
#define SQLSTATE_CRASHED   "57P02" /* another process of the server crashed, and the server restarts */

#define SQLSTATE_TAKEN     "23505" /* a unique key; the key decides the status */

/* The status of a failed result; OK for any other. */
enum gw_status postgres_status(const PGresult *result);

/* Writes why a result failed: the server's message, and its detail if it has one. Returns the status. */
enum gw_status postgres_failed(const PGresult *result, struct gw_error *reterr);

/* The status of a SQLSTATE other than SQLSTATE_TAKEN. */
enum gw_status postgres_sqlstate(const char *sqlstate);

/* Whether the server ended the connection with this result. */
bool postgres_is_fatal(const PGresult *result);

/* Copies a message as one line, cut to size. */
void postgres_line(const char *message, char *line, size_t size);

/* Whether this result failed with this SQLSTATE. */
bool postgres_is(const PGresult *result, const char *sqlstate);

#endif

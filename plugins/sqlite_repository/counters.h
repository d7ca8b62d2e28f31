/* SPDX-License-Identifier: Apache-2.0 */
/* The counters for the numbers of rows. A counter is behind its table if the rows were copied or changed by hand. */
#ifndef SQLITE_COUNTERS_H
#define SQLITE_COUNTERS_H

#include "database.h"

enum { COUNTERS = 3 };

/* Checks the counter of this index, below COUNTERS. OK; CONFIG: it would return a used number; the text has the
 * statement that repairs it. */
enum gw_status counter_require(struct database *database, int index, struct gw_error *reterr);

/* The same for all of them. */
enum gw_status counters_require(struct database *database, struct gw_error *reterr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: each has the name of the table that its numbers are for. */
#include "counters.h"

#include <stdio.h>

static const char *const names[COUNTERS] = {"outbox_blocks", "allocations", "notices"};

enum gw_status counter_require(struct database *database, int index, struct gw_error *reterr)
{
    const char *name = names[index];
    char sql[256];
    int64_t is_behind = 0;
    enum gw_status status;

    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM counters WHERE name = '%s' AND next <= (SELECT max(number) FROM %s)", name,
                   name);
    status = database_number(database, sql, &is_behind, reterr);
    if (status != GW_OK || is_behind == 0)
        return status;
    return gw_error_set(reterr, GW_CONFIG,
                        "%s: counter %s is behind its table; stop the gateway, then run "
                        "UPDATE counters SET next = (SELECT max(number) + 1 FROM %s) WHERE name = '%s'",
                        database->path, name, name, name);
}

enum gw_status counters_require(struct database *database, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (int index = 0; index < COUNTERS && status == GW_OK; index++)
        status = counter_require(database, index, reterr);
    return status;
}

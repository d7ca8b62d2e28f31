/* SPDX-License-Identifier: Apache-2.0 */
/* `migrate`: migrates the schema of the repository without a gateway. */
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/offline.h"
#include "cli/verbs.h"

#include <inttypes.h>
#include <stdio.h>

static int migrate(const struct gw_offline *offline)
{
    const char *id = offline->bootstrap->repository->id;
    struct gw_error error = {0};
    int64_t from = 0;
    int64_t to = 0;

    /* Not gw_offline_complain: the migration itself failed, so there is no hint to migrate. */
    if (offline->repository->migrate(offline->self, &offline->host.table, &from, &to, &error) != GW_OK)
        return gw_complain(offline->line, "%s: %s", id, error.text);
    if (from == to)
        (void)printf("%s: the schema is at version %" PRId64 " already\n", id, to);
    else
        (void)printf("%s: schema migrated from version %" PRId64 " to version %" PRId64 "\n", id, from, to);
    return GW_EXIT_DONE;
}

int gw_verb_migrate(const struct gw_command_line *line)
{
    struct gw_offline offline;
    int exit_status = gw_offline_open_repository(&offline, line, line->operands[0]);

    if (exit_status == GW_EXIT_DONE)
        exit_status = migrate(&offline);
    gw_offline_close(&offline);
    return exit_status;
}

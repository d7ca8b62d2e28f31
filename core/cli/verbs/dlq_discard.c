/* SPDX-License-Identifier: Apache-2.0 */
/* `dlq discard`. */
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"
#include "cli/verbs/dlq.h"

#include <stdio.h>

static int discard(struct gw_dlq *dlq)
{
    const struct gw_array ids = {dlq->ids, dlq->id_count, sizeof *dlq->ids};
    struct gw_error error = {0};
    uint32_t count = 0;

    if (dlq->offline.repository->dead_discard(dlq->offline.session, &ids, &count, &error) != GW_OK)
        return gw_offline_complain(&dlq->offline, &error);
    (void)printf("discarded %u\n", count);
    if (count < dlq->id_count)
        return gw_complain(dlq->offline.line, "of %u ids only %u were those of dead letters", dlq->id_count, count);
    return GW_EXIT_DONE;
}

int gw_verb_dlq_discard(const struct gw_command_line *line)
{
    return gw_dlq_run(line, discard);
}

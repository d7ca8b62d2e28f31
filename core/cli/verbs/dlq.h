/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs about dead letters share: which letters are meant, and a repository that keeps some. Main thread. */
#ifndef GW_CLI_VERBS_DLQ_H
#define GW_CLI_VERBS_DLQ_H

#include "cli/offline.h"

#include <gangway/port/repository.h>

struct gw_dlq {
    struct gw_offline offline;
    int64_t *ids; /* the operands */
    uint32_t id_count;
};

/* What a verb does with them. Returns the exit status. */
typedef int gw_dlq_fn(struct gw_dlq *dlq);

/* Runs the verb on the repository that --config names. Returns the exit status; an error was printed. */
int gw_dlq_run(const struct gw_command_line *line, gw_dlq_fn *verb);

/* The filter of the command line's options, without ids. */
struct gw_dead_filter gw_dlq_filter(const struct gw_dlq *dlq);

/* The filter for these ids, without the options. */
struct gw_dead_filter gw_dlq_filter_ids(const int64_t *ids, uint32_t count);

const char *gw_dlq_kind_word(uint32_t kind);

#endif

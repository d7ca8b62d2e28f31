/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` finds out about topics that are compacted: of commands with one key only the last one is kept, and the
 * record before a position may be gone. */
#ifndef KAFKA_CONSUMER_COMPACTION_H
#define KAFKA_CONSUMER_COMPACTION_H

#include "kafka/client.h"

/* Asks with a client of its own, for at most timeout_ms, and reports a line for each topic that is compacted: a
 * warning, status OK. A user who may not see the settings of topics gets no finding. */
void compaction_look(const struct kafka_options *options, const struct gw_host *host,
                     const struct gw_option_map *topics, int64_t timeout_ms, const struct gw_report *report);

#endif

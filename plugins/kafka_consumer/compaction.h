/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The finding of `check` about compacted topics. Compaction keeps only the last of several commands with the same key,
 * and may remove the record before a position.
 */
#ifndef KAFKA_CONSUMER_COMPACTION_H
#define KAFKA_CONSUMER_COMPACTION_H

#include "kafka/client.h"

/* Asks with a client of its own, for at most timeout_ms, and reports a line for each compacted topic: a warning, with
 * status OK. A user who may not read the settings of topics gets no finding. */
void compaction_look(const struct kafka_options *options, const struct gw_host *host,
                     const struct gw_option_map *topics, int64_t timeout_ms, const struct gw_report *report);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The finding of `check` about the consumer group: whether this user may read in it, and who its members are. Does not
 * join it.
 */
#ifndef KAFKA_CONSUMER_GROUP_H
#define KAFKA_CONSUMER_GROUP_H

#include "kafka/client.h"

/* Asks with a client of its own, for at most timeout_ms, and reports a line. Returns the status of the finding. */
enum gw_status group_look(const struct kafka_options *options, const struct gw_host *host, const char *group,
                          int64_t timeout_ms, const struct gw_report *report);

#endif

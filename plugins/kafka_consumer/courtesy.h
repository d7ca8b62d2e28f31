/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offset commits to the broker, for tools that show the lag of a group. Nothing depends on them, because the repository
 * stores the position of a source. So they are sent at intervals without waiting for the answer, and a failure is only
 * logged for debugging.
 */
#ifndef KAFKA_CONSUMER_COURTESY_H
#define KAFKA_CONSUMER_COURTESY_H

#include "consumer.h"

/* Commits the offsets that have changed since the last time, of sources that this member has. */
void courtesy_send(struct consumer *self);

/* Handles the answer: offsets that failed are committed again. */
void courtesy_answered(struct consumer *self, rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t *offsets);

/* Forgets a source that this member no longer has: nothing is committed for it, and its lag is unknown. */
void courtesy_forget(struct consumer *self, struct source *source);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The offsets that are committed to the broker, for tools that show how far a group is. Nothing depends on them: the
 * repository has the position of a source. So they are sent now and then, without waiting, and a failure is a line for
 * whoever debugs.
 */
#ifndef KAFKA_CONSUMER_COURTESY_H
#define KAFKA_CONSUMER_COURTESY_H

#include "consumer.h"

/* Sends what changed since the last time, of sources that are ours. */
void courtesy_send(struct consumer *self);

/* What became of it: what failed is committed again. */
void courtesy_answered(struct consumer *self, rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t *offsets);

/* A source is ours no longer: nothing is committed for it, and its lag is not known. */
void courtesy_forget(struct consumer *self, struct source *source);

#endif

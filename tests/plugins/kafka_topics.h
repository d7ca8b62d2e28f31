/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics of the cluster that tests/support/with_kafka runs, as another client of it makes, fills, cuts and deletes
 * them. What fails here fails the test. Belongs to one thread.
 */
#ifndef GW_TEST_KAFKA_TOPICS_H
#define GW_TEST_KAFKA_TOPICS_H

#include <stdint.h>

/* Where the cluster is. */
const char *kafka_brokers(void);

/* Returns when every partition has its leader, or when no broker knows the topic any more. */
void kafka_topic_create(const char *topic, int partitions);
void kafka_topic_delete(const char *topic);

/* Produces count payloads {"n":N} with N from `first` on, and returns when the broker has them. Of this timestamp, in
 * milliseconds since 1970; 0: of now. */
void kafka_produce(const char *topic, int32_t partition, int first, int count, int64_t timestamp);

/* Produces a record without a value. */
void kafka_produce_tombstone(const char *topic, int32_t partition, const char *key);

/* Deletes the records before an offset, as retention does. */
void kafka_cut(const char *topic, int32_t partition, int64_t offset);

/* What the broker has of a group's offset; -1: none. And another's commit of one. */
int64_t kafka_committed(const char *group, const char *topic, int32_t partition);
void kafka_commit(const char *group, const char *topic, int32_t partition, int64_t offset);

#endif

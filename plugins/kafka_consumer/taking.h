/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What librdkafka has ready, taken without a wait.
 *
 * From 2.1.0 to 2.13.1 its batch call counts PARTITION_EOF as a record: the position that librdkafka keeps for itself
 * is then one ahead. It reads on from there after each rebalance of the group, so the next record of the partition
 * never comes (its change 5213). There messages are taken one by one, for which the position is right.
 */
#ifndef KAFKA_CONSUMER_TAKING_H
#define KAFKA_CONSUMER_TAKING_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* Up to `max` messages, errors among them. The caller destroys each. Callbacks of the client are called inside. */
uint32_t taking_batch(rd_kafka_queue_t *queue, rd_kafka_message_t **messages, uint32_t max);

#endif

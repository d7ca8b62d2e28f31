/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the messages that librdkafka has ready, without waiting.
 *
 * From 2.1.0 to 2.13.1 the batch call of librdkafka counts PARTITION_EOF as a record, so the position that it keeps is
 * one too high. It continues from that position after each rebalance, so the next record of the partition never arrives
 * (fixed by its change 5213). For these versions messages are taken one by one, which keeps the position right.
 */
#ifndef KAFKA_CONSUMER_TAKING_H
#define KAFKA_CONSUMER_TAKING_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* Takes up to `max` messages, errors included. The caller destroys each. Callbacks of the client run inside. */
uint32_t taking_batch(rd_kafka_queue_t *queue, rd_kafka_message_t **messages, uint32_t max);

#endif

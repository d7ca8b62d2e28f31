/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the messages that librdkafka has ready, without waiting.
 *
 * librdkafka keeps the position of the application in each partition. It pauses all partitions of a member during a
 * rebalance, and continues from that position. Before 2.13.2 the batch call can leave the position too high, and the
 * records in between never arrive:
 *
 * - Before 2.1.0 the call moves the position for each record that it collects. A pause within the call makes it discard
 *   what it has collected, and leaves the position (a known issue of 2.0.0, fixed by 4208).
 * - From 2.1.0 on it counts PARTITION_EOF as a record (fixed by 5213).
 *
 * For these versions messages are taken one by one. Then a pause can only make a record arrive twice.
 */
#ifndef KAFKA_CONSUMER_TAKING_H
#define KAFKA_CONSUMER_TAKING_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* Takes up to `max` messages, errors included. The caller destroys each. Callbacks of the client run inside. */
uint32_t taking_batch(rd_kafka_queue_t *queue, rd_kafka_message_t **messages, uint32_t max);

#endif

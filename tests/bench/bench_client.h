/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs share that talk to Kafka by librdkafka alone. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "bench.h"

#include <librdkafka/rdkafka.h>

/* Settings are names and values in turn, up to NULL. */
rd_kafka_t *bench_producer(const char *brokers, const char *const *settings);

/* Consumes every partition of the topic from its beginning, without a group's coordination. */
rd_kafka_t *bench_consumer(const char *brokers, const char *topic, const char *const *settings);

/* Queues a copy for delivery, waiting while the queue is full. A message that is not delivered ends the program. */
void bench_produce(rd_kafka_t *producer, const char *topic, const char *key, size_t key_len, const char *payload,
                   size_t payload_len);

/* Waits until everything is delivered, and gives the producer back. */
void bench_producer_close(rd_kafka_t *producer);

void bench_consumer_close(rd_kafka_t *consumer);

#endif

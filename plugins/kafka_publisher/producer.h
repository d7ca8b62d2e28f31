/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Producer: an idempotent producer of librdkafka with a wake-up for its caller. It is made for the first group, and
 * again after each group that failed (kafka_publisher.c). It never blocks, except in producer_close, which waits at
 * most two seconds for the threads of librdkafka.
 */
#ifndef KAFKA_PUBLISHER_PRODUCER_H
#define KAFKA_PUBLISHER_PRODUCER_H

#include "group.h"
#include "record.h"

#include "kafka/client.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* The order of the words in the option tables. */
#define COMPRESSIONS "none|gzip|snappy|lz4|zstd"
#define PARTITIONERS "murmur2|crc32|fnv1a"

struct publisher_config {
    struct kafka_options kafka; /* first member, as KAFKA_OPTIONS requires */
    const char *topic;
    uint32_t compression;
    uint32_t partitioner;
};

struct producer {
    const struct gw_host *host;
    const struct publisher_config *config;
    struct kafka_watch watch;
    rd_kafka_t *client;      /* NULL: there is none */
    rd_kafka_queue_t *queue; /* its delivery reports and errors */
    int wakeup;              /* an eventfd that is readable when the queue has something; -1: none */
};

void producer_init(struct producer *producer, const struct gw_host *host, const struct publisher_config *config);

/* Ends the client. The memory of the producer may be freed then. */
void producer_done(struct producer *producer);

/* The configuration of its client. lint passes no watch (NULL). Statuses of kafka_conf. */
enum gw_status producer_conf(const struct publisher_config *config, struct kafka_watch *watch,
                             rd_kafka_conf_t **ret_conf, struct gw_error *reterr);

/* Makes the client unless there is a usable one. It connects in the background. OK, CONFIG, TRANSIENT, NOMEM. */
enum gw_status producer_open(struct producer *producer, struct gw_error *reterr);

/* Ends the client, and gives up the events that it has not reported on. */
void producer_close(struct producer *producer);

/* Hands an event of the group to the client, which copies it. Otherwise returns the error of librdkafka; after
 * QUEUE_FULL there is room when some events are reported. */
rd_kafka_resp_err_t producer_send(struct producer *producer, const struct group *group, uint32_t index);

/* Handles what is in the queue, without waiting: delivery reports for the group (NULL: none), errors for the watch. */
void producer_serve(struct producer *producer, struct group *group);

#endif

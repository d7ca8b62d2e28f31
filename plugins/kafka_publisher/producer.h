/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Producer: librdkafka's, idempotent, with what wakes its caller. Made for the first group, and again after each that
 * failed (see kafka_publisher.c). Never blocks, but in producer_close, which waits a second at most for the library's
 * threads.
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
    struct kafka_options kafka; /* first, as KAFKA_OPTIONS wants it */
    const char *topic;
    uint32_t compression;
    uint32_t partitioner;
};

struct producer {
    const struct gw_host *host;
    const struct publisher_config *config;
    struct kafka_watch watch;
    rd_kafka_t *client;      /* NULL: there is none */
    rd_kafka_queue_t *queue; /* where its reports and errors come */
    bool is_abandoned;       /* a client did not end, and may still call the watch */
    int wakeup;              /* an eventfd that is readable when something has come; -1 */
};

void producer_init(struct producer *producer, const struct gw_host *host, const struct publisher_config *config);

/* False: a client did not end, and the producer must stay where it is for ever. */
bool producer_done(struct producer *producer);

/* How its client is set; for lint without a watch (NULL). Statuses of kafka_conf. */
enum gw_status producer_conf(const struct publisher_config *config, struct kafka_watch *watch,
                             rd_kafka_conf_t **ret_conf, struct gw_error *reterr);

/* Makes the client unless there is one that works; connecting happens behind it. CONFIG, TRANSIENT, NOMEM. */
enum gw_status producer_open(struct producer *producer, struct gw_error *reterr);

/* Ends the client, and gives up what it has not reported on. */
void producer_close(struct producer *producer);

/* Hands an event of the group to the client, which copies it. Else what librdkafka says: QUEUE_FULL: when some are
 * reported there is room. */
rd_kafka_resp_err_t producer_send(struct producer *producer, const struct group *group, uint32_t index);

/* Takes what has come, without waiting: reports go to the group (NULL: there is none), errors to the watch. */
void producer_serve(struct producer *producer, struct group *group);

#endif

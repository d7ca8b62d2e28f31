/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands at an offset of a partition: asked of the cluster by a client of its own, which joins no group and
 * consumes nothing, so that the member's client gets offsets only once they are known to be right. It is made when
 * something is asked and ended when nothing was for a while. Waits with host->wait. Belongs to the worker's thread.
 */
#ifndef KAFKA_CONSUMER_LOOKUP_H
#define KAFKA_CONSUMER_LOOKUP_H

#include "kafka/client.h"

#include <stdbool.h>

struct lookup {
    const struct gw_host *host;
    const struct kafka_options *options;
    const char *group; /* librdkafka assigns nothing without one */
    struct kafka_watch watch;
    rd_kafka_t *client; /* NULL: at rest */
    rd_kafka_queue_t *queue;
    int wake;
    int64_t used_ms;
    bool is_abandoned; /* a client did not end, and may still call its watch */
};

enum lookup_answer {
    LOOKUP_NONE,         /* the cluster did not answer in time */
    LOOKUP_RECORD,       /* offset and mark of the first record there or behind */
    LOOKUP_END,          /* the partition ends at offset */
    LOOKUP_OUT_OF_RANGE, /* before the first or behind the last record */
    LOOKUP_UNREADABLE,   /* the cluster has something there, and it cannot be read */
    LOOKUP_FAILED        /* code says why */
};

struct lookup_question {
    const char *topic;
    int32_t partition;
    int64_t at; /* an offset, RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END */
    enum lookup_answer answer;
    int64_t offset;
    uint64_t mark;
    rd_kafka_resp_err_t code;
};

void lookup_init(struct lookup *lookup, const struct gw_host *host, const struct kafka_options *options,
                 const char *group);
void lookup_done(struct lookup *lookup);

/* Asks all questions at once, of different partitions, and waits at most timeout_ms. OK: each has its answer, which may
 * be LOOKUP_NONE. TRANSIENT, CONFIG: there is no client to ask; NOMEM, CANCELLED. */
enum gw_status lookup_ask(struct lookup *lookup, struct lookup_question *questions, uint32_t count, int64_t timeout_ms,
                          struct gw_error *reterr);

/* The first offset that the partition has, and the one behind its last record. Blocks for at most timeout_ms, so it is
 * asked only of partitions whose leader just answered, or on the main thread. */
rd_kafka_resp_err_t lookup_range(struct lookup *lookup, const char *topic, int32_t partition, int64_t timeout_ms,
                                 int64_t *ret_first, int64_t *ret_end);

/* The cluster's id, to be freed with rd_kafka_mem_free(lookup->client, ...). NULL with reterr set: it did not say
 * within timeout_ms. Blocks: for the main thread. */
char *lookup_cluster(struct lookup *lookup, int64_t timeout_ms, struct gw_error *reterr);

/* Ends the client when it was not used for a while. */
void lookup_rest(struct lookup *lookup);

#endif

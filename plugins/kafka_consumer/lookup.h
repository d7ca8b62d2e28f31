/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the record at an offset of a partition with a client of its own, which joins no group and consumes nothing. So
 * the member's client gets only offsets that were verified. The client is made for a question and ended after some time
 * without one. Waits with host->wait. Belongs to the worker's thread.
 */
#ifndef KAFKA_CONSUMER_LOOKUP_H
#define KAFKA_CONSUMER_LOOKUP_H

#include "kafka/client.h"

struct lookup {
    const struct gw_host *host;
    const struct kafka_options *options;
    const char *group; /* librdkafka assigns nothing without a group */
    struct kafka_watch watch;
    rd_kafka_t *client; /* NULL: there is none at the moment */
    rd_kafka_queue_t *queue;
    int wake;
    int64_t used_ms;
};

enum lookup_answer {
    LOOKUP_NONE,         /* the cluster did not answer in time */
    LOOKUP_RECORD,       /* offset and mark of the first record at or behind the offset */
    LOOKUP_END,          /* the partition ends at offset */
    LOOKUP_OUT_OF_RANGE, /* before the first or behind the last record */
    LOOKUP_UNREADABLE,   /* the cluster has a record there that cannot be read */
    LOOKUP_FAILED        /* code has the cause */
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

/* Asks all questions at once, about different partitions, and waits at most timeout_ms. OK: each has its answer, which
 * may be LOOKUP_NONE. TRANSIENT, CONFIG: no client can be made; NOMEM, CANCELLED. */
enum gw_status lookup_ask(struct lookup *lookup, struct lookup_question *questions, uint32_t count, int64_t timeout_ms,
                          struct gw_error *reterr);

/* Returns the first offset of the partition, and the one behind its last record. It blocks for at most timeout_ms, so
 * call it only for partitions whose leader has just answered, or on the main thread. */
rd_kafka_resp_err_t lookup_range(struct lookup *lookup, const char *topic, int32_t partition, int64_t timeout_ms,
                                 int64_t *ret_first, int64_t *ret_end);

/* Returns the cluster's id; free it with rd_kafka_mem_free(lookup->client, ...). NULL, with reterr set: no answer
 * within timeout_ms. It blocks: call it on the main thread. */
char *lookup_cluster(struct lookup *lookup, int64_t timeout_ms, struct gw_error *reterr);

/* Ends the client if it was not used for some time. */
void lookup_rest(struct lookup *lookup);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An instance: one member of the consumer group, shared by the files of its slots. It belongs to the worker's thread;
 * threads of librdkafka use the reports of its clients only. membership.c owns the client handle.
 */
#ifndef KAFKA_CONSUMER_CONSUMER_H
#define KAFKA_CONSUMER_CONSUMER_H

#include "fetching.h"
#include "kafka/client.h"
#include "lent.h"
#include "lookup.h"
#include "sources.h"

#include <gangway/port/entrypoint.h>

/* The rows of its metric table. */
enum { CONSUMER_METRIC_LAG = KAFKA_METRICS_END };

/* The order of CONSUMER_STARTS. */
enum consumer_start { START_EARLIEST = 0, START_LATEST = 1, START_ERROR = 2 };
#define CONSUMER_STARTS "earliest|latest|error"

struct consumer_config {
    struct kafka_options kafka;
    const char *group;
    struct gw_option_map topics;
    uint32_t start; /* enum consumer_start */
    const char *instance_id;
    int64_t max_message;
    int64_t prefetch;
    int64_t session_timeout;
};

enum {
    BATCH_MESSAGES = 512, /* taken from librdkafka at once */
    REBALANCES_MAX = 8    /* librdkafka waits for the answer to one rebalance before it reports the next */
};

/* A rebalance that poll has not handled yet. */
struct rebalance {
    rd_kafka_topic_partition_list_t *partitions;
    bool is_revoked; /* partitions were revoked; otherwise they were assigned */
};

/* Used by fencing.c. */
struct fencing {
    int64_t wait_ms; /* 0: never fenced */
    int64_t due_ms;  /* when the member joins again */
};

struct consumer {
    const struct gw_host *host;
    const struct consumer_config *config;
    struct kafka_watch watch;
    struct sources sources;
    struct lent lent;
    struct lookup lookup;
    struct fetching fetching;
    struct fencing fencing;

    rd_kafka_t *client; /* from the first poll on; replaced after a fatal error */
    rd_kafka_queue_t *queue;
    int wake; /* an eventfd that is readable when the queue has something */
    struct rebalance rebalances[REBALANCES_MAX];
    uint32_t rebalance_count;
    bool has_news;           /* a source must be reported to the core, as new or as doubtful */
    bool has_trouble;        /* some source may be in trouble (trouble.c) */
    bool was_assigned;       /* the group has assigned partitions to this client at least once */
    bool is_broken;          /* another client must be made */
    bool is_leaving;         /* librdkafka reports the last rebalance, within close */
    bool is_closing;         /* librdkafka was asked to leave the group */
    bool has_closed;         /* and has left it, or need not */
    struct gw_error trouble; /* the error that prevents all consuming; status OK: none */

    rd_kafka_message_t *batch[BATCH_MESSAGES]; /* messages from batch_at on were taken and not handed over yet */
    uint32_t batch_at;
    uint32_t batch_count;
    int64_t ticked_ms;
    int64_t confirm_ms; /* used by lag.c: when it may ask the cluster again */
};

/* The slots poll (poll.c) and start (start.c) of entrypoint.h. */
enum gw_status consumer_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                             struct gw_error *reterr);
enum gw_status consumer_start(void *opaque, struct gw_start *starts, uint32_t count, struct gw_error *reterr);

/* Runs once a second: commits the offsets to the broker, and reports the lag to the host. Returns at once if it is not
 * due. */
void consumer_tick(struct consumer *self);

/* Handles an error of librdkafka about a partition, given as text: its source is checked again. */
void consumer_doubt(struct consumer *self, const char *text);

/* Destroys the messages of one source, or of all (NULL), that were taken and not handed over. */
void consumer_drop_batch(struct consumer *self, const struct source *source);

#endif

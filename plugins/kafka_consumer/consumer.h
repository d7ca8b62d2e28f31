/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An instance: one member of the group, shared by the files of its slots. Belongs to its worker's thread; librdkafka's
 * threads touch only the watch. The client handle is membership.c's.
 */
#ifndef KAFKA_CONSUMER_CONSUMER_H
#define KAFKA_CONSUMER_CONSUMER_H

#include "fetching.h"
#include "kafka/client.h"
#include "lent.h"
#include "lookup.h"
#include "sources.h"

#include <gangway/port/entrypoint.h>

/* The order of CONSUMER_STARTS. */
/* The rows of its metric table. */
enum { CONSUMER_METRIC_LAG = KAFKA_METRICS_END };

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
    REBALANCES_MAX = 8    /* librdkafka waits for the answer to one before it asks the next */
};

/* What the group decided, until poll gets to it. */
struct rebalance {
    rd_kafka_topic_partition_list_t *partitions;
    bool is_revoked; /* else: they are ours now */
};

struct consumer {
    const struct gw_host *host;
    const struct consumer_config *config;
    struct kafka_watch watch;
    struct sources sources;
    struct lent lent;
    struct lookup lookup;
    struct fetching fetching;

    rd_kafka_t *client; /* from the first poll on; another one after a fatal error */
    rd_kafka_queue_t *queue;
    int wake; /* an eventfd: there is something in the queue */
    struct rebalance rebalances[REBALANCES_MAX];
    uint32_t rebalance_count;
    bool has_news;           /* a source is to be told to the core, as new or as doubtful */
    bool has_trouble;        /* some source may have: trouble.c's */
    bool was_assigned;       /* the group has spoken to this client at least once */
    bool is_abandoned;       /* a client did not end, and may still call its watch */
    bool is_broken;          /* make another client */
    bool is_leaving;         /* librdkafka asks for the last time, from within close */
    struct gw_error trouble; /* what keeps it from consuming at all; status OK: nothing known */

    rd_kafka_message_t *batch[BATCH_MESSAGES]; /* taken, and not handed over: from batch_at on */
    uint32_t batch_at;
    uint32_t batch_count;
    int64_t ticked_ms;
    int64_t confirm_ms; /* lag.c's: when it may ask again */
};

/* The slots poll (poll.c) and start (start.c) of entrypoint.h. */
enum gw_status consumer_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                             struct gw_error *reterr);
enum gw_status consumer_start(void *opaque, struct gw_start *starts, uint32_t count, struct gw_error *reterr);

/* Once a second: commits the offsets to the broker, and reports the lag to the host. Cheap when it is not time yet. */
void consumer_tick(struct consumer *self);

/* What librdkafka says of a partition as a text: its source is looked at again. */
void consumer_doubt(struct consumer *self, const char *text);

/* Destroys what was taken of a source, or of all (NULL), and not handed over. */
void consumer_drop_batch(struct consumer *self, const struct source *source);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch: what librdkafka says of its own accord about a client, its connections and their errors, turned into one log
 * line when the connection is lost and one when it is back, a metric, and the cause that errors name.
 *
 * librdkafka calls back on threads of its own (connections, logs; guarded by the mutex) and on the thread that polls
 * the client (errors). All functions below are for that polling thread.
 */
#ifndef KAFKA_WATCH_H
#define KAFKA_WATCH_H

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/log_pace.h>
#include <gangway/metric.h>

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { KAFKA_LINKS = 64, KAFKA_SUBJECTS = 16, KAFKA_CAUSE_MAX = 320 };

/* The first row of the metric table of each plugin that has a watch. */
enum { KAFKA_METRIC_CONNECTION_UP = 0, KAFKA_METRICS_END };
#define KAFKA_METRICS                                                                 \
    {                                                                                 \
        .name = GW_METRIC_CONNECTION_UP, .type = GW_METRIC_GAUGE,                     \
        .help = "1 while there is a connection to any broker, 0 while there is none." \
    }

/* Why there is no connection, or not to every broker. */
struct kafka_cause {
    rd_kafka_resp_err_t code; /* 0: nothing is known */
    int64_t at_ms;
    char text[KAFKA_CAUSE_MAX]; /* for a person */
};

/* One per client, which it must outlive. Zero is no watch: use init and done. */
struct kafka_watch {
    const struct gw_host *host;
    pthread_mutex_t mutex;

    /* Guarded. */
    uint64_t links[KAFKA_LINKS]; /* the brokers that we are connected to, as hashes of their names */
    uint32_t link_count;
    uint64_t ups;                      /* how often there was a new one */
    uint64_t subjects[KAFKA_SUBJECTS]; /* what librdkafka logged about, as hashes */
    struct gw_log_pace subject_paces[KAFKA_SUBJECTS];

    /* The polling thread's. */
    bool is_known;            /* whether there was a connection, or a failure to get one */
    bool is_up;               /* as the metric says */
    bool is_lost;             /* logged as disconnected, and not as reconnected yet */
    bool is_fatal;            /* the client is beyond repair: make another */
    int64_t down_ms;          /* since when there is none */
    struct kafka_cause fatal; /* why it is */
    struct kafka_cause cause;
    struct kafka_cause logged; /* the cause that was logged last */
    struct gw_log_pace logged_pace;
};

/* Borrows host. */
void kafka_watch_init(struct kafka_watch *watch, const struct gw_host *host);

/* After the client is destroyed. */
void kafka_watch_done(struct kafka_watch *watch);

/* Leads the callbacks of a client's configuration to the watch; the opaque of the configuration is the watch from then
 * on (rd_kafka_opaque; a plugin finds itself around it). Forgets the client before. */
void kafka_watch_attach(struct kafka_watch *watch, rd_kafka_conf_t *conf);

/* An error that was polled as an event: who polls events gets it there, and error_cb is not called. */
void kafka_watch_error(struct kafka_watch *watch, rd_kafka_t *client, rd_kafka_resp_err_t code, const char *text);

/* Reports the metric and writes the log lines that are due. Call it after polling, about once a second: cheap enough
 * for every poll. */
void kafka_watch_serve(struct kafka_watch *watch);

/* Whether there is a connection to any broker. Any thread. */
bool kafka_watch_is_up(struct kafka_watch *watch);

/* How often a connection was made, ever: as often as before means that nothing was sent since. Any thread. */
uint64_t kafka_watch_ups(struct kafka_watch *watch);

/* Why there is no connection, or none to some broker; NULL when nothing is known or it is no longer new. */
const struct kafka_cause *kafka_watch_cause(const struct kafka_watch *watch);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch: turns what librdkafka reports about a client and its connections into one record when the connection is lost,
 * one when it is back, a metric, and the cause that errors name.
 *
 * librdkafka calls back on threads of its own (connections and logs: reports.h) and on the thread that polls the client
 * (errors). All functions below are for that polling thread.
 */
#ifndef KAFKA_WATCH_H
#define KAFKA_WATCH_H

#include "reports.h"

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/log_pace.h>
#include <gangway/metric.h>

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

enum { KAFKA_CAUSE_MAX = 320 };

/* The first row of the metric table of each plugin that has a watch. */
enum { KAFKA_METRIC_CONNECTION_UP = 0, KAFKA_METRICS_END };
#define KAFKA_METRICS                                             \
    {                                                             \
        .name = GW_METRIC_CONNECTION_UP, .type = GW_METRIC_GAUGE, \
        .help = "1 while any broker is connected, otherwise 0."   \
    }

/* Why there is no connection, or none to some broker. */
struct kafka_cause {
    rd_kafka_resp_err_t code; /* 0: unknown */
    int64_t at_ms;
    char text[KAFKA_CAUSE_MAX]; /* for people */
};

/* One for the clients that a plugin makes one after the other. */
struct kafka_watch {
    const struct gw_host *host;
    struct kafka_reports *reports; /* of the present client; NULL: there is none */
    uint64_t ups_before;           /* how often the clients before it made a connection */

    bool is_known;            /* a connection was made, or an attempt has failed */
    bool is_up;               /* the value of the metric */
    bool is_lost;             /* logged as disconnected, and not yet as reconnected */
    bool is_fatal;            /* the client cannot be used any more: make another */
    int64_t down_ms;          /* since when there is no connection */
    struct kafka_cause fatal; /* the cause of is_fatal */
    struct kafka_cause cause;
    struct kafka_cause logged; /* the last cause that was logged */
    struct gw_log_pace logged_pace;
};

/* Borrows host. */
void kafka_watch_init(struct kafka_watch *watch, const struct gw_host *host);

/* Call it after client_destroy (ending.h). The watch may be freed and the host may end then. */
void kafka_watch_done(struct kafka_watch *watch);

/* Connects the callbacks of a client's configuration to the watch, and forgets the client before. From then on the
 * opaque of the configuration are the reports, and kafka_reports_watch finds the watch; a plugin finds its own struct
 * around it. False: no memory. */
bool kafka_watch_attach(struct kafka_watch *watch, rd_kafka_conf_t *conf);

/* Gives the reports of the client up. The client no longer logs to the host when this returns. For ending.c. */
void kafka_watch_detach(struct kafka_watch *watch);

/* Uses another host from now on, and no longer the one before. */
void kafka_watch_set_host(struct kafka_watch *watch, const struct gw_host *host);

/* Handles an error that was polled as an event. A plugin that polls events gets errors there, and error_cb is not
 * called. */
void kafka_watch_error(struct kafka_watch *watch, rd_kafka_t *client, rd_kafka_resp_err_t code, const char *text);

/* Reports the metric, and writes the records that are due. Call it after polling, about once a second or more often. */
void kafka_watch_serve(struct kafka_watch *watch);

/* Whether there is a connection to any broker. */
bool kafka_watch_is_up(struct kafka_watch *watch);

/* How often a connection was ever made. The same number as before means that nothing was sent in between. */
uint64_t kafka_watch_ups(struct kafka_watch *watch);

/* Why there is no connection, or none to some broker. NULL: unknown, or too old. */
const struct kafka_cause *kafka_watch_cause(const struct kafka_watch *watch);

#endif

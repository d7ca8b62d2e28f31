/* SPDX-License-Identifier: Apache-2.0 */
/* An instance: one connection that consumes some queues on one channel. It belongs to the worker's thread. */
#ifndef AMQP_CONSUMER_CONSUMER_H
#define AMQP_CONSUMER_CONSUMER_H

#include "amqp/broker.h"
#include "amqp/link.h"
#include "lent.h"

#include <gangway/lint.h>
#include <gangway/option.h>
#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>

/* The rows of its metric table. */
enum { CONSUMER_METRIC_CONNECTION_UP = 0 };

enum { CONSUMER_QUEUES_MAX = 64 };

/* The order of CONSUMER_QUEUE_TYPES. */
enum consumer_queue_type { CONSUMER_QUORUM = 0, CONSUMER_CLASSIC = 1 };
#define CONSUMER_QUEUE_TYPES "quorum|classic"

struct consumer_config {
    struct rabbit_options rabbit; /* first */
    struct gw_option_map queues;
    int64_t prefetch;
    int64_t prefetch_bytes;
    int64_t max_message;
    uint32_t declare;
    uint32_t queue_type; /* enum consumer_queue_type */
    uint32_t single_active;
    const char *dead_letter_exchange;
};

/* A queue of the file, on this connection. */
struct consumer_queue {
    bool is_consumed;
    bool is_missing;  /* logged as missing */
    bool is_awaited;  /* logged as missing or cancelled, and not yet as consumed again */
    int64_t retry_ms; /* when it is looked at next */
};

struct consumer {
    const struct gw_host *host;
    const struct consumer_config *config;
    struct rabbit_broker broker;
    struct rabbit_link link;
    struct lent lent;
    amqp_pool_t pool; /* for one message at a time */
    struct consumer_queue queues[CONSUMER_QUEUES_MAX];
    uint64_t consumed;      /* how many of them are */
    struct gw_error absent; /* why one of them is not */
    bool is_joined;         /* the connection has its prefetch */
    bool is_given_back;     /* nothing is consumed, until the next poll */
    uint64_t stale_before;  /* deliveries below this number are back in their queues */
    int64_t served_ms;      /* when the core polled or settled last */
};

/* Opens the connection. Statuses as rabbit_broker_open. */
enum gw_status consumer_connect(struct consumer *self, struct gw_error *reterr);

/* The slots poll (poll.c), settle (settle.c) and keepalive (returning.c) of entrypoint.h, check (check.c) and lint
 * (lint.c) of plugin.h. */
enum gw_status consumer_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                             struct gw_error *reterr);
enum gw_status consumer_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                               struct gw_error *reterr);
void consumer_keepalive(void *opaque);
enum gw_status consumer_check(void *opaque, const struct gw_report *report);
enum gw_status consumer_lint(const void *config, const struct gw_lint *lint);

/* Takes a delivery that came, until a poll gives it to the core: rabbit_owner.content. */
enum gw_status consumer_take(void *context, struct rabbit_content *content, struct gw_error *reterr);

/* Handles a method of the broker: rabbit_owner.method. */
enum gw_status consumer_hear(void *context, const amqp_method_t *method, struct gw_error *reterr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* An instance: one connection that consumes some queues on one channel. It belongs to the worker's thread. */
#ifndef AMQP_CONSUMER_CONSUMER_H
#define AMQP_CONSUMER_CONSUMER_H

#include "amqp/address.h"
#include "amqp/link.h"
#include "lent.h"

#include <gangway/option.h>
#include <gangway/port/entrypoint.h>

/* The rows of its metric table. */
enum { CONSUMER_METRIC_CONNECTION_UP = 0 };

struct consumer_config {
    const char *url;
    const char *ca;
    const char *cert;
    const char *key;
    const char *key_password;
    struct gw_option_map queues;
    int64_t prefetch;
    int64_t prefetch_bytes;
    int64_t max_message;
    int64_t heartbeat;
    int64_t connect_timeout;
};

enum { CONNECTION_NAME_MAX = 256 };

struct consumer {
    const struct gw_host *host;
    const struct consumer_config *config;
    struct rabbit_address address;
    struct rabbit_tls *tls; /* NULL: not encrypted */
    char name[CONNECTION_NAME_MAX];
    struct rabbit_link link;
    struct lent lent;
    amqp_pool_t pool; /* for one message at a time */
    bool is_joined;   /* the queues are consumed on this connection */
};

/* Opens the connection. Statuses as rabbit_link_open. */
enum gw_status consumer_connect(struct consumer *self, struct gw_error *reterr);

/* The slots poll (poll.c) and settle (settle.c) of entrypoint.h. */
enum gw_status consumer_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                             struct gw_error *reterr);
enum gw_status consumer_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                               struct gw_error *reterr);

/* Takes a delivery that came, until a poll gives it to the core: rabbit_owner.content. */
enum gw_status consumer_take(void *context, struct rabbit_content *content, struct gw_error *reterr);

/* Handles a method of the broker: rabbit_owner.method. */
enum gw_status consumer_hear(void *context, const amqp_method_t *method, struct gw_error *reterr);

#endif

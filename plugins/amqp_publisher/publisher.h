/* SPDX-License-Identifier: Apache-2.0 */
/* An instance: one connection with one channel in confirm mode. It belongs to the relay's thread. */
#ifndef AMQP_PUBLISHER_PUBLISHER_H
#define AMQP_PUBLISHER_PUBLISHER_H

#include "amqp/broker.h"
#include "amqp/link.h"
#include "amqp/options.h"
#include "record.h"
#include "window.h"

#include <gangway/option.h>
#include <gangway/port/publisher.h>

#include <stdbool.h>
#include <stdint.h>

/* The rows of its metric table. */
enum { PUBLISHER_METRIC_CONNECTION_UP = 0 };

/* Short strings of AMQP: names of exchanges, routing keys, ids. */
enum { SHORT_MAX = 255 };

struct publisher_config {
    struct rabbit_options rabbit; /* first member, as RABBIT_OPTIONS requires */
    const char *exchange;
    const char *routing_key;
    struct gw_option_list keys;
    uint32_t mandatory;
    int64_t window;
};

struct publisher {
    const struct gw_host *host;
    const struct publisher_config *config;
    struct rabbit_broker broker;
    struct rabbit_link link;
    struct window window;
    struct record record;
    amqp_pool_t pool; /* for one returned event at a time */
    bool is_single;   /* an event of this group is too long for the broker: one is sent at a time, to find it */
};

/* The slot publish (publisher.h of the port). */
enum gw_status publisher_publish(void *opaque, const struct gw_array *events, struct gw_verdict *verdicts,
                                 int64_t deadline_ms, struct gw_error *reterr);

/* Ends the connection, if there is one. */
void publisher_disconnect(struct publisher *self);

/* What the broker says while the link is served: rabbit_owner.content and rabbit_owner.method (answers.c). */
enum gw_status publisher_take_return(void *context, struct rabbit_content *content, struct gw_error *reterr);
enum gw_status publisher_take_method(void *context, const amqp_method_t *method, struct gw_error *reterr);

/* The slot check (check.c). */
enum gw_status publisher_check(void *opaque, const struct gw_report *report);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entrypoint: every message of some RabbitMQ queues is a command. Each worker has a connection of its own, whose
 * sockets never block; it waits through the host. The instance owns the connection, and no thread calls back.
 */
#include "consumer.h"

#include <gangway/plugin.h>

#include <stdlib.h>

enum { POOL_PAGE = 4096 };

static const struct gw_option consumer_options[] = {
    RABBIT_OPTIONS,
    {.name = "queues",
     .help = "The queues to read, and the command of each queue's messages; with auto each message names its command.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_COMMAND,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = CONSUMER_QUEUES_MAX,
     .offset = offsetof(struct consumer_config, queues)},
    {.name = "prefetch",
     .help = "How many messages the broker delivers ahead to each worker. A turn takes half of them at most. A quorum "
             "queue "
             "delivers no more than 2,000.",
     .fallback = "2000",
     .type = GW_OPTION_INT,
     .min = 1,
     .max = 65535,
     .offset = offsetof(struct consumer_config, prefetch)},
    {.name = "prefetch_bytes",
     .help = "How many bytes of waiting messages each worker may hold in memory before it stops reading.",
     .fallback = "4MiB",
     .type = GW_OPTION_SIZE,
     .min = 64 * 1024,
     .max = 1024 * 1024 * 1024,
     .offset = offsetof(struct consumer_config, prefetch_bytes)},
    {.name = "max_message",
     .help = "The longest message that is a command; a longer one becomes a dead letter.",
     .fallback = "1MiB",
     .type = GW_OPTION_SIZE,
     .min = 1024,
     .max = 64 * 1024 * 1024,
     .offset = offsetof(struct consumer_config, max_message)},
    {.name = "declare",
     .help = "Whether to declare the queues, durable; otherwise they are used as they are, and must exist.",
     .fallback = "false",
     .type = GW_OPTION_BOOL,
     .offset = offsetof(struct consumer_config, declare)},
    {.name = "queue_type",
     .help = "The type of a declared queue.",
     .fallback = "quorum",
     .choices = CONSUMER_QUEUE_TYPES,
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct consumer_config, queue_type)},
    {.name = "dead_letter_exchange",
     .help = "Where the broker sends messages of a declared queue that exceed the queue's delivery limit.",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct consumer_config, dead_letter_exchange)},
    {.name = "single_active",
     .help = "Whether a declared queue delivers to one consumer at a time, so that its order is kept.",
     .fallback = "false",
     .type = GW_OPTION_BOOL,
     .offset = offsetof(struct consumer_config, single_active)},
};

/* ---- open and close -------------------------------------------------------------------------------------------- */

static void consumer_close(void *opaque)
{
    struct consumer *self = opaque;

    if (self == NULL)
        return;
    rabbit_link_close(&self->link, true);
    lent_done(&self->lent);
    empty_amqp_pool(&self->pool);
    rabbit_broker_done(&self->broker);
    free(self);
}

static enum gw_status consumer_open(const struct gw_host *host, const void *config, void **ret_self,
                                    struct gw_error *reterr)
{
    const struct rabbit_owner owner = {.content = consumer_take, .method = consumer_hear};
    struct consumer *self = calloc(1, sizeof *self);
    enum gw_status status;

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for an AMQP consumer");
    self->host = host;
    self->config = config;
    rabbit_link_init(&self->link, host, &owner);
    self->link.owner.context = self;
    init_amqp_pool(&self->pool, POOL_PAGE);
    status = rabbit_broker_init(&self->broker, host, &self->config->rabbit, reterr);
    if (status != GW_OK) {
        consumer_close(self);
        return status;
    }
    *ret_self = self;
    return GW_OK;
}

/* ---- descriptor ------------------------------------------------------------------------------------------------ */

static const struct gw_metric consumer_metrics[] = {
    [CONSUMER_METRIC_CONNECTION_UP] = {.name = GW_METRIC_CONNECTION_UP,
                                       .type = GW_METRIC_GAUGE,
                                       .help = "1 while the broker is connected, otherwise 0."},
};

static const struct gw_entrypoint_ops consumer_ops = {
    .size = sizeof(struct gw_entrypoint_ops),
    .poll = consumer_poll,
    .settle = consumer_settle,
    .keepalive = consumer_keepalive,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(ENTRYPOINT),
    .name = "amqp_consumer",
    .version = "1.0.0",
    .summary = "Reads commands from RabbitMQ queues",
    .ops = &consumer_ops,
    GW_PLUGIN_OPTIONS(consumer_options, struct consumer_config),
    GW_PLUGIN_METRICS(consumer_metrics),
    .open = consumer_open,
    .close = consumer_close,
    .check = consumer_check,
    .lint = consumer_lint,
};
